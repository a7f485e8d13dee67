"""A stand-in for the card acquirer. It keeps its charges in our database for convenience.

Cards are tokens `tok_<name>_<last four>`; the name decides how the card behaves:

    tok_decline_NNNN      always declined
    tok_limit5000_NNNN    declined above 5000 cents
    tok_slow_NNNN         the first answer for an amount is lost after the charge was made
    anything else         approved
"""

from dataclasses import dataclass


class CardDeclined(Exception):
    pass


class NoAnswer(Exception):
    """The acquirer did not answer in time; whether it acted is not known."""


@dataclass(frozen=True)
class Charge:
    id: int
    reference: str
    card: str
    amount_cents: int
    status: str  # authorised, voided, captured
    captured_cents: int
    refunded_cents: int


class FakeProvider:
    def __init__(self, store):
        self._store = store

    def authorise(self, reference, amount_cents, card):
        _, name, last4 = card.split("_")
        if name == "decline":
            raise CardDeclined("declined by the issuer")
        limit = name.removeprefix("limit")
        if limit != name and limit.isdecimal() and amount_cents > int(limit):
            raise CardDeclined("over the card's limit")
        done = self._store.run(
            "INSERT INTO provider_charges (reference, card, amount_cents, status)"
            " VALUES (?, ?, ?, 'authorised')",
            reference, last4, amount_cents,
        )
        if name == "slow":
            raise NoAnswer("timed out")
        return self.get(done.lastrowid)

    def get(self, charge_id):
        row = self._store.one("SELECT * FROM provider_charges WHERE id = ?", charge_id)
        return Charge(**row)

    def charges(self, reference):
        rows = self._store.all(
            "SELECT * FROM provider_charges WHERE reference = ? ORDER BY id", reference
        )
        return [Charge(**row) for row in rows]

    def capture(self, charge_id):
        self._store.run(
            "UPDATE provider_charges SET status = 'captured', captured_cents = amount_cents"
            " WHERE id = ? AND status = 'authorised'",
            charge_id,
        )

    def void(self, charge_id):
        self._store.run(
            "UPDATE provider_charges SET status = 'voided'"
            " WHERE id = ? AND status = 'authorised'",
            charge_id,
        )

    def refund(self, charge_id, cents):
        self._store.run(
            "UPDATE provider_charges SET refunded_cents = refunded_cents + ? WHERE id = ?",
            cents, charge_id,
        )
