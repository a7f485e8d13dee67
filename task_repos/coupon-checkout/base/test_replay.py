"""README: `replay` runs a script of requests in a scratch shop and prints the answers."""


def test_a_ticket_reproduced(replay):
    answers = replay([
        ("POST", "/debug/clock", {"now": 1_700_000_000}),
        ("PUT", "/products/mug", {"name": "Mug", "price_cents": 1250, "stock": 5}),
        ("POST", "/carts", {"customer": "ann", "lines": [{"sku": "mug", "qty": 2}]}),
        ("POST", "/carts/1/checkout", {"card": "tok_visa_4242"}, "key"),
        ("GET", "/orders/2"),
    ])
    assert [answer.status for answer in answers] == [200, 201, 201, 201, 404]
    assert answers[3].json()["total_cents"] == 2999
    assert answers[3].json()["placed_at"] == 1_700_000_000
    assert int(answers[2].headers["x-db-reads"]) > 0


def test_a_batch_is_the_same_over_http(subject):
    requests = [
        {"method": "GET", "path": "/orders/0"}, {"method": "GET", "path": "/health"},
    ]
    answers = subject.http("POST", "/batch", json={"requests": requests}).json()["answers"]
    assert [answer["status"] for answer in answers] == [404, 200]
    assert answers[1]["body"]["status"] == "ok"
