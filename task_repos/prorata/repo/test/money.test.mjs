import assert from "node:assert/strict";
import test from "node:test";

import { share, tax } from "../src/money.mjs";

test("half a cent goes away from zero", () => {
  assert.equal(share(5, 1, 2), 3);
  assert.equal(share(-5, 1, 2), -3);
  assert.equal(share(100, 1, 3), 33);
  assert.equal(tax(150, 100), 2);
});

test("large amounts stay exact", () => {
  assert.equal(share(900_000_000_000_001, 1, 1), 900_000_000_000_001);
});
