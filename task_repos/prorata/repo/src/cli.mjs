// The command line.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { createApp } from "./app.mjs";
import { createClock } from "./clock.mjs";
import { serve } from "./http.mjs";
import { openStore } from "./store.mjs";

const USAGE = `prorata serve --port PORT --data FOLDER   the service
prorata ask [--store STORE.json]          answer requests on standard input, one JSON object a line, in memory`;

export const main = async (argv) => {
  const [command, ...rest] = argv;
  const commands = { serve: serveCommand, ask: askCommand };
  if (!Object.hasOwn(commands, command ?? "")) return fail(USAGE);
  try {
    return await commands[command](rest);
  } catch (error) {
    if (error.code?.startsWith("ERR_PARSE_ARGS")) return fail(`${error.message}\n${USAGE}`);
    return fail(error.message);
  }
};

const options = (args, names) =>
  parseArgs({ args, options: Object.fromEntries(names.map((name) => [name, { type: "string" }])) }).values;

const serveCommand = async (args) => {
  const { port, data } = options(args, ["port", "data"]);
  if (!port || !data) return fail(USAGE);
  const app = createApp({ store: openStore({ file: join(data, "store.json") }), clock: createClock() });
  await serve(app, Number(port));
  console.log(`listening on http://127.0.0.1:${port}`);
  return undefined;
};

// Support uses it to try something out on a copy of the store; nothing is written back.
const askCommand = async (args) => {
  const { store: file } = options(args, ["store"]);
  const data = file ? JSON.parse(readFileSync(file, "utf8")) : null;
  const app = createApp({ store: openStore({ data }), clock: createClock() });
  for (const line of readFileSync(0, "utf8").split("\n").filter((text) => text.trim())) {
    console.log(JSON.stringify(await app.handle(JSON.parse(line))));
  }
};

const fail = (message) => {
  console.error(message);
  process.exitCode = 2;
};
