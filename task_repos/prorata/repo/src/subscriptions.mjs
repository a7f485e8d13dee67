// Subscriptions: from their start to their end.

import { getAccount, getPlan } from "./catalogue.mjs";
import { creditUnused } from "./credits.mjs";
import { conflict, invalid, unknown } from "./errors.mjs";
import * as fields from "./fields.mjs";
import { firstBoundary } from "./schedule.mjs";
import { dateAt } from "./zones.mjs";

export const subscribe = (draft, body, now) => {
  const account = getAccount(draft, fields.text(body, "account"));
  const plan = getPlan(draft, fields.text(body, "plan"));
  const startedOn = fields.date(body, "started_on", { fallback: dateAt(now, account.zone) });
  if (startedOn < "2000-01-01") throw invalid("started_on is before the year 2000");
  const subscription = {
    id: String(draft.next.subscription),
    account: account.id,
    plan: plan.code,
    quantity: fields.whole(body, "quantity", { least: 1, most: 10_000, fallback: 1 }),
    started_on: startedOn,
    status: "active",
    cancelled_on: null,
    next_at: firstBoundary(startedOn, account.zone),
  };
  draft.next.subscription += 1;
  draft.subscriptions[subscription.id] = subscription;
  return subscription;
};

export const getSubscription = (data, id) => {
  if (!Object.hasOwn(data.subscriptions, id)) throw unknown("subscription", id);
  return data.subscriptions[id];
};

/** End a subscription with the account's present day, which is still used; what comes after is given back. */
export const cancel = (draft, id, now) => {
  const subscription = getSubscription(draft, id);
  if (subscription.status !== "active") throw conflict("already_cancelled", "the subscription has ended");
  const today = dateAt(now, draft.accounts[subscription.account].zone);
  subscription.status = "cancelled";
  subscription.cancelled_on = today;
  return { subscription, credits: creditUnused(draft, subscription, today, now) };
};

/** A subscription as clients see it. */
export const shownSubscription = ({ next_at: nextAt, ...subscription }, data) => ({
  ...subscription,
  next_period_on:
    subscription.status === "active" ? dateAt(nextAt, data.accounts[subscription.account].zone) : null,
});
