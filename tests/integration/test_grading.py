"""Grading real work in two boxes: right work is green, everything the work can do to its judge is red and no more."""

import time
import uuid
from dataclasses import replace

import pytest

from evaluator.task import Group
from evaluator.task.patches import patched
from harness.sandbox import File, SandboxError

pytestmark = [pytest.mark.engine, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def solved(tally):
    """The tree after each round of the reference: `solved[0]` is the seed."""
    trees = [tally.seed]
    for patch in tally.solution(1).values():
        trees.append(patched(trees[-1], patch, "solution"))
    return trees


@pytest.fixture
def grade(bench, image, tally):
    """Grades a tree; a `SandboxError` is the test's to expect."""

    def graded(tree, number=1, task=tally, **options):
        return bench.grade(task, image, tree, number, **options)

    return graded


@pytest.fixture
def altered(solved):
    """Round 1 solved, with pieces of tally.py replaced: `altered(("old", "new"), ...)`."""

    def alter(*changes):
        text = solved[1]["tally.py"].data.decode()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        return {**solved[1], "tally.py": File(text.encode())}

    return alter


@pytest.fixture
def task_with(tally):
    """The smallest task with other hidden tests, one group, and other settings of [run]."""

    def make(test, seed=None, **run):
        group = Group(id="base/own", round=0, path="base/test_own.py", text=test)
        manifest = tally.manifest.model_copy(update={"run": tally.manifest.run.model_copy(update=run)})
        rounds = tuple(replace(round_, groups=()) for round_ in tally.rounds)
        return replace(
            tally, base=(group,), probes=(), rounds=rounds, manifest=manifest, digest=uuid.uuid4().hex * 2,
            seed=seed or tally.seed,
        )  # fmt: skip

    return make


def red(found):
    return sorted(name for name, group in found.groups.items() if not group.passed)


def assert_next_is_green(grade, solved):
    """Nothing of the grade before is left to disturb the next."""
    after = grade(solved[1])
    assert (red(after), after.reason) == ([], "")


def test_the_seed_is_red_where_it_is_broken_and_nowhere_else(grade, tally):
    found = grade(tally.seed)
    assert red(found) == ["1-fix/negative"]
    assert found.probes["constraint/no_floats"].passed
    assert found.start_s < 20
    assert (found.round, found.hand_in, found.reason) == (1, 1, "")
    tests = found.groups["1-fix/negative"].tests
    assert set(tests) == {"test_http", "test_call"}
    assert "negative" in tests["test_call"]
    assert found.groups["base/total"].tests == {"test_add": "", "test_restart": "", "test_sum": ""}


def test_the_reference_is_green_in_every_round_and_red_a_round_ahead(grade, solved):
    for number in (1, 2, 3):
        assert red(grade(solved[number], number, more=number < 3)) == []
    assert red(grade(solved[1], 3)) == ["2-feature/history", "3-refactor/structure"]


def test_tests_in_another_order_say_the_same(grade, solved):
    assert red(grade(solved[3], 3, shuffle=7)) == []


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("ended with status 1", [("import json", "import json\nthis is no python")]),
        ("not healthy after", [("HTTPServer((", "import time; time.sleep(60); HTTPServer((")]),
    ],
)
def test_a_service_that_does_not_start_is_red_with_the_reason(grade, altered, task_with, tally, name, changes):
    quick = replace(tally, manifest=task_with("", start_s=0.3).manifest)
    found = grade(altered(*changes), task=quick)
    assert red(found) == ["1-fix/negative", "base/total"]
    assert not found.probes["constraint/no_floats"].passed
    assert name in found.reason
    assert found.start_s is None


ENDINGS = {
    "its supervisor": "import os; os.kill(os.getppid(), 9)",
    "everything": "import os; os.kill(-1, 9); os._exit(1)",
    "itself": "import os; os._exit(0)",
    "by taking all memory": "x = b'x' * (1 << 30)",
}


@pytest.mark.parametrize("what", ENDINGS)
def test_work_that_ends(what, grade, altered, solved):
    """In the middle of a test: red, and never taken for a failure of the machine."""
    found = grade(altered(("def do_POST(self):", f"def do_POST(self):\n            {ENDINGS[what]}")))
    assert red(found) == ["1-fix/negative", "base/total"]
    assert_next_is_green(grade, solved)


ANSWERS = {
    "a giant body": ("body = json.dumps(value).encode()", "body = b'{\"total\": ' + b' ' * (50 << 20) + b'1}'"),
    "garbage": ("body = json.dumps(value).encode()", "body = bytes(range(256)) * 100"),
    "deep nesting": ("body = json.dumps(value).encode()", "body = b'[' * 200_000"),
    "no number": ("body = json.dumps(value).encode()", "body = b'{\"total\": NaN}'"),
    "no HTTP": ("self.send_response(200)", "self.wfile.write(b'\\x00\\xff' * 5000); return"),
    "endless headers": (
        "self.send_response(200)",
        "self.send_response(200); [self.send_header(f'X-{n}', 'y' * 1000) for n in range(5000)]",
    ),
    "control characters": (
        "body = json.dumps(value).encode()",
        "body = json.dumps({'total': '\\x00\\x1b[2J\\ud800 ]]></testcase><testcase/>'}).encode()",
    ),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_work_that_answers_with(what, grade, altered):
    """Healthy at first, as it would be. The tests around this one are graded by the same oracle."""
    found = grade(altered(("def answer(self, value):", HEALTHY_FIRST), ANSWERS[what]))
    assert red(found) == ["1-fix/negative", "base/total"]
    assert found.reason == ""


HEALTHY_FIRST = """def answer(self, value):
            if self.path == "/health":
                self.send_response_only(200); self.send_header("Content-Length", "0"); self.end_headers()
                return"""


def test_work_that_hangs_costs_no_more_than_the_grades_budget(grade, altered, task_with, tally, solved):
    quick = replace(tally, manifest=task_with("", grade_s=3.0).manifest)
    started = time.monotonic()
    found = grade(
        altered(("def do_POST(self):", "def do_POST(self):\n            import time; time.sleep(600)")), task=quick
    )
    assert time.monotonic() - started < 3 + 15
    assert red(found) == ["1-fix/negative", "base/total"]
    assert "" not in found.groups["1-fix/negative"].tests["test_http"].splitlines()
    assert_next_is_green(grade, solved)


def test_work_that_prints_without_measure_is_judged_by_what_it_does(grade, altered):
    flood = "def serve(port, data):\n    for _ in range(100): print('x' * (1 << 20))\n    print('last words')"
    found = grade(altered(("def serve(port, data):", flood)))
    assert red(found) == []
    assert found.log.endswith("last words")
    assert len(found.log) < 100_000


SPOILERS = {
    "fills it with files": "for n in range(1000): open(f'/run/link/{n}', 'w').write('x' * 4096)",
    "nests folders in it": "os.chdir('/run/link')\n"
    "for n in range(100): os.mkdir('d'); os.chdir('d'); os.chmod('.', 0o300)",
    "takes its rights away": "os.mkdir('/run/link/d'); open('/run/link/d/f', 'w').close(); "
    "os.chmod('/run/link/d', 0); os.chmod('/run/link', 0)",
    "puts a link in the socket's place": "os.unlink('/run/link/subject.sock'); "
    "os.symlink('/proc/1/fd/0', '/run/link/subject.sock'); os.symlink('/', '/run/link/root')",
    "puts a pipe in the socket's place": "os.unlink('/run/link/subject.sock'); os.mkfifo('/run/link/subject.sock')",
    "puts a socket in its place that never answers": "os.unlink('/run/link/subject.sock'); import socket; "
    "s = socket.socket(socket.AF_UNIX); s.bind('/run/link/subject.sock'); s.listen(); globals()['kept'] = s",
    "uses names that are no text": "[open(b'/run/link/' + name, 'w').close() for name in (b'\\xff', b'a\\nb', b'-rf')]",
}


@pytest.mark.parametrize("name", SPOILERS)
def test_the_shared_folder_is_clean_for_the_next_grade_after_work_that(name, grade, altered, solved, task_with, tally):
    """The spoiling happens at the first request for the total, when the socket is there."""
    spoil = "\n".join(f"    {line}" for line in SPOILERS[name].splitlines())
    first_total = "if self.path == '/total' and not os.path.exists('/tmp/spoilt'): spoil()"
    tree = altered(
        ("def serve(", f"import os\n\n\ndef spoil():\n    open('/tmp/spoilt', 'w').close()\n{spoil}\n\n\ndef serve("),
        (
            "def do_GET(self):",
            f"def do_GET(self):\n            try:\n                {first_total}\n            except OSError: pass",
        ),
    )
    grade(tree, task=replace(tally, manifest=task_with("", grade_s=4.0).manifest))
    look = "def test_look(subject):\n    assert subject.call('look:look') == ['subject.sock']\n"
    looker = {**solved[1], "look.py": File(b"import os\nlook = lambda: os.listdir('/run/link')\n")}
    found = grade(looker, task=task_with(look))
    assert (red(found), found.reason) == ([], ""), found.groups["base/own"].tests


def test_the_oracles_box_holds_nothing_of_the_work(bench, engine, grade, solved):
    marker = uuid.uuid4().hex
    grade({**solved[1], f"{marker}.txt": File(f"{marker}\n".encode()), "tests/more.py": File(f"# {marker}".encode())})
    (box,) = engine.containers(filters={"label": [f"relaybench.run={bench.host._run}", "relaybench.role=oracle"]})
    places = "/tmp /run /home /workspace /opt /dev/shm /root /var"

    def look(script):
        started = engine.exec_create(box["Id"], ["sh", "-c", script], user="1000:1000")
        return engine.exec_start(started["Id"]).decode()

    assert "test_total.py" in look(f"find {places} 2>/dev/null")  # it does look where things are
    assert (
        look(f"find {places} 2>/dev/null | grep -e {marker} -e tally.py; grep -rl {marker} {places} 2>/dev/null") == ""
    )


def test_the_subjects_box_holds_nothing_of_the_tests(grade, task_with, solved):
    marker = uuid.uuid4().hex
    finder = f"""
import os
def look():
    roots = ("/tmp", "/run", "/home", "/workspace", "/opt", "/dev/shm", "/proc")
    places = [os.path.join(folder, name) for root in roots
              for folder, _, names in os.walk(root) for name in names if "/task/" not in folder]
    found = []
    for place in places:
        if not os.path.isfile(place) or place.endswith(("kmsg", "kpagecount", "mem")): continue
        try: found += [place] * (b"".join([b"{marker[:16]}", b"{marker[16:]}"]) in open(place, "rb").read(1 << 20))
        except OSError: pass
    return [len(places) > 100, found]
"""
    test = f"# {marker}\ndef test_own(subject):\n    assert subject.call('look:look', timeout=20) == [True, []]\n"
    found = grade({**solved[1], "look.py": File(finder.encode())}, task=task_with(test))
    assert red(found) == [], found.groups["base/own"].tests


def test_broken_hidden_tests_are_the_tasks_fault_and_say_so(grade, tally, solved, task_with):
    for text in ("def test_x(subject:\n", "x = 1\n", "import os\ndef test_x(): os._exit(0)\n"):
        with pytest.raises(SandboxError, match="tally") as raised:
            grade(solved[1], task=task_with(text))
        assert "hidden tests" in str(raised.value)
    assert_next_is_green(grade, solved)


def test_tests_that_this_work_alone_keeps_from_an_end_are_its_own_failure(grade, altered, solved, task_with):
    text = 'import os\ndef test_x(subject):\n    if subject.cli(["sum", "1"]).stdout == "bomb\\n": os._exit(0)\n'
    found = grade(altered(("print(result)", 'print("bomb")')), task=task_with(text))
    assert red(found) == ["base/own"]
    assert found.reason.startswith("the tests came to no end with it")
    assert_next_is_green(grade, solved)


def test_a_task_whose_own_tree_does_not_start_is_no_failure_of_the_work(grade, solved, task_with):
    broken = {**solved[0], "tally.py": File(b"raise SystemExit(9)\n")}
    with pytest.raises(SandboxError, match="task tally does not start even untouched: the service ended with status 9"):
        grade(broken, task=task_with("def test_x(): pass\n", seed=broken))


def test_a_skipped_hidden_test_did_not_pass(grade, solved, task_with):
    text = "import pytest\ndef test_a(): pass\n@pytest.mark.skip(reason='no time')\ndef test_b(): pass\n"
    with pytest.raises(SandboxError, match="pytest ended with 0"):
        grade(solved[1], task=task_with(text))


API = """
import time

import pytest
from oracle import SubjectError, SubjectRaised


def test_cli_code_outputs_and_input(subject):
    done = subject.cli(["fail", "a b"], stdin="given")
    assert (done.code, done.stdout, done.stderr) == (3, "out a b given\\n", "err\\n")


def test_cli_files_stand_where_files_stands(subject):
    done = subject.cli(["read", "{files}/in.txt"], files={"in.txt": "content é"})
    assert (done.code, done.stdout) == (0, "content é\\n")
    assert subject.cli(["read", "{files}/in.txt"]).code != 0


def test_cli_timeout(subject):
    started = time.monotonic()
    with pytest.raises(SubjectError, match="no answer in time"):
        subject.cli(["sleep"], timeout=1)
    assert time.monotonic() - started < 5
    assert subject.cli(["read", "{files}/x"], files={"x": "after"}).stdout == "after\\n"


def test_http_methods_bodies_headers(subject):
    answer = subject.http("PUT", "/echo?a=1", json={"k": "é"}, headers={"X-One": "1"})
    assert answer.status == 418
    assert answer.headers["x-two"] == "2"
    assert answer.json() == {"method": "PUT", "path": "/echo?a=1", "body": '{"k": "\\\\u00e9"}', "one": "1"}
    assert subject.http("POST", "/echo", data="plain").json()["body"] == "plain"


def test_http_timeout_and_garbage(subject):
    started = time.monotonic()
    with pytest.raises(SubjectError, match="in time|timed out"):
        subject.http("GET", "/hang", timeout=1)
    assert time.monotonic() - started < 5
    with pytest.raises(SubjectError, match="not JSON"):
        subject.http("GET", "/text").json()


def test_call_values_and_keywords(subject):
    assert subject.call("work:echo", 1, [None, True], key={"a": 1.5}) == [[1, [None, True]], {"key": {"a": 1.5}}]


def test_call_raises_what_was_raised(subject):
    with pytest.raises(SubjectRaised) as raised:
        subject.call("work:fail", "why")
    assert (raised.value.type, raised.value.message) == ("LookupError", "why")
    with pytest.raises(SubjectRaised) as raised:
        subject.call("work:absent")
    assert raised.value.type == "AttributeError"
    with pytest.raises(SubjectRaised) as raised:
        subject.call("absent:x")
    assert raised.value.type == "ModuleNotFoundError"


def test_call_that_ends_its_process_or_hangs_fails_alone(subject):
    for function in ("leave", "hang"):
        with pytest.raises(SubjectError, match="ended its process"):
            subject.call(f"work:{function}", timeout=1)
        assert subject.call("work:echo") == [[], {}]


def test_a_caller_stays_between_calls(subject):
    assert subject.call("work:count") + 1 == subject.call("work:count")


def test_restart_keeps_the_data_and_ends_the_process(subject):
    subject.http("POST", "/keep", data="kept")
    before = subject.http("GET", "/pid").json()
    subject.restart()
    assert subject.http("GET", "/pid").json() != before
    assert subject.http("GET", "/kept").text == "kept"
    subject.restart(fresh=True)
    assert subject.http("GET", "/kept").text == ""


def test_restart_ends_children_that_left(subject):
    assert subject.cli(["leave"]).code == 0
    assert subject.http("GET", "/others").json() == 1
    subject.restart()
    assert subject.http("GET", "/others").json() == 0


def test_files_are_the_texts_of_the_tree(subject):
    files = subject.files()
    assert files["note.txt"] == "read me"
    assert "picture.bin" not in files
    files.clear()
    assert subject.files()["note.txt"] == "read me"


def test_nothing_but_json_goes_in(subject):
    with pytest.raises(TypeError):
        subject.call("work:echo", object())
"""
WORK = r"""
import json, os, subprocess, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

counter = 0

def echo(*args, **kwargs): return [args, kwargs]
def fail(text): raise LookupError(text)
def leave(): os._exit(0)
def hang(): time.sleep(600)
def count():
    global counter
    counter += 1
    print("to nowhere")
    return counter

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        store, status, answer = os.path.join(sys.argv[3], "kept"), 200, b"text"
        if self.path == "/hang": time.sleep(600)
        if self.path == "/keep": open(store, "w").write(body)
        if self.path == "/kept": answer = open(store, "rb").read() if os.path.exists(store) else b""
        if self.path == "/pid": answer = json.dumps([os.getpid(), time.monotonic()]).encode()
        if self.path == "/others":
            lines = [open(f"/proc/{p}/cmdline").read() for p in os.listdir("/proc") if p.isdigit()]
            answer = str(sum(line.startswith("sleep\x00599") for line in lines)).encode()
        if self.path.startswith("/echo"):
            status = 418
            found = {"method": self.command, "path": self.path, "body": body, "one": self.headers.get("X-One")}
            answer = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("X-Two", "2")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
    do_POST = do_PUT = do_GET
    def log_message(self, *_): pass

if __name__ == "__main__":
    verb, *rest = sys.argv[1:]
    if verb == "serve": ThreadingHTTPServer(("127.0.0.1", int(rest[0])), Handler).serve_forever()
    if verb == "fail": print("out", rest[0], sys.stdin.read()); print("err", file=sys.stderr); sys.exit(3)
    if verb == "read": print(open(rest[0], encoding="utf-8").read())
    if verb == "sleep": time.sleep(600)
    if verb == "leave": subprocess.Popen(["sleep", "599"], start_new_session=True, stdout=subprocess.DEVNULL)
"""


def test_what_hidden_tests_can_do_with_a_subject(grade, task_with):
    work = {"work.py": File(WORK.encode()), "note.txt": File(b"read me"), "picture.bin": File(b"\x89\xff")}
    run = ("python3", "-S", "work.py")
    task = task_with(
        API, seed=work, service=(*run, "serve", "{port}", "{data}"), cli=run, health="/", grade_s=60.0,
    )  # fmt: skip
    found = grade(work, task=task)
    failed = {test: why for test, why in found.groups["base/own"].tests.items() if why}
    assert (failed, found.reason) == ({}, "")
    assert len(found.groups["base/own"].tests) == API.count("\ndef test_")
