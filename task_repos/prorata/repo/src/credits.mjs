// What is given back when a subscription ends early.

import { addDays, daysIn, later } from "./dates.mjs";
import { issue } from "./documents.mjs";
import { share } from "./money.mjs";

/** The part of an invoiced line that lies after `day`, as a line that gives it back; null when there is none. */
const unused = (line, day) => {
  const from = later(line.from, addDays(day, 1));
  if (from > line.to) return null;
  const back = share(line.net_cents, daysIn(from, line.to), daysIn(line.from, line.to));
  return { text: `unused: ${line.text}`, from, to: line.to, net_cents: -back, tax_bp: line.tax_bp };
};

/**
 * Give back the days after `day`, one credit note for each invoice that has some.
 *
 * @returns the credit notes, in the order of their invoices
 */
export const creditUnused = (draft, subscription, day, now) =>
  draft.documents
    .filter((document) => document.kind === "invoice" && document.subscription === subscription.id)
    .map((invoice) => ({ invoice, lines: invoice.lines.map((line) => unused(line, day)).filter(Boolean) }))
    .filter(({ lines }) => lines.length)
    .map(({ invoice, lines }) =>
      issue(draft, { kind: "credit", subscription, refersTo: invoice.number, lines, now }),
    );
