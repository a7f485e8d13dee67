// Mails that wait to be sent. This is the oldest code here (0.3, when node had no promises worth the name) and the mail
// relay's own client still wants callbacks, so it has stayed as it is. Every mail is kept; `flush` hands over what has
// not been sent yet.

/** Put the mail for a document into the outbox. It goes out with the next flush. */
export const enqueue = (draft, document, account) => {
  draft.outbox.push({
    to: account.email,
    subject: `${document.kind === "invoice" ? "Invoice" : "Credit note"} ${document.number}`,
    body:
      `Dear ${account.name}, please find ${document.number} over ${amount(document.total_cents)}.` +
      (account.iban ? ` We use your account ending in ${account.iban.slice(-4)}.` : ""),
    sent_at: null,
  });
};

/**
 * Hand every waiting mail to `send(mail, callback)`, one after the other, and call `done(error, count)`.
 * A mail that cannot be sent stops the flush; what went out before it stays sent.
 */
export const flush = (store, send, done) => {
  let count = 0;
  const next = () => {
    const index = store.read().outbox.findIndex((mail) => mail.sent_at === null);
    if (index < 0) return done(null, count);
    return send(store.read().outbox[index], (error) => {
      if (error) return done(error, count);
      store.change((draft) => {
        draft.outbox[index].sent_at = new Date().toISOString().replace(/\.\d+Z$/, "Z");
      });
      count += 1;
      return setImmediate(next);
    });
  };
  next();
};

/** The relay, until there is one: it takes everything but mails to nowhere. */
export const send = (mail, callback) =>
  setImmediate(() => callback(mail.to.endsWith("@nowhere.invalid") ? new Error(`no route to ${mail.to}`) : null));

const amount = (cents) => `${cents < 0 ? "-" : ""}${Math.trunc(Math.abs(cents) / 100)}.${String(Math.abs(cents) % 100).padStart(2, "0")}`;
