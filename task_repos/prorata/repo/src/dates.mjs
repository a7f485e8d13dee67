// Calendar dates as text, "2026-03-31". They sort as they are, and have no time and no zone.

const DAY = 86_400_000;

const parts = (date) => date.split("-").map(Number);
const fromUtc = (ms) => new Date(ms).toISOString().slice(0, 10);
const toUtc = (date) => Date.parse(`${date}T00:00:00Z`);

export const isDate = (value) =>
  typeof value === "string" &&
  /^(19|20|21)\d\d-\d\d-\d\d$/.test(value) &&
  !Number.isNaN(toUtc(value)) &&
  fromUtc(toUtc(value)) === value;

export const addDays = (date, days) => fromUtc(toUtc(date) + days * DAY);

/** How many days from one date to another; 0 for the same date. */
export const daysBetween = (from, to) => (toUtc(to) - toUtc(from)) / DAY;

/** How many days a span has, with its first and its last day. */
export const daysIn = (from, to) => daysBetween(from, to) + 1;

/** The same day in another month, or that month's last day where it is shorter. */
export const addMonths = (date, months) => {
  const [year, month, day] = parts(date);
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return fromUtc(Date.UTC(year, month - 1 + months, Math.min(day, last)));
};

export const earlier = (one, other) => (one < other ? one : other);
export const later = (one, other) => (one > other ? one : other);
