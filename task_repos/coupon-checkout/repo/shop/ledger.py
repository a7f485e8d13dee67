"""The books, double entry. Every posting balances or is refused."""


class Ledger:
    def __init__(self, store, clock):
        self._store = store
        self._clock = clock

    def post(self, order_id, memo, debits, credits):
        """`debits` and `credits` map accounts to cents; entries of nothing are left out."""
        if sum(debits.values()) != sum(credits.values()):
            raise ValueError(f"unbalanced posting for order {order_id}: {debits} {credits}")
        now = self._clock.now()
        entries = [(account, cents, 0) for account, cents in debits.items()]
        entries += [(account, 0, cents) for account, cents in credits.items()]
        for account, debit, credit in entries:
            if debit or credit:
                self._store.run(
                    "INSERT INTO ledger (order_id, account, debit_cents, credit_cents, memo, at)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    order_id, account, debit, credit, memo, now,
                )

    def of_order(self, order_id):
        rows = self._store.all(
            "SELECT account, debit_cents, credit_cents, memo, at FROM ledger"
            " WHERE order_id = ? ORDER BY id",
            order_id,
        )
        return [dict(row) for row in rows]

    def balance(self):
        rows = self._store.all(
            "SELECT account, SUM(debit_cents) AS debit, SUM(credit_cents) AS credit"
            " FROM ledger GROUP BY account ORDER BY account"
        )
        return {
            "accounts": {row["account"]: row["debit"] - row["credit"] for row in rows},
            "debits_cents": sum(row["debit"] for row in rows),
            "credits_cents": sum(row["credit"] for row in rows),
        }
