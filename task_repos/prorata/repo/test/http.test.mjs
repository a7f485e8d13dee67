import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";

import { createApp } from "../src/app.mjs";
import { createClock } from "../src/clock.mjs";
import { serve } from "../src/http.mjs";
import { openStore, upgraded } from "../src/store.mjs";
import { office } from "./helpers.mjs";

test("requests over a socket, and a store that is there afterwards", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "prorata-")), "store.json");
  const server = await serve(createApp({ store: openStore({ file }), clock: createClock() }), 0);
  const base = `http://127.0.0.1:${server.address().port}`;
  try {
    const made = await fetch(`${base}/accounts`, { method: "POST", body: JSON.stringify({ name: "Ana" }) });
    assert.equal(made.status, 201);
    assert.equal((await fetch(`${base}/accounts`, { method: "POST", body: "{" })).status, 400);
    assert.equal((await fetch(`${base}/nothing`)).status, 404);
  } finally {
    server.closeAllConnections?.();
    server.close();
  }
  assert.equal(openStore({ file }).read().accounts[1].name, "Ana");
});

test("what a client gets wrong is said", async () => {
  const { ask } = office();
  const wrong = [
    ["POST", "/accounts", [], 400],
    ["POST", "/accounts", { name: "Ana", zone: "Mars/Base" }, 400],
    ["POST", "/subscriptions", { account: "9", plan: "basic" }, 404],
    ["PUT", "/plans/basic", { name: "Basic", price_cents: 1.5 }, 400],
    ["DELETE", "/clock", null, 405],
  ];
  for (const [method, path, body, status] of wrong) assert.ok((await ask(method, path, body, status)).error.code);
});

test("an old store is brought up to date", () => {
  const old = {
    schema: 1,
    next: {},
    plans: {},
    accounts: { 1: { id: "1", tax_percent: 23 } },
    subscriptions: { 1: { id: "1", next_on: "2026-03-01" } },
  };
  const { accounts, subscriptions } = upgraded(old);
  assert.deepEqual(accounts[1], { zone: null, id: "1", tax_bp: 2300 });
  assert.equal(subscriptions[1].next_at, Date.UTC(2026, 2, 1));
});
