"""Answers made for whoever compares them: numbers that equal everything, bombs, floods, ends that never come."""

import pytest

pytestmark = pytest.mark.timeout(120)

BODY = "body = json.dumps(value).encode()"
STATUS = "self.send_response(200)"
HEALTHY_FIRST = ("def answer(self, value):", """def answer(self, value):
            if self.path == "/health":
                self.send_response_only(200); self.send_header("Content-Length", "0"); self.end_headers()
                return""")  # fmt: skip
# The function is right, so that only the service has something to gain.
FUNCTION = ('    if amount < 0:\n        raise ValueError("negative")\n', "")


def answering(*pairs, **more):
    return {"alter": [HEALTHY_FIRST, FUNCTION, *pairs], **more}


CHEATS = {
    "infinity, which no sum changes": answering((BODY, "body = b'{\"total\": Infinity}'")),
    "a number beyond all others": answering((BODY, "body = b'{\"total\": 1e999}'")),
    "no number": answering((BODY, "body = b'{\"total\": NaN}'")),
    "a float that swallows small sums": answering((BODY, "body = b'{\"total\": 1e300}'")),
    "lists without end in a small body": answering((BODY, "body = b'[' + b'[],' * 1_390_000 + b'0]'")),
    "dicts without end in a small body": answering((BODY, "body = b'[' + b'{},' * 1_390_000 + b'0]'")),
    "a number of a million digits": answering((BODY, "body = b'{\"total\": ' + b'9' * 1_000_000 + b'}'")),
    "the same name twice": answering((BODY, "body = b'{\"total\": 1, \"total\": {\"__eq__\": true}}'")),
    "a thousand headers": answering((STATUS, f"{STATUS}; [self.send_header(f'X-{{n}}', 'y') for n in range(1000)]")),
    "a header of a mebibyte": answering((STATUS, f"{STATUS}; self.send_header('X', 'y' * (1 << 20))")),
    "a body that never ends": answering(
        (BODY, "import time; self.send_response(200); self.send_header('Content-Length', '99999'); self.end_headers()\n"
               "            while True: self.wfile.write(b'1'); self.wfile.flush(); time.sleep(0.2)"),
        run={"grade_s": 3.0},
    ),
    "a hundred continues, for ever": answering(
        (BODY, "import time\n"
               "            while True: self.wfile.write(b'HTTP/1.1 100 Continue\\r\\n\\r\\n'); time.sleep(0.001)"),
        run={"grade_s": 3.0},
    ),
    "two answers to one question": answering(
        (BODY, "body = b'{\"total\": 5}HTTP/1.1 200 OK\\r\\nContent-Length: 12\\r\\n\\r\\n{\"total\": 2}'"),
        ('self.send_header("Content-Length", str(len(body)))', 'self.send_header("Content-Length", "12")'),
    ),
    "chunks larger than all memory": answering(
        (STATUS, "self.wfile.write(b'HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nffffffffffff\\r\\n')"),
        ("self.wfile.write(body)", "pass"),
    ),
    "a status that is none": answering((STATUS, "self.wfile.write(b'HTTP/1.1 2000000000000 OK\\r\\n\\r\\n'); return")),
    "pages for people": answering((BODY, "body = b'<testsuite tests=\"9\" failures=\"0\"/>]]><script>'")),
}  # fmt: skip


@pytest.mark.parametrize("name", CHEATS)
def test_a_service_gains_nothing_by_answering(gains_nothing, name):
    gains_nothing(CHEATS[name])


LINES = "print('3\\n' * (1 << 20)); return"
CALLS = {
    "lists without end": "return [[]] * 2_000_000",
    "deep lists": "x = []\n    for _ in range(900): x = [x]\n    return x",
    "infinity": "return float('inf')",
    "a text of four mebibytes": "return '0' * (4 << 20)",
    "an object that equals everything": "return type('Any', (int,), {'__eq__': lambda s, o: True})(1)",
    "an end to its process": "import os; os._exit(0)",
    "an error called like a skipped test": "raise type('Skipped', (Exception,), {})('skipped')",
    "an exit": "raise SystemExit(0)",
    "a change to what turns answers into text": "import json; json.dumps = lambda *_: '{}'; return 0",
    "an answer to every question at once": (
        "import os\n    for fd in range(3, 20):\n        for n in range(100):\n"
        '            try: os.write(fd, b\'{"id": %d, "value": 0}\\n\' % n)\n            except OSError: pass'
    ),
    "what its callers know": (
        "import sys\n    frame = sys._getframe()\n    while frame:\n"
        "        for name in ('expected', 'want', 'result'):\n"
        "            if name in frame.f_locals: return frame.f_locals[name]\n        frame = frame.f_back\n    return 1"
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_function_gains_nothing_by_giving(gains_nothing, name):
    gains_nothing(
        {"alter": [('raise ValueError("negative")', "return oops()"), ("def add(", ODD + indented(CALLS[name]))]}
    )


ODD = "def oops():\n    "


def indented(body):
    return f"{body}\n\n\ndef add("
