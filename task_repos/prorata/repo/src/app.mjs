// The application: a store, a clock, and a function from a request to an answer. Knows nothing of sockets or files.

import { Refusal, asJson, invalid } from "./errors.mjs";
import { find } from "./routes.mjs";

/**
 * `handle({ method, path, body })` never throws; it comes to `{ status, headers, body }`.
 *
 * Requests are handled one after the other as far as the store is concerned: its changes are synchronous.
 */
export const createApp = ({ store, clock }) => {
  const handle = async ({ method, path, body = null }) => {
    const before = store.writes();
    let status;
    let answer;
    try {
      const url = locate(path);
      const { handler, params } = find(method, url.pathname);
      const query = Object.fromEntries(url.searchParams);
      [status, answer] = await handler({ store, clock, params, query, body });
    } catch (error) {
      if (!(error instanceof Refusal)) console.error(error);
      const refusal = error instanceof Refusal ? error : new Refusal(500, "internal", "something broke here");
      [status, answer] = [refusal.status, asJson(refusal)];
    }
    return { status, headers: { "X-Store-Writes": String(store.writes() - before) }, body: answer };
  };
  return { handle };
};

const locate = (path) => {
  try {
    return new URL(`http://prorata${path}`);
  } catch {
    throw invalid("this is no path");
  }
};
