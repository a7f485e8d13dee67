import assert from "node:assert/strict";
import test from "node:test";

import { office, spans } from "./helpers.mjs";

test("unused days come back, the day of cancelling does not", async () => {
  const { ask, at, run, subscriber } = office("2026-01-01");
  const { id } = await subscriber("2026-01-01", { tax_bp: 1000 });
  await run();
  at("2026-01-21");
  const { credits, subscription } = await ask("POST", `/subscriptions/${id}/cancel`);
  assert.deepEqual(spans(credits), ["2026-01-22 2026-01-31"]);
  assert.deepEqual([credits[0].net_cents, credits[0].tax_cents, credits[0].refers_to], [-1000, -100, "R-000001"]);
  assert.deepEqual([subscription.status, subscription.cancelled_on], ["cancelled", "2026-01-21"]);
  await ask("POST", `/subscriptions/${id}/cancel`, null, 409);
});

test("an invoice made ahead comes back whole", async () => {
  const { ask, at, run, subscriber } = office("2026-01-01");
  const { id, account } = await subscriber("2026-01-01");
  await run();
  at("2026-01-29");
  await run();
  const { credits } = await ask("POST", `/subscriptions/${id}/cancel`);
  assert.deepEqual(spans(credits), ["2026-01-30 2026-01-31", "2026-02-01 2026-02-28"]);
  assert.equal((await ask("GET", `/accounts/${account}/statement`)).balance_cents, 2900);
});
