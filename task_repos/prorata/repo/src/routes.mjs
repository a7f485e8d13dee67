// Which request does what. A handler gets `{ store, clock, params, query, body }` and returns `[status, answer]`, or a
// promise of it.

import * as billing from "./billing.mjs";
import * as catalogue from "./catalogue.mjs";
import { stamp } from "./clock.mjs";
import { balance } from "./documents.mjs";
import { Refusal, unknown } from "./errors.mjs";
import * as fields from "./fields.mjs";
import { flush, send } from "./outbox.mjs";
import * as subscriptions from "./subscriptions.mjs";

export const VERSION = "2.3.1";

const routes = [
  ["GET", "/health", () => [200, { status: "ok", version: VERSION }]],

  ["GET", "/clock", ({ clock }) => [200, shownClock(clock)]],
  ["POST", "/clock", ({ clock, body }) => {
    clock.stop(fields.body(body).now === null ? null : fields.instant(body, "now"));
    return [200, shownClock(clock)];
  }],

  ["PUT", "/plans/:code", ({ store, params, body }) => {
    const { created, plan } = store.change((draft) => catalogue.putPlan(draft, params.code, fields.body(body)));
    return [created ? 201 : 200, plan];
  }],
  ["GET", "/plans/:code", ({ store, params }) => [200, catalogue.getPlan(store.read(), params.code)]],

  ["POST", "/accounts", ({ store, body }) => {
    const account = store.change((draft) => catalogue.addAccount(draft, fields.body(body)));
    return [201, catalogue.shownAccount(account)];
  }],
  ["GET", "/accounts/:id", ({ store, params }) => [
    200,
    catalogue.shownAccount(catalogue.getAccount(store.read(), params.id)),
  ]],
  ["PUT", "/accounts/:id/tax", ({ store, params, body }) => [
    200,
    catalogue.shownAccount(store.change((draft) => catalogue.setTax(draft, params.id, fields.body(body)))),
  ]],
  ["GET", "/accounts/:id/statement", ({ store, params }) => {
    const account = catalogue.getAccount(store.read(), params.id);
    const documents = store.read().documents.filter((document) => document.account === account.id);
    return [200, { account: account.id, documents, balance_cents: balance(documents) }];
  }],

  ["POST", "/subscriptions", ({ store, clock, body }) => {
    const made = store.change((draft) => subscriptions.subscribe(draft, fields.body(body), clock.now()));
    return [201, subscriptions.shownSubscription(made, store.read())];
  }],
  ["GET", "/subscriptions/:id", ({ store, params }) => [
    200,
    subscriptions.shownSubscription(subscriptions.getSubscription(store.read(), params.id), store.read()),
  ]],
  ["POST", "/subscriptions/:id/cancel", ({ store, clock, params }) => {
    const { subscription, credits } = store.change((draft) => subscriptions.cancel(draft, params.id, clock.now()));
    return [200, { subscription: subscriptions.shownSubscription(subscription, store.read()), credits }];
  }],

  ["POST", "/run", ({ store, clock, body }) => {
    const account = fields.body(body ?? {}).account ?? null;
    if (account !== null) catalogue.getAccount(store.read(), fields.text(body, "account"));
    return [200, { documents: billing.run(store, clock.now(), account) }];
  }],

  ["GET", "/documents", ({ store }) => [200, { numbers: store.read().documents.map(({ number }) => number) }]],
  ["GET", "/documents/:number", ({ store, params }) => {
    const found = store.read().documents.find(({ number }) => number === params.number);
    if (!found) throw unknown("document", params.number);
    return [200, found];
  }],

  ["GET", "/outbox", ({ store, query }) => [
    200,
    { mails: store.read().outbox.filter((mail) => !query.to || mail.to === query.to) },
  ]],
  ["POST", "/outbox/flush", ({ store }) => new Promise((resolve) => {
    flush(store, send, (error, count) =>
      resolve([200, { sent: count, ...(error ? { stopped_by: error.message } : {}) }]));
  })],
];

const shownClock = (clock) => ({ now: stamp(clock.now()), stopped: clock.stopped() });

const compiled = routes.map(([method, path, handler]) => ({
  method,
  handler,
  names: [...path.matchAll(/:(\w+)/g)].map((match) => match[1]),
  pattern: new RegExp(`^${path.replace(/:\w+/g, "([^/]+)")}$`),
}));

/** The handler for a request and the parameters in its path; refuses what there is no route for. */
export const find = (method, path) => {
  const here = compiled.filter(({ pattern }) => pattern.test(path));
  if (!here.length) throw new Refusal(404, "not_found", `there is no ${path}`);
  const route = here.find((candidate) => candidate.method === method);
  if (!route) throw new Refusal(405, "method_not_allowed", `${path} does not take ${method}`);
  const values = route.pattern.exec(path).slice(1).map(decoded);
  return { handler: route.handler, params: Object.fromEntries(route.names.map((name, index) => [name, values[index]])) };
};

const decoded = (value) => {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new Refusal(404, "not_found", "the path is not well encoded");
  }
};
