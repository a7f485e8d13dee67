"""What the books say about a period."""

from paytrain.ledger import Ledger


def periodReport(store, period):
    """Every row that came in is in one of the columns accepted, duplicates and rejected."""
    sheets = []
    for sheet in store.all("SELECT * FROM sheets WHERE period = ? ORDER BY id", period):
        reasons = store.all(
            "SELECT reason, COUNT(*) AS number FROM rejects WHERE sheet_id = ?"
            " GROUP BY reason ORDER BY reason", sheet["id"],
        )
        sheets.append({
            "sheet": sheet["id"],
            "source": sheet["source"],
            "rows": sheet["rows"],
            "accepted": sheet["accepted"],
            "accepted_cents": sheet["accepted_cents"],
            "duplicates": sheet["duplicates"],
            "rejected": sheet["rejected"],
            "reasons": {row["reason"]: row["number"] for row in reasons},
        })
    booked, paid = Ledger(store).totals(period)
    return {
        "period": period,
        "sheets": sheets,
        "booked_cents": booked,
        "paid_cents": paid,
        "open_cents": booked - paid,
    }


def entryAsDict(row):
    return {
        "employee": row["employee"],
        "sheet": row["sheet_id"],
        "row": row["row_no"],
        "source": row["source"],
        "reference": row["reference"],
        "amount_cents": row["amount_cents"],
        "run": row["run_id"],
    }
