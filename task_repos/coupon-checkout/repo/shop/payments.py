"""Authorise at checkout, capture when the parcel leaves, void or refund after."""

from shop.errors import ShopError, invalid
from shop.provider import CardDeclined, NoAnswer


class Payments:
    def __init__(self, provider, events):
        self._provider = provider
        self._events = events

    def authorise(self, cart_id, amount_cents, card):
        """An authorisation for exactly `amount_cents`; the cart's only open one.

        An attempt whose answer got lost may have left an authorisation behind. If it is
        for this amount and card it is used, otherwise it is voided first.
        """
        last4 = _last4(card)
        reference = _reference(cart_id)
        found = None
        for charge in self._provider.charges(reference):
            if charge.status != "authorised":
                continue
            if found is None and (charge.amount_cents, charge.card) == (amount_cents, last4):
                found = charge
            else:
                self._provider.void(charge.id)
        if found is not None:
            return found
        try:
            return self._provider.authorise(reference, amount_cents, card)
        except CardDeclined as reason:
            self._events.record("payment.declined", cart_id=cart_id, card=last4)
            raise ShopError(402, "card_declined", str(reason)) from None
        except NoAnswer:
            raise ShopError(
                503, "provider_unavailable", "the card acquirer did not answer, try again"
            ) from None

    def capture(self, charge_id):
        self._provider.capture(charge_id)

    def void(self, charge_id):
        self._provider.void(charge_id)

    def refund(self, charge_id, cents):
        self._provider.refund(charge_id, cents)

    def of_order(self, charge_id):
        """The payment part of an order's JSON."""
        charge = self._provider.get(charge_id)
        return {
            "status": charge.status,
            "card_last4": charge.card,
            "authorised_cents": charge.amount_cents,
            "captured_cents": charge.captured_cents,
            "refunded_cents": charge.refunded_cents,
        }

    def of_cart(self, cart_id):
        """Every charge the acquirer has for the cart, oldest first (GET /debug/provider)."""
        return [
            {
                "id": charge.id,
                "status": charge.status,
                "card_last4": charge.card,
                "amount_cents": charge.amount_cents,
                "captured_cents": charge.captured_cents,
                "refunded_cents": charge.refunded_cents,
            }
            for charge in self._provider.charges(_reference(cart_id))
        ]


def check_card(card):
    """Raise unless `card` looks like a token."""
    parts = card.split("_")
    if len(parts) != 3 or parts[0] != "tok" or len(parts[2]) != 4 or not parts[2].isdigit():
        raise invalid("card must be a token like tok_visa_4242")


def _last4(card):
    return card.rsplit("_", 1)[1]


def _reference(cart_id):
    return f"cart-{cart_id}"
