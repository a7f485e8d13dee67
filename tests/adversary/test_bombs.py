"""Work that goes off in the grade: it takes all there is, ends all there is, or never comes to an end."""

import pytest

pytestmark = pytest.mark.timeout(120)

SERVE = "    HTTPServer(("
POST = "def do_POST(self):"


def when_asked(code, **more):
    return {
        "alter": [("import json\n", "import json\nimport os\nimport time\n"), (POST, f"{POST}\n            {code}")],
        **more,
    }


def at_start(code, **more):
    return {
        "alter": [("import json\n", "import json\nimport os\nimport time\n"), (SERVE, f"    {code}\n{SERVE}")],
        **more,
    }


CHEATS = {
    "forks without end": when_asked("while True:\n                try: os.fork()\n                except OSError: pass",
                                    run={"grade_s": 3.0}),
    "takes all memory": when_asked("kept = b'x' * (1 << 30)"),
    "ends all it can": when_asked("os.kill(-1, 9); os._exit(0)", flags={"process_exit"}),
    "ends with success": at_start("os._exit(0)", flags={"process_exit"}, reason="ended with status 0"),
    "is never ready": at_start("time.sleep(99)", run={"start_s": 0.2}, reason="not healthy"),
    "answers its health check a byte at a time": at_start(
        "import socket; s = socket.create_server(('127.0.0.1', port)); c = s.accept()[0]\n"
        "    c.sendall(b'HTTP/1.0 200 OK\\r\\n\\r\\n')\n    while True: c.sendall(b'x'); time.sleep(0.3)",
        run={"start_s": 0.3},
    ),
    "fills the shared folder": when_asked(
        "[open(f'/run/link/{n}', 'wb').write(b'x' * 4096) for n in range(99)]", flags={"box_sniffing"}
    ),
    "fills every disk": when_asked(
        "[open(f'{d}/full', 'wb').write(bytes(15 << 20)) for d in ('/tmp', '/workspace', '/dev/shm', '/home/agent')]\n"
        "            [open(f'{d}/{n}', 'wb').write(bytes(1 << 16)) for d in ('/tmp', '/dev/shm') for n in range(9999)]"
    ),
    "prints without end": at_start("[print('x' * 65536) for _ in range(3000)]"),
    "asks itself for ever": when_asked(
        "import urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{port}/add', b'{}', timeout=99)",
        run={"grade_s": 3.0},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHEATS)
def test_a_work_gains_nothing_that(gains_nothing, name):
    gains_nothing(CHEATS[name])
