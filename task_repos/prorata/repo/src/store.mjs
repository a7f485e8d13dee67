// Everything there is, in one JSON file. It is read once, at the start, and written as a whole after every change:
// the business has a few thousand customers, and the file fits into memory many times.

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export const SCHEMA = 3;

const empty = () => ({
  schema: SCHEMA,
  next: { account: 1, subscription: 1, invoice: 1, credit: 1 },
  accounts: {},
  plans: {},
  subscriptions: {},
  documents: [],
  outbox: [],
});

// One entry for each step from a schema to the next.
const steps = {
  // Until 1.4 the tax rate was a percentage.
  1: (data) => ({
    ...data,
    accounts: mapValues(data.accounts, ({ tax_percent, ...account }) => ({ ...account, tax_bp: tax_percent * 100 })),
  }),
  // Until 2.0 nobody had a zone, and a subscription kept no time of its next period.
  2: (data) => ({
    ...data,
    accounts: mapValues(data.accounts, (account) => ({ zone: null, ...account })),
    subscriptions: mapValues(data.subscriptions, (subscription) => ({
      ...subscription,
      next_at: subscription.next_at ?? Date.parse(`${subscription.next_on}T00:00:00Z`),
    })),
  }),
};

const mapValues = (object, change) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));

export const upgraded = (data) => {
  if (!Number.isInteger(data.schema) || data.schema < 1 || data.schema > SCHEMA) {
    throw new Error(`this store has schema ${data.schema}; known are 1 to ${SCHEMA}`);
  }
  let current = data;
  while (current.schema < SCHEMA) {
    current = { ...steps[current.schema](current), schema: current.schema + 1 };
  }
  return current;
};

/**
 * A store over a file, or in memory alone without one.
 *
 * `change(work)` gives `work` a draft to alter. When `work` throws, nothing has happened; else the draft is written and
 * counts from then on.
 */
export const openStore = ({ file = null, data = null } = {}) => {
  let current = upgraded(data ?? (file && existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : empty()));
  let writes = 0;

  const write = (next) => {
    writes += 1;
    if (!file) return;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, JSON.stringify(next));
    renameSync(`${file}.new`, file); // a reader, or a crash, finds the old file or the new one
  };

  return {
    read: () => current,
    change: (work) => {
      const draft = structuredClone(current);
      const answer = work(draft);
      write(draft);
      current = draft;
      return answer;
    },
    writes: () => writes,
  };
};
