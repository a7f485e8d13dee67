// Invoices and credit notes. A document is made once, numbered without gaps in its series, and never touched again.

import { stamp } from "./clock.mjs";
import { sum, tax } from "./money.mjs";
import { enqueue } from "./outbox.mjs";

const PREFIX = { invoice: "R", credit: "G" }; // Rechnung, Gutschrift: the numbers were German before the company was not

/**
 * Number a document and put it among the others.
 *
 * `lines` is a list of `{ text, from, to, net_cents, tax_bp }`; what is given back is negative. Tax is computed once for
 * each rate, on the sum of the lines at that rate: line by line the cents would not add up to what the tax office
 * computes from the document's sum.
 */
export const issue = (draft, { kind, subscription, refersTo = null, lines, now }) => {
  const rates = [...new Set(lines.map((line) => line.tax_bp))].sort((a, b) => a - b);
  const taxes = rates.map((rate) => {
    const net = sum(lines.filter((line) => line.tax_bp === rate).map((line) => line.net_cents));
    return { tax_bp: rate, net_cents: net, tax_cents: tax(net, rate) };
  });
  const net = sum(taxes.map((entry) => entry.net_cents));
  const taxed = sum(taxes.map((entry) => entry.tax_cents));
  const document = {
    number: `${PREFIX[kind]}-${String(draft.next[kind]).padStart(6, "0")}`,
    kind,
    account: subscription.account,
    subscription: subscription.id,
    refers_to: refersTo,
    issued_at: stamp(now),
    lines,
    taxes,
    net_cents: net,
    tax_cents: taxed,
    total_cents: net + taxed,
  };
  draft.next[kind] += 1;
  draft.documents.push(document);
  enqueue(draft, document, draft.accounts[subscription.account]);
  return document;
};

/** What an account owes: invoices less credit notes. */
export const balance = (documents) => sum(documents.map((document) => document.total_cents));
