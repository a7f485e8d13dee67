"""README, Planned: what cannot be changed is refused, and nothing has happened."""


def test_what_is_refused(desk):
    sub = desk.subscribe("2026-03-01")
    desk.run(sub, "2026-03-01")
    path = f"/subscriptions/{sub['id']}/change"
    desk.refused(409, "nothing_to_change", "POST", path, {"plan": sub["plan"]})
    desk.refused(409, "nothing_to_change", "POST", path, {"plan": sub["plan"], "quantity": 1})
    desk.refused(409, "other_interval", "POST", path, {"plan": desk.plan(3100, months=12)})
    desk.refused(404, "unknown_plan", "POST", path, {"plan": "none"})
    desk.refused(404, "unknown_subscription", "POST", "/subscriptions/none/change", {"plan": sub["plan"]})
    for body in (None, [], {}, {"plan": 5}, {"plan": sub["plan"], "quantity": 0}, {"plan": sub["plan"], "quantity": "2"}):
        desk.refused(400, "invalid", "POST", path, body)
    desk.refused(405, "method_not_allowed", "GET", path)
    assert desk.get(sub)["plan"] == sub["plan"]
    assert desk.balance(sub) == 3100
    desk.cancel(sub)
    desk.refused(409, "already_cancelled", "POST", path, {"plan": desk.plan(6200)})
