// What a client may be told. Everything else that is thrown is a 500, and a bug.

export class Refusal extends Error {
  constructor(status, code, message, details) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

export const invalid = (message) => new Refusal(400, "invalid", message);
export const unknown = (what, id) => new Refusal(404, `unknown_${what}`, `there is no ${what} ${JSON.stringify(id)}`);
export const conflict = (code, message, details) => new Refusal(409, code, message, details);

export const asJson = (refusal) => ({
  error: {
    code: refusal.code,
    message: refusal.message,
    ...(refusal.details ? { details: refusal.details } : {}),
  },
});
