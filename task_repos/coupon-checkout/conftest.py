"""A driver for the shop: every test gets its own names and its own stretch of time."""

import itertools
import json
import uuid

import pytest

MAX_BATCH = 50

_slots = itertools.count()
_shared = {}  # what tests may share because it has no state that they look at: saves requests


class Answer:
    """One answer of a batch, like an answer of its own."""

    def __init__(self, answer):
        self.status = answer["status"]
        self.headers = {name.lower(): value for name, value in answer["headers"].items()}
        self.text = json.dumps(answer["body"])

    def json(self):
        return json.loads(self.text)


class Driver:
    """One test's view of the service. Names are unique, the clock is stopped at `t0`."""

    def __init__(self, subject):
        self.subject = subject
        self.mark = uuid.uuid4().hex[:8]
        self.t0 = 1_700_000_000 + next(_slots) * 1_000_000
        self._count = itertools.count(1)
        self._nth = {}
        self._queue = []
        self.at(0)

    # -- requests

    def later(self, method, path, body=None):
        """Send this in one batch with the next request; it must succeed, its answer is dropped."""
        self._queue.append({"method": method, "path": path, "body": body})
        if len(self._queue) == MAX_BATCH - 1:
            self.flush()

    def flush(self):
        """Send what is queued, if there is something."""
        if self._queue:
            self.get("/health")

    def call(self, method, path, body=None, **headers):
        """The answer, whatever it is: `status`, `headers`, `json()`, `text`."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if not self._queue:
            return self.subject.http(method, path, json=body, headers=headers)
        early, self._queue = self._queue, []
        request = {"method": method, "path": path, "body": body, "headers": headers}
        batch = self.subject.http("POST", "/batch", json={"requests": [*early, request]})
        assert batch.status == 200, batch.text
        *answers, last = batch.json()["answers"]
        for sent, answer in zip(early, answers, strict=True):
            assert answer["status"] in (200, 201), f"{sent}: {answer}"
        return Answer(last)

    def ok(self, method, path, body=None, **headers):
        """The answer's JSON; the request must succeed."""
        answer = self.call(method, path, body, **headers)
        assert answer.status in (200, 201), f"{method} {path}: {answer.status} {answer.text}"
        return answer.json()

    def refused(self, status, code, method, path, body=None, **headers):
        """The error object; the request must be refused with this status and code."""
        answer = self.call(method, path, body, **headers)
        assert answer.status == status, f"{method} {path}: {answer.status} {answer.text}"
        error = answer.json()["error"]
        assert error["code"] == code
        assert error["message"]
        return error

    # -- the clock

    def at(self, seconds):
        """Stop the clock `seconds` after the start of this test's stretch of time."""
        self.now = self.t0 + seconds
        self.later("POST", "/debug/clock", {"now": self.now})

    def restart(self):
        self.flush()
        self.subject.restart()
        self.later("POST", "/debug/clock", {"now": self.now})

    # -- making things

    def name(self, stem):
        return f"{stem}-{self.mark}-{next(self._count)}"

    def share(self, key, make):
        """What `make()` gave another test for `key`; never the same thing twice in one test."""
        nth = self._nth[key] = self._nth.get(key, 0) + 1
        if (key, nth) not in _shared:
            _shared[key, nth] = make()
        return _shared[key, nth]

    def product(self, price_cents, floor_cents=0):
        """A product that keeps this price; sales of it are only seen at this test's time."""
        return self.share(
            ("product", price_cents, floor_cents),
            lambda: self.own_product(price_cents, floor_cents, stock=10**6),
        )

    def own_product(self, price_cents, floor_cents=0, stock=1000, sku=None):
        sku = sku or self.name("sku")
        self.later("PUT", f"/products/{sku}", {
            "name": "Thing", "price_cents": price_cents, "floor_cents": floor_cents, "stock": stock,
        })
        return sku

    def sale(self, sku, price_cents, floor_cents=0, start=0, end=600):
        """The id of a sale; `start` and `end` in seconds of this test's time."""
        body = self._sale(sku, price_cents, floor_cents, start, end)
        return self.ok("POST", "/sales", body)["id"]

    def _sale(self, sku, price_cents, floor_cents, start, end):
        return {
            "sku": sku, "price_cents": price_cents, "floor_cents": floor_cents,
            "starts_at": self.t0 + start, "ends_at": self.t0 + end,
        }

    def on_sale(self, price_cents, sale_cents, floor_cents=0, sale_floor=0, end=600):
        """The SKU of a product that is on sale until `end`."""
        sku = self.product(price_cents, floor_cents)
        self.later("POST", "/sales", self._sale(sku, sale_cents, sale_floor, 0, end))
        return sku

    def coupon(self, kind="percent", **fields):
        """The code of a coupon; one with limits is this test's own."""
        if kind == "percent":
            fields.setdefault("percent", 10)
        if {"max_uses", "valid_from", "valid_until"} & set(fields):
            return self.own_coupon(kind, **fields)
        key = ("coupon", kind, *sorted(fields.items()))
        return self.share(key, lambda: self.own_coupon(kind, **fields))

    def own_coupon(self, kind, **fields):
        code = self.name("CODE")
        self.later("PUT", f"/coupons/{code}", {"kind": kind, **fields})
        return code

    def cart(self, *lines, coupon=None):
        """The path of a new cart; a line is a SKU or (SKU, quantity)."""
        pairs = [(line, 1) if isinstance(line, str) else line for line in lines]
        made = self.ok("POST", "/carts", {
            "customer": "c-" + self.mark, "lines": [{"sku": sku, "qty": qty} for sku, qty in pairs],
        })
        path = f"/carts/{made['id']}"
        if coupon:
            self.later("PUT", f"{path}/coupon", {"code": coupon})
        return path

    def stack(self, cart, *coupons):
        """Put several coupons on a cart, in this order; returns the cart."""
        for code in coupons:
            self.later("POST", f"{cart}/coupons", {"code": code})
        return self.get(cart)

    # -- using things

    def get(self, path):
        return self.ok("GET", path)

    def add(self, cart, sku, qty=1):
        return self.ok("POST", f"{cart}/lines", {"sku": sku, "qty": qty})

    def browse(self, *skus):
        """Somebody else looks at products."""
        for sku in skus:
            self.later("GET", f"/products/{sku}")

    def checkout(self, cart, key=None, card="tok_visa_4242", **body):
        """The raw answer to a checkout."""
        key = key or self.name("key")
        return self.call(
            "POST", f"{cart}/checkout", {"card": card, **body}, Idempotency_Key=key
        )

    def order(self, cart, key=None, **body):
        answer = self.checkout(cart, key, **body)
        assert answer.status == 201, f"{answer.status} {answer.text}"
        return answer.json()

    def charges(self, cart):
        return self.get(f"/debug/provider?cart={cart.rsplit('/', 1)[1]}")["charges"]

    def books(self, order):
        """Account -> debits minus credits of one order; the two sides must be equal."""
        accounts = {}
        for entry in self.get(f"/ledger/orders/{order['id']}")["entries"]:
            net = entry["debit_cents"] - entry["credit_cents"]
            accounts[entry["account"]] = accounts.get(entry["account"], 0) + net
        assert sum(accounts.values()) == 0
        return accounts

    def audit(self, order):
        """The entries of an order's audit without those of the prices."""
        entries = self.get(f"/orders/{order['id']}/audit")["entries"]
        assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
        return [entry for entry in entries if entry["kind"] != "price"]

    @staticmethod
    def amounts(document):
        """The four sums of a cart or an order, to compare them."""
        names = ("subtotal_cents", "discount_cents", "shipping_cents", "total_cents")
        return {name: document[name] for name in names}

    @staticmethod
    def cuts(document):
        """The discount of each line, in order."""
        return [line["discount_cents"] for line in document["lines"]]


def run_script(subject, script, *options, **files):
    """Run requests in a scratch shop (`replay`); the answers in their order.

    `script` is a list of (method, path), (method, path, body) or (method, path, body, key).
    """
    requests = []
    for method, path, *rest in script:
        request = {"method": method, "path": path}
        if rest:
            request["body"] = rest[0]
        if rest[1:]:
            request["headers"] = {"Idempotency-Key": rest[1]}
        requests.append(request)
    done = subject.cli(
        ["replay", *options, "{files}/script.json"],
        files={"script.json": json.dumps(requests), **files},
    )
    assert done.code == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(script)
    return [Answer(answer) for answer in answers]


@pytest.fixture
def replay(subject):
    return lambda script, *options, **files: run_script(subject, script, *options, **files)


@pytest.fixture
def shop(subject):
    driver = Driver(subject)
    yield driver
    driver.flush()  # what it made may be shared


@pytest.fixture(scope="session")
def upgraded(subject):
    """A backup of release 3.5.1, opened by the release under test: answers by name.

    Made with `shop dump`. Cart 1 is ordered (order 1, key ann-1, two pens with SAVE10). Cart 2 is
    open: a lamp held at 1700000500 from a sale that closes at 1700000600, with SAVE10. Cart 3 is
    open: three pens with SAVE10.
    """
    card = {"card": "tok_visa_4242"}
    steps = {
        "in the sale": ("POST", "/debug/clock", {"now": 1_700_000_510}),
        "lamp": ("GET", "/products/lamp"),
        "held cart": ("GET", "/carts/2"),
        "pens": ("GET", "/carts/3"),
        "retry": ("POST", "/carts/1/checkout", card, "ann-1"),
        "order": ("GET", "/orders/1"),
        "audit": ("GET", "/orders/1/audit"),
        "captured": ("POST", "/orders/1/capture"),
        "refunded": ("POST", "/orders/1/refund"),
        "balance": ("GET", "/ledger/balance"),
        "coupon": ("GET", "/coupons/SAVE10"),
        "after the sale": ("POST", "/debug/clock", {"now": 1_700_000_700}),
        "lamp again": ("GET", "/products/lamp"),
        "held cart after the sale": ("GET", "/carts/2"),
        "end of the hold": ("POST", "/debug/clock", {"now": 1_700_001_400}),
        "cart after the hold": ("GET", "/carts/2"),
        "a second earlier": ("POST", "/debug/clock", {"now": 1_700_001_399}),
        "bought": ("POST", "/carts/2/checkout", card, "bob-1"),
    }
    options = ("--dump", "{files}/backup.sql")
    answers = run_script(subject, steps.values(), *options, **{"backup.sql": BACKUP})
    return dict(zip(steps, answers, strict=True))


BACKUP = """\
BEGIN TRANSACTION;
CREATE TABLE cart_lines (
    cart_id INTEGER NOT NULL REFERENCES carts (id),
    sku TEXT NOT NULL REFERENCES products (sku),
    qty INTEGER NOT NULL,
    unit_cents INTEGER NOT NULL,
    added_at INTEGER NOT NULL, sale_key TEXT,
    UNIQUE (cart_id, sku)
);
INSERT INTO "cart_lines" VALUES(1,'pen',2,1005,1700000000,NULL);
INSERT INTO "cart_lines" VALUES(2,'lamp',1,6000,1700000500,'sale:1');
INSERT INTO "cart_lines" VALUES(3,'pen',3,1005,1700000500,NULL);
CREATE TABLE carts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    customer TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'open',
    created_at INTEGER NOT NULL,
    order_id INTEGER
, coupon_code TEXT);
INSERT INTO "carts" VALUES(1,'ann','ordered',1700000000,1,'SAVE10');
INSERT INTO "carts" VALUES(2,'bob','open',1700000500,NULL,'SAVE10');
INSERT INTO "carts" VALUES(3,'eve','open',1700000500,NULL,'SAVE10');
CREATE TABLE coupons (
    code TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    percent INTEGER,
    amount_cents INTEGER,
    min_subtotal_cents INTEGER NOT NULL DEFAULT 0,
    max_uses INTEGER,
    uses INTEGER NOT NULL DEFAULT 0,
    valid_from INTEGER NOT NULL DEFAULT 0,
    valid_until INTEGER
);
INSERT INTO "coupons" VALUES('SAVE10','percent',10,NULL,0,NULL,1,0,NULL);
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    cart_id INTEGER,
    order_id INTEGER,
    detail TEXT NOT NULL
);
INSERT INTO "events" VALUES(1,1700000000,'order.placed',1,1,'{"total_cents": 2308, "card": "4242"}');
CREATE TABLE idempotency (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    answer TEXT NOT NULL,
    at INTEGER NOT NULL
);
INSERT INTO "idempotency" VALUES('ann-1','0a8b3c8fdf4d8e7fca9011cf4b3bfe691556a9cc70bb69f08644bd9095c9c4a0','{"id": 1, "cart_id": 1, "customer": "ann", "status": "authorised", "placed_at": 1700000000, "lines": [{"sku": "pen", "qty": 2, "unit_cents": 1005, "price_source": "regular", "gross_cents": 2010, "discount_cents": 201, "net_cents": 1809, "refunded_qty": 0, "refunded_cents": 0}], "coupon": "SAVE10", "coupon_note": "10% off", "subtotal_cents": 2010, "discount_cents": 201, "shipping_cents": 499, "total_cents": 2308, "refunded_cents": 0, "payment": {"status": "authorised", "card_last4": "4242", "authorised_cents": 2308, "captured_cents": 0, "refunded_cents": 0}}',1700000000);
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id INTEGER NOT NULL REFERENCES orders (id),
    account TEXT NOT NULL,
    debit_cents INTEGER NOT NULL,
    credit_cents INTEGER NOT NULL,
    memo TEXT NOT NULL,
    at INTEGER NOT NULL
);
CREATE TABLE meta (schema INTEGER NOT NULL);
INSERT INTO "meta" VALUES(4);
CREATE TABLE order_lines (
    order_id INTEGER NOT NULL REFERENCES orders (id),
    sku TEXT NOT NULL,
    qty INTEGER NOT NULL,
    unit_cents INTEGER NOT NULL,
    price_source TEXT NOT NULL,
    gross_cents INTEGER NOT NULL,
    discount_cents INTEGER NOT NULL,
    net_cents INTEGER NOT NULL,
    refunded_qty INTEGER NOT NULL DEFAULT 0,
    refunded_cents INTEGER NOT NULL DEFAULT 0,
    UNIQUE (order_id, sku)
);
INSERT INTO "order_lines" VALUES(1,'pen',2,1005,'regular',2010,201,1809,0,0);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    cart_id INTEGER NOT NULL REFERENCES carts (id),
    customer TEXT NOT NULL,
    status TEXT NOT NULL,
    subtotal_cents INTEGER NOT NULL,
    discount_cents INTEGER NOT NULL,
    shipping_cents INTEGER NOT NULL,
    total_cents INTEGER NOT NULL,
    shipping_refunded INTEGER NOT NULL DEFAULT 0,
    charge_id INTEGER NOT NULL,
    placed_at INTEGER NOT NULL
, coupon_code TEXT, coupon_note TEXT);
INSERT INTO "orders" VALUES(1,1,'ann','authorised',2010,201,499,2308,0,1,1700000000,'SAVE10','10% off');
CREATE TABLE products (
    sku TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    price_cents INTEGER NOT NULL,
    floor_cents INTEGER NOT NULL DEFAULT 0,
    stock INTEGER NOT NULL
);
INSERT INTO "products" VALUES('lamp','Lamp',8000,7000,50);
INSERT INTO "products" VALUES('pen','Pen',1005,0,48);
CREATE TABLE provider_charges (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    reference TEXT NOT NULL,
    card TEXT NOT NULL,
    amount_cents INTEGER NOT NULL,
    status TEXT NOT NULL,
    captured_cents INTEGER NOT NULL DEFAULT 0,
    refunded_cents INTEGER NOT NULL DEFAULT 0
);
INSERT INTO "provider_charges" VALUES(1,'cart-1','4242',2308,'authorised',0,0);
CREATE TABLE sales (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sku TEXT NOT NULL REFERENCES products (sku),
    price_cents INTEGER NOT NULL,
    floor_cents INTEGER NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
);
INSERT INTO "sales" VALUES(1,'lamp',6000,5700,1700000000,1700000600);
CREATE INDEX ledger_by_order ON ledger (order_id);
CREATE INDEX provider_charges_by_reference ON provider_charges (reference);
CREATE INDEX sales_by_end ON sales (ends_at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('sales',1);
INSERT INTO "sqlite_sequence" VALUES('carts',3);
INSERT INTO "sqlite_sequence" VALUES('provider_charges',1);
INSERT INTO "sqlite_sequence" VALUES('orders',1);
INSERT INTO "sqlite_sequence" VALUES('events',1);
COMMIT;
"""
