// Instants and the local time of a zone. An instant is milliseconds since 1970, as the machine counts them.
//
// The zone data is what comes with node (Intl); nothing here knows a rule by itself. `null` is UTC.

const MINUTE = 60_000;

// Making a formatter takes a hundred times as long as using it.
const formatters = new Map();

const formatter = (zone) => {
  if (!formatters.has(zone)) {
    const options = { timeZone: zone ?? "UTC", hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit" };
    formatters.set(
      zone,
      new Intl.DateTimeFormat("en-GB", { ...options, hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    );
  }
  return formatters.get(zone);
};

export const isZone = (value) => {
  if (typeof value !== "string" || !/^[A-Za-z]+(\/[A-Za-z_+-]+)*$/.test(value)) return false;
  try {
    formatter(value);
    return true;
  } catch {
    return false;
  }
};

/** The local date and time, and how far it is ahead of UTC, in minutes. */
export const toLocal = (at, zone) => {
  const found = Object.fromEntries(formatter(zone).formatToParts(at).map(({ type, value }) => [type, value]));
  const date = `${found.year}-${found.month}-${found.day}`;
  const time = `${found.hour}:${found.minute}:${found.second}`;
  const asIfUtc = Date.parse(`${date}T${time}Z`);
  return { date, time, offset: Math.round((asIfUtc - at) / MINUTE) };
};

/** The instant of a local midnight, `offset` minutes ahead of UTC. */
export const fromLocal = (date, offset) => Date.parse(`${date}T00:00:00Z`) - offset * MINUTE;

export const dateAt = (at, zone) => toLocal(at, zone).date;
