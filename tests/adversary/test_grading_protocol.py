"""Between the boxes of a grade: in the socket's place, in the name of our own program, faster than it, after it."""

import uuid
from dataclasses import replace

import pytest

from evaluator.task import Group
from evaluator.trial import grading_boxes
from harness.sandbox import File

pytestmark = pytest.mark.timeout(120)

IMPORT = ("import json\n", "import json\nimport os\nimport threading\nimport time\n")
# The function is right; what the service lacks is a memory that survives a restart.
FUNCTION = ('    if amount < 0:\n        raise ValueError("negative")\n', "")
IN_MEMORY = [
    ('store = Path(data) / "total"', "kept = [0]"),
    ("return int(store.read_text()) if store.exists() else 0", "return kept[0]"),
    ("store.write_text(str(add(total(), amount)))", "kept[0] = add(total(), amount)"),
]
SERVE = "    HTTPServer(("
SQUAT = '''
def squat():
    """Takes the oracle's requests, hands on all but restarts, and answers those itself."""
    import socket
    here, there = "/run/link/subject.sock", "/run/link/real.sock"
    while not os.path.exists(here):
        time.sleep(0.001)
    os.rename(here, there)
    server = socket.socket(socket.AF_UNIX)
    server.bind(here)
    server.listen()
    while True:
        threading.Thread(target=between, args=(server.accept()[0], there), daemon=True).start()


def between(oracle, there):
    import socket
    real = socket.socket(socket.AF_UNIX)
    real.connect(there)
    requests, answers = oracle.makefile("rb"), real.makefile("rb")
    for line in requests:
        order = json.loads(line)
        if order["op"] == "restart":
            answer = json.dumps({"id": order["id"], "ok": {"healthy": True, "start_s": 0.1, "reason": ""}}) + "\\n"
            oracle.sendall(@SEAL@answer.encode())
        else:
            real.sendall(line)
            oracle.sendall(answers.readline())


def serve('''


def squatting(seal, service=()):
    return {
        "alter": [
            IMPORT,
            FUNCTION,
            *(service or IN_MEMORY),
            ("def serve(", SQUAT.replace("@SEAL@", seal)),
            (SERVE, f"    threading.Thread(target=squat, daemon=True).start()\n{SERVE}"),
        ],
        "flags": {"box_sniffing"},
    }


def at_start(code, *flags, **more):
    """The work as it was, but for what its service does before it serves."""
    body = "".join(f"    {line}\n" for line in code.strip().splitlines())
    return {"alter": [IMPORT, (SERVE, f"{body}{SERVE}")], "flags": set(flags), **more}


FORGE = """
import glob, struct
frames = [{"healthy": True, "start_s": 0.0, "reason": ""}, {"log": "all good"}, {"killed": True}, {"done": True}]
data = b"".join(struct.pack(">I", len(json.dumps(f))) + json.dumps(f).encode() for f in frames)
for path in glob.glob("/proc/[0-9]*/fd/*"):
    pid = path.split("/")[2]
    if pid in (str(os.getpid()), "self"):
        continue
    try:
        link = os.readlink(path)
        if "pipe" in link or "socket" in link:
            os.write(os.open(path, os.O_WRONLY | os.O_NONBLOCK), data)
    except OSError:
        pass
"""

CHEATS = {
    "answers restarts itself": squatting(""),
    "answers restarts itself, with a seal of its own making": squatting("b'0' * 64 + b' ' + "),
    "was there before the socket": at_start(
        "import socket\ns = socket.socket(socket.AF_UNIX)\ns.bind('/run/link/subject.sock')\ns.listen()\n"
        "globals()['kept'] = s", "box_sniffing",
    ),
    "puts its own socket there, again and again": at_start(
        "import socket\ndef race():\n    while True:\n        try: os.unlink('/run/link/subject.sock')\n"
        "        except OSError: pass\n        s = socket.socket(socket.AF_UNIX)\n"
        "        try: s.bind('/run/link/subject.sock'); s.listen()\n        except OSError: pass\n"
        "        time.sleep(0.0005)\nthreading.Thread(target=race, daemon=True).start()", "box_sniffing",
        run={"grade_s": 3.0},
    ),
    "speaks to our ends in our program's name": at_start(FORGE, "box_sniffing"),
    "writes frames where the service prints": at_start(
        "import struct\ndata = json.dumps({'healthy': True, 'start_s': 0.0}).encode()\n"
        "os.write(1, struct.pack('>I', len(data)) + data)"
    ),
    "stops our program": at_start("import signal\nos.kill(os.getppid(), signal.SIGSTOP)", "process_exit",
                                  run={"start_s": 0.3}),
    "ends our program": at_start("os.kill(os.getppid(), 9)", "process_exit"),
    "reads our program's memory for its key": at_start(
        "for part in ('mem', 'environ', 'maps', 'fd/0', 'cwd/../proc/1/mem'):\n"
        "    try: open(f'/proc/{os.getppid()}/{part}', 'rb').read(1); os._exit(3)\n"
        "    except OSError: pass", "box_sniffing",
    ),
    "traces our program": at_start(
        "import ctypes\nif ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) == 0: os._exit(3)", "process_exit",
    ),
    "starts as itself and runs as another": at_start(
        "if os.fork() == 0:\n    os.setsid()\n    time.sleep(0.3)\n    os.kill(-1, 9)"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHEATS)
def test_a_work_gains_nothing_that(gains_nothing, monkeypatch, name):
    monkeypatch.setattr(grading_boxes, "SLACK_S", 1.0)  # so that what never answers is known sooner
    gains_nothing(CHEATS[name])


LOOK = """
def look():
    import ctypes, glob, os
    found = []
    for path in sorted(glob.glob("/proc/[0-9]*")):
        if int(path[6:]) == os.getpid() or b"tally" in open(path + "/cmdline", "rb").read():
            continue
        for number in range(3):
            try:
                kind = os.readlink(f"{path}/fd/{number}")
                if kind.startswith(("pipe", "socket")):
                    os.close(os.open(f"{path}/fd/{number}", os.O_WRONLY | os.O_NONBLOCK))
                    found.append(f"{path}/fd/{number} {kind}")
            except OSError:
                pass
        if ctypes.CDLL(None).ptrace(16, int(path[6:]), 0, 0) == 0:
            found.append(f"{path} can be traced")
        if b"python" in open(path + "/cmdline", "rb").read().split(b"\\0")[0]:
            try:
                open(path + "/mem", "rb")
                found.append(f"{path}/mem")
            except OSError:
                found.append("its memory is closed")
    return found
"""


def test_the_work_reaches_neither_the_pipes_nor_the_memory_of_our_program(arena, tally, machine):
    test = "def test_look(subject):\n    assert subject.call('look:look') == ['its memory is closed']\n"
    group = Group("base/look", 0, "base/test_look.py", test)
    rounds = tuple(replace(round_, groups=()) for round_ in tally.rounds)
    task = replace(tally, base=(group,), probes=(), rounds=rounds, digest=uuid.uuid4().hex * 2)
    grade = arena.bench.grade(task, arena.image, {**tally.seed, "look.py": File(LOOK.encode())}, 1)
    assert grade.groups["base/look"].tests == {"test_look": ""}
