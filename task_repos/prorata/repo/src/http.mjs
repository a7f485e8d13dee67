// The application behind a socket.

import { createServer } from "node:http";

import { Refusal, asJson } from "./errors.mjs";

const LARGEST = 1 << 20;

const read = async (request) => {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > LARGEST) throw new Refusal(413, "too_large", "the body is larger than a mebibyte");
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, "invalid", "the body is not JSON");
  }
};

export const serve = (app, port) =>
  new Promise((resolve, reject) => {
    const server = createServer(async (request, response) => {
      let answer;
      try {
        answer = await app.handle({ method: request.method, path: request.url, body: await read(request) });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        answer = { status: error.status, headers: {}, body: asJson(error) };
      }
      const text = JSON.stringify(answer.body);
      response.writeHead(answer.status, {
        ...answer.headers,
        "Content-Type": "application/json",
        "Content-Length": Buffer.byteLength(text),
      });
      response.end(text);
    });
    server.on("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
