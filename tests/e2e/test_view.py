"""The viewer as a process: it serves, tells of changes, and ends when it is told to."""

import json
import re
import shutil
import signal
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest
from made_run import Character, make_run

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A small finished run. Not to be changed."""
    return make_run(tmp_path_factory.mktemp("made") / "made", cast=(Character("codex", steps=2),), attempts=1)


@pytest.fixture
def view(start, tmp_path):
    """Starts the viewer: `with view(run) as (process, address)`."""

    @contextmanager
    def started(*arguments):
        with start(tmp_path, "view", *arguments, "--port", "0", "--no-open") as process:
            try:
                yield process, re.match(r"(http://\S+)/ ", process.stdout.readline())[1]
            finally:
                if process.poll() is None:
                    process.kill()

    return started


def read(address):
    with urllib.request.urlopen(address, timeout=20) as answer:
        return answer.read().decode()


def test_ctrl_c_ends_it_quickly_while_browsers_are_connected(view, made):
    with view(made) as (process, address):
        streams = [urllib.request.urlopen(f"{address}/events?page=index.html&since=0", timeout=20) for _ in range(8)]
        assert all(stream.readline() == b": following\n" for stream in streams)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert time.monotonic() - began < 3
        assert (process.returncode, out) == (0, "")
        assert err == f"{made}: 1 trials\n"


def test_a_trial_that_is_stored_is_told_to_who_listens(view, made, tmp_path):
    run = shutil.copytree(made, tmp_path / "run")
    with view(run) as (_, address):
        state = re.search(r'data-live="(\d+)"', read(f"{address}/index.html"))[1]
        with urllib.request.urlopen(f"{address}/events?page=index.html&since={state}", timeout=20) as stream:
            assert [stream.readline(), stream.readline()] == [b": following\n", b"\n"]
            (source,) = (run / "trials").iterdir()
            again = shutil.copytree(source, run / "trials/.partial-again.done")
            result = json.loads((again / "result.json").read_text())
            (again / "result.json").write_text(json.dumps({**result, "attempt": 2}))
            again.rename(run / "trials" / "codex--tally--2")
            assert stream.readline() == b"event: changed\n"
        assert "codex--tally--2" in read(f"{address}/trials.html")


def test_a_folder_of_runs_gets_a_page_over_them(view, made, tmp_path):
    for name in ("one", "two"):
        shutil.copytree(made, tmp_path / "runs" / name)
    with view() as (_, address):  # ./runs
        assert read(f"{address}/").count("/index.html") == 2
        assert "codex" in read(f"{address}/made~2/agents/codex.html")


def test_it_says_what_is_wrong(relaybench, made, tmp_path):
    (tmp_path / "empty").mkdir()
    code, out, err = relaybench(tmp_path, "view", "empty", "--no-open")
    assert (code, out) == (2, "")
    assert "is no run folder, and holds none" in err
    code, _, err = relaybench(tmp_path, "view", made, "--no-open", "--host", "203.0.113.7")
    assert code == 2
    assert "cannot be listened on" in err


def test_a_port_that_is_taken_is_told(view, relaybench, made, tmp_path):
    with view(made) as (_, address):
        port = address.rpartition(":")[2]
        code, _, err = relaybench(tmp_path, "view", made, "--no-open", "--port", port)
        assert code == 2
        assert "Choose another with --port" in err


def test_on_the_other_loopback_address(view, made):
    try:
        with view(made, "--host", "::1") as (_, address):
            assert address.startswith("http://[::1]:")
            assert "codex" in read(f"{address}/index.html")
            foreign = urllib.request.Request(f"{address}/index.html", headers={"host": "evil.example"})
            with pytest.raises(urllib.error.HTTPError, match="400"):
                urllib.request.urlopen(foreign, timeout=20)
    except TypeError:
        pytest.skip("this machine has no ::1")
