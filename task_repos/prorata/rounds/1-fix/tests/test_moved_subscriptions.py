"""The report's rule on data: who was moved by a release before comes back, and no day is lost or paid twice."""

import json

import pytest

RUNS = {"5": "2025-10-27T00:00:00Z", "3": "2026-03-26T12:00:00Z", "2": "2026-03-27T12:00:00Z", "1": "2026-04-26T12:00:00Z",
        "4": "2026-04-26T12:00:00Z", "6": "2026-04-26T12:00:00Z"}


@pytest.fixture(scope="module")
def billed(ask, old_store):
    """By account: (span, net) of what a run makes, the next first day before and after it."""
    store = json.loads(old_store)
    # Starts on the day of the change, is kept as the hour before that day, and is not invoiced yet.
    store["accounts"]["6"] = {**store["accounts"]["2"], "id": "6"}
    fresh = {"id": "6", "account": "6", "started_on": "2026-03-29", "next_at": 1774738800000}
    store["subscriptions"]["6"] = {**store["subscriptions"]["2"], **fresh}
    requests = []
    for account, when in RUNS.items():
        shown = ("GET", f"/subscriptions/{account}")
        requests += [("POST", "/clock", {"now": when}), shown, ("POST", "/run", {"account": account}), shown]
    answers = ask(requests, json.dumps(store))
    found = {}
    for account, (_, before, run, after) in zip(RUNS, zip(*[iter(answers)] * 4), strict=True):
        lines = [line for document in run["documents"] for line in document["lines"]]
        spans = [(f"{line['from']} .. {line['to']}", line["net_cents"]) for line in lines]
        found[account] = spans, before["next_period_on"], after["next_period_on"]
    return found


def test_back_to_the_thirty_first(billed):
    lines = [("2026-03-28 .. 2026-03-30", 300), ("2026-03-31 .. 2026-04-29", 3100), ("2026-04-30 .. 2026-05-30", 3100)]
    assert billed["1"] == (lines, "2026-03-28", "2026-05-31")


def test_april_after_a_march_with_a_day_too_many(billed):
    assert billed["2"] == ([("2026-04-01 .. 2026-04-30", 3100)], "2026-04-01", "2026-05-01")


def test_november_after_the_autumn_change(billed):
    assert billed["5"] == ([("2025-11-01 .. 2025-11-30", 3100)], "2025-11-01", "2025-12-01")


def test_who_was_right_stays(billed):
    assert billed["3"] == ([("2026-03-31 .. 2026-04-29", 3100)], "2026-03-31", "2026-04-30")
    assert billed["4"] == ([("2026-05-01 .. 2026-05-31", 3100)], "2026-05-01", "2026-06-01")


def test_a_start_on_the_day_of_the_change(billed):
    lines = [("2026-03-29 .. 2026-04-28", 3100), ("2026-04-29 .. 2026-05-28", 3100)]
    assert billed["6"] == (lines, "2026-03-29", "2026-05-29")
