import assert from "node:assert/strict";
import test from "node:test";

import { office, spans } from "./helpers.mjs";

test("a period is invoiced five days ahead, once", async () => {
  const { at, run, subscriber } = office("2026-01-10");
  await subscriber("2026-01-15");
  assert.deepEqual(spans(await run()), ["2026-01-15 2026-02-14"]);
  assert.deepEqual(await run(), []);
  at("2026-02-09");
  assert.deepEqual(await run(), []);
  at("2026-02-10");
  assert.deepEqual(spans(await run()), ["2026-02-15 2026-03-14"]);
});

test("the 31st comes back after a short month", async () => {
  const { at, run, subscriber } = office("2026-01-31");
  await subscriber("2026-01-31");
  at("2026-05-01");
  assert.deepEqual(spans(await run()), [
    "2026-01-31 2026-02-27",
    "2026-02-28 2026-03-30",
    "2026-03-31 2026-04-29",
    "2026-04-30 2026-05-30",
  ]);
});

test("a day begins in the account's zone", async () => {
  const { at, run, subscriber } = office("2026-01-01");
  await subscriber("2026-01-20", { zone: "Asia/Tokyo" });
  at("2026-01-14T14:59:59Z");
  assert.deepEqual(await run(), []);
  at("2026-01-14T15:00:00Z");
  assert.deepEqual(spans(await run()), ["2026-01-20 2026-02-19"]);
});

test("numbers have no gaps, and tax is on the sum", async () => {
  const { run, subscriber } = office("2026-01-10");
  await subscriber("2026-01-10", { tax_bp: 2300, price_cents: 1005, quantity: 3 });
  const [first] = await run();
  await subscriber("2026-01-11");
  const [second] = await run();
  assert.deepEqual([first.number, second.number], ["R-000001", "R-000002"]);
  assert.deepEqual(first.taxes, [{ tax_bp: 2300, net_cents: 3015, tax_cents: 693 }]);
  assert.equal(first.total_cents, 3708);
});
