import assert from "node:assert/strict";
import test from "node:test";

import { office } from "./helpers.mjs";

test("a mail for every document, sent once", async () => {
  const { ask, run, subscriber } = office("2026-01-10");
  await subscriber("2026-01-10");
  await run();
  assert.deepEqual(await ask("POST", "/outbox/flush"), { sent: 1 });
  assert.deepEqual(await ask("POST", "/outbox/flush"), { sent: 0 });
  const { mails } = await ask("GET", "/outbox");
  assert.equal(mails[0].subject, "Invoice R-000001");
});
