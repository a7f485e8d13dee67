import assert from "node:assert/strict";
import test from "node:test";

import { addDays, addMonths, daysIn, isDate } from "../src/dates.mjs";
import { dateAt, isZone, toLocal } from "../src/zones.mjs";

test("months keep the day, or take the last one", () => {
  assert.equal(addMonths("2026-01-31", 1), "2026-02-28");
  assert.equal(addMonths("2024-01-31", 1), "2024-02-29");
  assert.equal(addMonths("2026-01-31", 2), "2026-03-31");
  assert.equal(addMonths("2026-11-15", 3), "2027-02-15");
});

test("days are counted with both ends", () => {
  assert.equal(daysIn("2026-03-01", "2026-03-31"), 31);
  assert.equal(daysIn("2026-03-29", "2026-03-29"), 1);
  assert.equal(addDays("2026-12-31", 1), "2027-01-01");
});

test("what is no date is none", () => {
  for (const value of ["2026-02-29", "2026-2-1", "20260201", "", null, 5]) assert.equal(isDate(value), false);
  assert.equal(isDate("2024-02-29"), true);
});

test("zones are known by name", () => {
  assert.equal(isZone("Europe/Lisbon"), true);
  assert.equal(isZone("Europe/Atlantis"), false);
  assert.equal(dateAt(Date.parse("2026-01-31T23:30:00Z"), "Europe/Berlin"), "2026-02-01");
  assert.equal(toLocal(Date.parse("2026-07-01T00:00:00Z"), "Atlantic/Azores").offset, 0);
});
