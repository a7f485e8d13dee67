"""A driver for stockd: every test gets its own SKUs and its own stretch of time, later than all before it."""

import contextlib
import itertools
import json
import random
import threading
import time
import uuid

import pytest

TTL = 900  # how long a hold lasts unless it says otherwise
WINDOW = 600  # how long a payment may take
PATIENCE = 6.0  # real seconds after which a request counts as held up; an answer takes milliseconds

_slots = itertools.count()
_given = set()  # ids of holds and payments; one service serves all tests, so none may come twice


class Driver:
    """One test's view of the service. The clock is stopped at `t0`, which is in the year 2033 or later."""

    def __init__(self, subject):
        self.subject = subject
        self.mark = uuid.uuid4().hex[:8]
        self.t0 = 2_000_000_000 + next(_slots) * 1_000_000
        self._count = itertools.count(1)
        self.at(0)

    # -- requests

    def call(self, method, path, body=None, **options):
        """The answer, whatever it is: `status`, `json()`, `text`."""
        return self.subject.http(method, path, json=body, **options)

    def ok(self, method, path, body=None, status=None, **options):
        """The answer's JSON; the request must succeed."""
        answer = self.call(method, path, body, **options)
        wanted = (status,) if status else (200, 201, 202)
        assert answer.status in wanted, f"{method} {path}: {answer.status} {answer.text}"
        return answer.json()

    def refused(self, status, code, method, path, body=None):
        """The error object; the request must be refused with this status and code."""
        answer = self.call(method, path, body)
        assert answer.status == status, f"{method} {path} {body}: {answer.status} {answer.text}"
        error = answer.json()["error"]
        assert error["code"] == code, error
        assert isinstance(error["message"], str) and error["message"]
        return error

    def get(self, path):
        return self.ok("GET", path)

    # -- the clock

    def at(self, seconds):
        """Stop the clock `seconds` after the start of this test's stretch of time."""
        self.now = seconds
        self.ok("POST", "/admin/clock", {"now": self.t0 + seconds})

    def restart(self):
        """Kill the service and start it again on its data."""
        self.subject.restart()

    # -- things

    def name(self, stem):
        return f"{stem}-{self.mark}-{next(self._count)}"

    def sku(self, on_hand):
        """A new SKU with so many units (at `main`)."""
        sku = self.name("sku")
        self.ok("PUT", f"/skus/{sku}", {"on_hand": on_hand}, status=201)
        return sku

    def hold(self, sku, qty=1, ttl=None, **fields):
        """The id of a new hold."""
        return self.holding(sku, qty, ttl, **fields)["id"]

    def holding(self, sku, qty=1, ttl=None, **fields):
        body = {"sku": sku, "qty": qty, "customer": "c-" + self.mark, **fields}
        if ttl is not None:
            body["ttl_s"] = ttl
        made = self.ok("POST", "/holds", body, status=201)
        self._new("hold", made["id"])
        return made

    def no_hold(self, sku, qty=1, code="out_of_stock", **fields):
        body = {"sku": sku, "qty": qty, "customer": "c", **fields}
        return self.refused(409, code, "POST", "/holds", body)

    def extend(self, hold, ttl):
        return self.ok("POST", f"/holds/{hold}/extend", {"ttl_s": ttl})

    def reduce(self, hold, qty):
        return self.ok("POST", f"/holds/{hold}/reduce", {"qty": qty})

    def release(self, hold):
        return self.ok("DELETE", f"/holds/{hold}")

    def confirm(self, hold, ref=None):
        """The id of the payment; a new one, unless `ref` says which."""
        payment = self.ok("POST", f"/holds/{hold}/confirm", {"ref": ref or self.name("ref")})["id"]
        if ref is None:
            self._new("payment", payment)
        return payment

    def _new(self, kind, number):
        assert (kind, number) not in _given, f"{kind} {number} is given twice"
        _given.add((kind, number))

    def result(self, payment, status="captured"):
        """The payment's status after the provider's answer."""
        return self.ok("POST", f"/payments/{payment}/result", {"status": status})["status"]

    def sell(self, hold):
        """Pay for a hold and have it captured; the payment's id."""
        payment = self.confirm(hold)
        assert self.result(payment) == "captured"
        return payment

    # -- looking

    def status(self, hold):
        return self.get(f"/holds/{hold}")["status"]

    def paid(self, payment):
        return self.get(f"/payments/{payment}")["status"]

    def live(self, sku):
        """The SKU's live holds, by id."""
        return {hold["id"]: hold for hold in self.get(f"/holds?sku={sku}")["holds"]}

    def figures(self, sku):
        """(available, held, sold), which must add up and agree with the live holds."""
        level = self.get(f"/skus/{sku}")
        held = sum(hold["qty"] for hold in self.live(sku).values())
        assert level["on_hand"] == level["available"] + level["held"] + level["sold"], level
        assert level["held"] == held, f"{level}, but the live holds have {held}"
        return level["available"], level["held"], level["sold"]

    # -- more than one request at a time

    @contextlib.contextmanager
    def stalled(self, *requests):
        """Send each (sku, method, path, body) while its SKU is stalled; inside, all of them wait for the journal.

        Gives the list of their answers, filled when the block has ended and the SKUs are on again.
        """
        skus = {sku for sku, *_ in requests}
        for sku in skus:
            self.ok("PUT", f"/admin/stall/{sku}")
        answers = [None] * len(requests)
        threads = []
        try:
            for n, (_, *request) in enumerate(requests):
                threads.append(self.send(answers, n, *request))
            self.wait_for(lambda waiting: all(waiting.get(sku, 0) >= 1 for sku in skus))
            assert answers == [None] * len(requests)
            yield answers
        finally:
            for sku in skus:
                self.ok("DELETE", f"/admin/stall/{sku}")
            for thread in threads:
                thread.join(30)

    def send(self, answers, n, method, path, body=None):
        """Send a request in a thread of its own, which is returned; its answer or error goes to `answers[n]`."""

        def work():
            try:
                answers[n] = self.call(method, path, body, timeout=25)
            except AssertionError as error:
                answers[n] = error

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return thread

    def wait_for(self, enough):
        """Look at the stalled writes until there are enough."""
        ends = time.monotonic() + PATIENCE
        while not enough(self.ok("GET", "/admin/stall", timeout=PATIENCE)["stalled"]):
            assert time.monotonic() < ends, "not all of them got as far as the journal"
            time.sleep(0.003)

    def at_once(self, *requests):
        """The answers to (method, path, body), sent all at the same time."""
        answers = [None] * len(requests)
        threads = [self.send(answers, n, *request) for n, request in enumerate(requests)]
        for thread in threads:
            thread.join(30)
        assert all(hasattr(answer, "status") for answer in answers), answers
        return answers

    # -- warehouses, from the second round on

    def warehouse(self, priority):
        """The name of a new warehouse."""
        name = self.name("wh")
        self.ok("PUT", f"/warehouses/{name}", {"priority": priority}, status=201)
        return name

    def stocked(self, **on_hand):
        """(SKU, names by given name): a SKU at new warehouses `p<priority>`, none at `main`."""
        sku = self.sku(0)
        names = {key: self.warehouse(int(key.strip("abp"))) for key in on_hand}
        for key, qty in on_hand.items():
            self.ok("PUT", f"/skus/{sku}/warehouses/{names[key]}", {"on_hand": qty})
        return sku, names

    def places(self, sku):
        """(available, held, sold) by warehouse, each of which must add up, and to the SKU's own."""
        level = self.get(f"/skus/{sku}")
        rows = level["warehouses"]
        for key in ("on_hand", "available", "held", "sold"):
            assert sum(row[key] for row in rows) == level[key], (key, level)
        held = {row["warehouse"]: 0 for row in rows}
        for hold in self.live(sku).values():
            assert sum(part["qty"] for part in hold["allocations"]) == hold["qty"], hold
            for part in hold["allocations"]:
                held[part["warehouse"]] += part["qty"]
        for row in rows:
            assert row["on_hand"] == row["available"] + row["held"] + row["sold"], row
            assert row["held"] == held[row["warehouse"]], (row, held)
        return {row["warehouse"]: (row["available"], row["held"], row["sold"]) for row in rows}

    def parts(self, hold):
        """[(warehouse, qty)] of a hold."""
        return pairs(self.get(f"/holds/{hold}")["allocations"])

    def shipped(self, payment):
        """[(warehouse, qty)] of a payment."""
        return pairs(self.get(f"/payments/{payment}")["shipments"])


def pairs(parts):
    return [(part["warehouse"], part["qty"]) for part in parts]


class Model:
    """What the README promises for one SKU, in a few lines. Times count from the test's start."""

    def __init__(self, on_hand):
        self.on_hand, self.sold, self.now = on_hand, 0, 0
        self.holds, self.payments = {}, {}

    def held(self):
        return sum(hold["qty"] for hold in self.holds.values() if hold["status"] in ("open", "paying"))

    def figures(self):
        return self.on_hand - self.held() - self.sold, self.held(), self.sold

    def at(self, now):
        self.now = now
        for payment in self.payments.values():
            if payment["status"] == "pending" and payment["answer_by"] <= now:
                payment["status"] = "lapsed"
                self.holds[payment["hold"]]["status"] = "open"
        for hold in self.holds.values():
            if hold["status"] == "open" and hold["until"] <= now:
                hold["status"] = "expired"

    def result(self, number, answer):
        """The payment's status afterwards, or None for a conflict."""
        payment = self.payments[number]
        hold = self.holds[payment["hold"]]
        was = payment["status"]
        if was in ("pending", "lapsed"):
            fits = was == "pending" or hold["status"] == "open"
            if answer == "captured" and fits:
                hold["status"] = "sold"
                self.sold += hold["qty"]
            elif answer == "captured":
                answer = "refund_due"
            elif was == "pending":
                hold["status"] = "open"
            payment["status"] = answer
            self.at(self.now)
            return answer
        same = was == answer or (was == "refund_due" and answer == "captured")
        return was if same else None


def random_walk(shop, seed, steps):
    """Random requests about one SKU, checked against the model after each: (SKU, how often what was done)."""
    rng = random.Random(seed)
    model = Model(on_hand=12)
    sku = shop.sku(12)
    done = dict.fromkeys(("hold", "extend", "reduce", "release", "confirm", "result", "later", "receive"), 0)
    for _ in range(steps):
        (action,) = rng.choices([*done], [5, 4, 2, 1, 4, 4, 4, 2])
        opened = [number for number, hold in model.holds.items() if hold["status"] == "open"]
        if action == "later":
            model.at(model.now + rng.choice([1, 60, 100, 200, 300, 400]))
            shop.at(model.now)
        elif action == "receive":
            model.on_hand += 2
            shop.ok("POST", f"/skus/{sku}/receive", {"qty": 2})
        elif action == "hold":
            qty, ttl = rng.randint(1, 4), rng.choice([100, 300, 900])
            if qty > model.figures()[0]:
                shop.no_hold(sku, qty)
            else:
                model.holds[shop.hold(sku, qty, ttl)] = {"qty": qty, "until": model.now + ttl, "status": "open"}
        elif action == "result" and model.payments:
            number = rng.choice([*model.payments][-6:])
            answer = rng.choice(["captured", "captured", "failed"])
            want = model.result(number, answer)
            got = shop.call("POST", f"/payments/{number}/result", {"status": answer})
            assert got.status == (200 if want else 409), got
            assert want is None or got.json()["status"] == want, (want, got.text)
        elif opened and action in ("extend", "reduce", "release", "confirm"):
            number = rng.choice(opened)
            hold = model.holds[number]
            if action == "extend":
                ttl = rng.choice([50, 400, 800])
                hold["until"] = max(hold["until"], model.now + ttl)
                assert shop.extend(number, ttl)["expires_at"] == shop.t0 + hold["until"]
            elif action == "reduce":
                hold["qty"] = rng.randint(1, hold["qty"])
                shop.reduce(number, hold["qty"])
            elif action == "release":
                hold["status"] = "released"
                shop.release(number)
            else:
                payment = {"hold": number, "status": "pending", "answer_by": model.now + WINDOW}
                model.payments[shop.confirm(number)] = payment
                hold["status"] = "paying"
        else:
            continue
        done[action] += 1
        level = shop.get(f"/skus/{sku}")
        assert (level["available"], level["held"], level["sold"]) == model.figures(), (action, model.now)
    assert shop.figures(sku) == model.figures()
    for number, hold in model.holds.items():
        assert shop.status(number) == hold["status"]
    for number, payment in model.payments.items():
        assert shop.paid(number) == payment["status"]
    return sku, done


@pytest.fixture
def shop(subject):
    return Driver(subject)


@pytest.fixture
def walk(shop):
    return lambda seed, steps: random_walk(shop, seed, steps)


@pytest.fixture
def replayed(subject):
    """What `stockd replay` makes of journal lines: (figures by SKU, live holds by id)."""

    def replay(*lines):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        done = subject.cli(["replay", "{files}/journal"], files={"journal": text}, timeout=30)
        assert done.code == 0, done.stderr
        out = json.loads(done.stdout)
        levels = {level["sku"]: level for level in out["skus"]}
        holds = {hold["id"]: hold for hold in out["holds"]}
        for sku, level in levels.items():
            assert level["on_hand"] == level["available"] + level["held"] + level["sold"], level
            held = sum(hold["qty"] for hold in holds.values() if hold["sku"] == sku)
            assert level["held"] == held, f"{level}, but the live holds have {held}"
        figures = {sku: (level["available"], level["held"], level["sold"]) for sku, level in levels.items()}
        return figures, holds

    return replay


class Lines:
    """Journal lines as releases up to 2.4.0 write them."""

    def __init__(self, sku):
        self.sku = sku

    def _line(self, at, op, **fields):
        return {"at": at, "op": op, "sku": self.sku, **fields}

    def count(self, at, qty):
        return self._line(at, "count", qty=qty)

    def hold(self, at, hold, qty, until):
        return self._line(at, "hold", qty=qty, hold=hold, customer="ann", until=until)

    def extend(self, at, hold, until):
        return self._line(at, "extend", hold=hold, until=until)

    def reduce(self, at, hold, qty):
        return self._line(at, "reduce", qty=qty, hold=hold)

    def release(self, at, hold, qty):
        return self._line(at, "release", qty=qty, hold=hold)

    def expired(self, at, hold, qty):
        return self._line(at, "expired", qty=qty, hold=hold)

    def confirm(self, at, hold, qty, payment):
        return self._line(at, "confirm", qty=qty, hold=hold, payment=payment, ref="r-" + payment, until=at + WINDOW)

    def answer(self, at, op, hold, qty, payment):
        return self._line(at, op, qty=qty, hold=hold, payment=payment)


@pytest.fixture
def lines():
    return Lines
