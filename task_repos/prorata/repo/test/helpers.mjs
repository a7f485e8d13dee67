import { createApp } from "../src/app.mjs";
import { createClock } from "../src/clock.mjs";
import { openStore } from "../src/store.mjs";

/** An application in memory at noon of a day; `ask` comes to the body, and fails on an unexpected status. */
export const office = (day = "2026-01-10", data = null) => {
  const clock = createClock();
  const store = openStore({ data });
  const app = createApp({ store, clock });
  const at = (instant) => clock.stop(Date.parse(instant.length === 10 ? `${instant}T12:00:00Z` : instant));
  const ask = async (method, path, body, expected = [200, 201]) => {
    const answer = await app.handle({ method, path, body });
    if (![expected].flat().includes(answer.status)) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  at(day);

  /** An account with one subscription of 31.00 a month. */
  const subscriber = async (startedOn, { zone = null, tax_bp = 0, price_cents = 3100, ...more } = {}) => {
    await ask("PUT", "/plans/basic", { name: "Basic", price_cents });
    const account = await ask("POST", "/accounts", { name: "Ana", zone, tax_bp });
    return ask("POST", "/subscriptions", { account: account.id, plan: "basic", started_on: startedOn, ...more });
  };
  const run = async () => (await ask("POST", "/run", {})).documents;
  return { app, store, ask, at, subscriber, run };
};

export const spans = (documents) => documents.flatMap(({ lines }) => lines.map(({ from, to }) => `${from} ${to}`));
