// Accounts and plans: what can be sold, and to whom.

import { unknown } from "./errors.mjs";
import * as fields from "./fields.mjs";

export const putPlan = (draft, code, body) => {
  const known = draft.plans[code];
  const plan = {
    code,
    name: fields.text(body, "name"),
    price_cents: fields.whole(body, "price_cents"),
    // The interval stays what it was: subscriptions are in the middle of it.
    months: known?.months ?? fields.whole(body, "months", { least: 1, most: 12, fallback: 1 }),
  };
  draft.plans[code] = plan;
  return { created: !known, plan };
};

export const getPlan = (data, code) => {
  if (!Object.hasOwn(data.plans, code)) throw unknown("plan", code);
  return data.plans[code];
};

export const addAccount = (draft, body) => {
  const account = {
    id: String(draft.next.account),
    name: fields.text(body, "name"),
    email: fields.text(body, "email", { fallback: "billing@example.org" }),
    zone: fields.zone(body, "zone"),
    tax_bp: fields.whole(body, "tax_bp", { most: 10_000, fallback: 0 }),
    iban: fields.iban(body, "iban"),
  };
  draft.next.account += 1;
  draft.accounts[account.id] = account;
  return account;
};

/** A new tax rate, for documents from now on. The zone cannot be changed: periods hang on it. */
export const setTax = (draft, id, body) => {
  const account = getAccount(draft, id);
  account.tax_bp = fields.whole(body, "tax_bp", { most: 10_000 });
  return account;
};

export const getAccount = (data, id) => {
  if (!Object.hasOwn(data.accounts, id)) throw unknown("account", id);
  return data.accounts[id];
};

/** An account as clients see it: of the IBAN only the end. */
export const shownAccount = ({ iban, ...account }) => ({ ...account, iban_end: iban && iban.slice(-4) });
