"""A run that is interrupted, killed or starved keeps what it finished, leaves nothing, and can be gone on with."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]

ATTEMPTS = 2
KILLS = int(os.environ.get("RELAYBENCH_TEST_KILLS") or 6)  # more of them: another moment each, in both kinds of box


@pytest.fixture
def command(small, tmp_path):
    """Two trials at a time, into ./out."""
    return ["run", "--agent", "reference", "--task", small, "--attempts", ATTEMPTS, "--jobs", 2, "--run-dir", "out"]


@pytest.fixture
def is_whole(tmp_path):
    """Asserts that ./out holds every trial exactly once, and nothing half-written."""

    def check():
        trials = sorted(entry.name for entry in (tmp_path / "out" / "trials").iterdir())
        assert trials == [f"reference--small--{n}" for n in range(1, ATTEMPTS + 1)]
        for name in trials:
            result = json.loads((tmp_path / "out" / "trials" / name / "result.json").read_text())
            assert (result["outcome"], result["scores"]["correctness"]) == ("completed", 1.0)
        summary = json.loads((tmp_path / "out" / "summary.json").read_text())
        assert (summary["trials"], summary["infrastructure_errors"]) == (ATTEMPTS, 0)
        assert list((tmp_path / "out").rglob("*partial*")) == []

    return check


def wait_for(condition, process, within_s=60):
    deadline = time.monotonic() + within_s
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    "signals", [[signal.SIGINT], [signal.SIGTERM], [signal.SIGINT, signal.SIGINT]], ids=["INT", "TERM", "as timeout(1)"]
)
def test_interrupted_it_tidies_up_says_how_to_go_on_and_goes_on(
    start, relaybench, owned, command, is_whole, tmp_path, signals
):
    with start(tmp_path, *command) as process:
        wait_for(lambda: any(name.startswith("agent") for name in owned(process)), process)
        time.sleep(0.5)
        for number in signals:
            process.send_signal(number)
            time.sleep(0.02)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "Interrupted; finished trials are kept. Go on with the same command and --resume --run-dir out" in err
    assert "Traceback" not in err
    assert owned(process) == []
    assert relaybench(tmp_path, "report", "out")[0] == 0
    code, _, err = relaybench(tmp_path, *command, "--resume")
    assert code == 0, err
    is_whole()


@pytest.mark.parametrize("turn", range(KILLS))
def test_killed_at_any_moment_it_can_be_gone_on_with(start, relaybench, owned, command, is_whole, tmp_path, turn):
    seed = int(os.environ.get("RELAYBENCH_TEST_SEED") or random.SystemRandom().randrange(10**6))
    step = 4.8 / KILLS
    delay = random.Random(seed).uniform(0.3 + turn * step, 0.3 + (turn + 1) * step)
    kind = ("docker", "bubblewrap")[turn % 2]
    command = [*command, "--sandbox", kind]
    print(f"RELAYBENCH_TEST_SEED={seed}: {kind} killed after {delay:.3f} s")
    with start(tmp_path, *command) as process:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(delay)
        process.kill()
    code, _, err = relaybench(tmp_path, "report", "out") if (tmp_path / "out").is_dir() else (2, "", "run.json")
    assert code == 0 or (code == 2 and "run.json" in err)
    resume = ["--resume"] if (tmp_path / "out").is_dir() else []
    with start(tmp_path, *command, *resume) as second:
        _, err = second.communicate(timeout=120)
    assert second.returncode == 0, err
    is_whole()
    assert owned(process) == owned(second) == []


STUBBORN = """
import time
class Stubborn:
    files = None
    def enter(self, box, ask): self.box = box
    def turn(self, turn):
        from harness.agents import TurnEnd
        return TurnEnd.of(self.box.run(["sleep", "60"], timeout_s=60))
    def leave(self): time.sleep(60)
"""


def test_interrupted_twice_it_leaves_at_once_and_says_what_tidies_up(start, relaybench, owned, small, tmp_path, soon):
    (tmp_path / "stubborn.py").write_text(STUBBORN)
    with start(tmp_path, "run", "--agent", "stubborn:Stubborn", "--task", small, "--run-dir", "out") as process:
        wait_for(lambda: any(name.startswith("agent") for name in owned(process)), process)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(3)  # its agent does not let go
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=5)
    assert (process.returncode, out) == (130, "")
    assert "once more to leave at once" in err
    assert "`relaybench clean` removes" in err
    assert "Traceback" not in err
    assert relaybench(tmp_path, "clean")[0] == 0
    assert soon(lambda: owned(process) == [])


def test_two_at_once_in_one_folder(start, relaybench, owned, command, is_whole, tmp_path):
    with start(tmp_path, *command) as process:
        wait_for((tmp_path / "out" / "run.json").exists, process)
        code, out, err = relaybench(tmp_path, *command, "--resume")
        assert (code, out) == (2, "")
        assert "Another relaybench is working in out" in err
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    is_whole()


@pytest.fixture
def tiny_disk(tmp_path):
    """A folder on a disk of 200 KiB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", folder]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = f"needs the right to mount: {done.stderr.strip()}"
        pytest.fail(reason) if os.environ.get("CI") and os.geteuid() == 0 else pytest.skip(reason)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_on_a_full_disk_it_stops_with_a_reason_and_keeps_what_is_finished(
    start, relaybench, owned, one_paragraph, small, tiny_disk
):
    command = ["run", "--agent", "reference", "--task", small, "--attempts", 30, "--run-dir", "out"]
    ballast = tiny_disk / "ballast"
    ballast.write_bytes(b"x" * 40_000)
    with start(tiny_disk, *command) as process:
        _, err = process.communicate(timeout=200)
    assert process.returncode == 1
    last = err[err.rindex("relaybench: ") :]
    assert one_paragraph(last), err
    assert "No space left" in last
    assert "--resume" in last
    assert "Traceback" not in err
    assert owned(process) == []
    finished = [entry for entry in (tiny_disk / "out" / "trials").iterdir() if not entry.name.startswith(".")]
    assert 0 < len(finished) < 30
    for trial in finished:
        assert json.loads((trial / "result.json").read_text())["outcome"] == "completed"
    ballast.unlink()
    code, _, err = relaybench(tiny_disk, "report", "out")
    assert code == 0, err


DROPS = """
import os, select, socket, sys, threading
# Passes bytes between a socket of its own and the engine's, until told to drop everything.
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(128)
def copy(a, b):
    try:
        while data := a.recv(65536): b.sendall(data)
        b.shutdown(socket.SHUT_WR)
    except OSError: pass
def serve():
    while True:
        client, _ = listener.accept()
        engine = socket.socket(socket.AF_UNIX)
        engine.connect("/var/run/docker.sock")
        for pair in ((client, engine), (engine, client)): threading.Thread(target=copy, args=pair, daemon=True).start()
threading.Thread(target=serve, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
os.unlink(sys.argv[1])
os._exit(0)
"""


@pytest.mark.skipif(
    not os.environ.get("CI") and not Path("/var/run/docker.sock").exists(),
    reason="needs the engine's socket in its usual place",
)
def test_an_engine_that_goes_away_is_an_infrastructure_error_and_no_score(
    start, relaybench, owned, command, is_whole, tmp_path
):
    address = tmp_path / "engine.sock"
    proxy = subprocess.Popen([sys.executable, "-c", DROPS, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert proxy.stdout.readline() == b"ready\n"
    env = {**os.environ, "DOCKER_HOST": f"unix://{address}"}
    with start(tmp_path, *command, env=env) as process:
        wait_for(lambda: any(name.startswith("agent") for name in owned(process)), process)
        proxy.communicate()
        _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Traceback" not in err
    assert "nobody foresaw" not in err
    assert "engine stopped answering" in " ".join(err.split()) or "No Docker engine answers" in err
    for file in (tmp_path / "out" / "trials").glob("[!.]*/result.json"):
        assert json.loads(file.read_text())["scores"].get("correctness") in (None, 1.0)
    code, _, err = relaybench(tmp_path, *command, "--resume")
    assert code == 0, err
    is_whole()
    assert owned(process) == []
