// When the periods of a subscription begin and end, as instants.
//
// A period runs from one boundary up to, not including, the next. Boundaries are local midnights of the account's zone.

import { addMonths } from "./dates.mjs";
import { dateAt, fromLocal, toLocal } from "./zones.mjs";

/** The boundary with which a subscription begins. */
export const firstBoundary = (startedOn, zone) => {
  // The offset at noon is the one of that day: no zone changes its clocks between midnight and noon of a first day.
  const { offset } = toLocal(fromLocal(startedOn, 0) + 12 * 3_600_000, zone);
  return fromLocal(startedOn, offset);
};

/** The boundary after the one at `at`. */
export const nextBoundary = ({ started_on: startedOn, months }, at, zone) => {
  if (zone === null) return nextInUtc(startedOn, months, at);
  const { date, offset } = toLocal(at, zone);
  return fromLocal(addMonths(date, months), offset);
};

// Counted from the start each time, so that the 31st is back after a short month.
const nextInUtc = (startedOn, months, at) => {
  let count = 1;
  while (fromLocal(addMonths(startedOn, count * months), 0) <= at) count += 1;
  return fromLocal(addMonths(startedOn, count * months), 0);
};

/** First and last day of what lies between two boundaries. */
export const daysOf = (from, to, zone) => ({ from: dateAt(from, zone), to: dateAt(to - 1, zone) });
