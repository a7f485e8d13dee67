// The billing run: an invoice for every period that is due, in advance.

import { issue } from "./documents.mjs";
import { share } from "./money.mjs";
import { daysOf, nextBoundary } from "./schedule.mjs";

const DAY = 86_400_000;

/** Invoices are made this many days before the period begins. */
export const LEAD_DAYS = 5;

/**
 * Bill what is due at `now`, of one account or of all; the new documents, in the order they were made.
 *
 * Running it again makes nothing twice: a subscription remembers where its next period begins.
 */
export const run = (store, now, account = null) => {
  const made = [];
  const due = () =>
    Object.values(store.read().subscriptions).find(
      (subscription) =>
        subscription.status === "active" &&
        (account === null || subscription.account === account) &&
        subscription.next_at - LEAD_DAYS * DAY <= now,
    );
  for (let subscription = due(); subscription; subscription = due()) {
    made.push(store.change((draft) => bill(draft, draft.subscriptions[subscription.id], now)));
  }
  return made;
};

/** Invoice the next period of a subscription and move it on. */
export const bill = (draft, subscription, now) => {
  const { zone, tax_bp: rate } = draft.accounts[subscription.account];
  const plan = draft.plans[subscription.plan];
  const from = subscription.next_at;
  const to = nextBoundary({ ...subscription, months: plan.months }, from, zone);
  subscription.next_at = to;
  return issue(draft, {
    kind: "invoice",
    subscription,
    lines: [
      {
        text: `${plan.name} x ${subscription.quantity}`,
        ...daysOf(from, to, zone),
        net_cents: share(plan.price_cents * subscription.quantity, 1, 1),
        tax_bp: rate,
      },
    ],
    now,
  });
};
