// Calls functions of the work under test, in a process of their own. Arguments: the fd to read, the fd to write.
// A target is "src/file.mjs:name", the path from the workspace; keyword arguments become one last object.
//
// Everything here runs beside the agent's code and is believed as little. What it needs is taken before that code runs.
import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [readFd, writeFd] = process.argv.slice(1).map(Number);

// A socket, not a file: a read that waits in a thread would keep a process that calls exit() from ending.
for await (const line of createInterface({ input: new Socket({ fd: readFd, writable: false }) })) {
  let rest = Buffer.from(JSON.stringify(await answer(JSON.parse(line))) + "\n");
  while (rest.length) rest = rest.subarray(writeSync(writeFd, rest));
}

/** The value (of a promise: what it comes to), or what was thrown, as JSON. */
async function answer({ id, target, args, kwargs }) {
  const [path, name] = target.split(":");
  try {
    let found = await import(pathToFileURL(resolve(path)));
    let owner;
    for (const part of name.split(".")) {
      [owner, found] = [found, found[part]];
    }
    if (typeof found !== "function") throw new TypeError(`${target} is not a function`);
    const value = await found.apply(owner, Object.keys(kwargs).length ? [...args, kwargs] : args);
    return { id, value: JSON.parse(JSON.stringify(value) ?? "null") };
  } catch (error) {
    const { name: type, message } = error instanceof Error ? error : { name: typeof error, message: error };
    return { id, raised: { type: String(type), message: String(message).slice(0, 500) } };
  }
}
