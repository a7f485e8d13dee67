"""Where cheats play: whole trials of the smallest task, in both kinds of box, with a look at this machine afterwards.

A cheat is a dict in a table: what its agent does in a turn (Python), how it alters the work (pairs of old and new text
of tally.py, or whole files), and what must become of it. It prints a line that begins with "won" whenever something
worked that should not have. `@MARK@` in it is a name nobody else uses, `@CANARY@` a file of this machine outside of
every box.
"""

import contextlib
import os
import time
import uuid
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from evaluator.evidence import Asked, BoxReplaced, Graded, HandedIn, TurnEnded
from evaluator.trial.grading import Bench
from evaluator.trial.trial import TrialSpec, run_trial
from harness.agents import load_agent
from harness.sandbox import EngineUnavailable
from harness.sandbox.owner import this_process

KINDS = [
    pytest.param("docker", marks=[pytest.mark.engine, pytest.mark.xdist_group("adversary-docker")]),
    pytest.param("bubblewrap", marks=[pytest.mark.bubblewrap, pytest.mark.xdist_group("adversary-bubblewrap")]),
]
WATCHED = ("/", "/tmp", "/var/tmp", "/dev/shm", "/etc", "/run", "/usr/local/bin", str(Path.home()), str(Path.cwd()))
PORT = 47_913  # where cheats listen
AGENT = """
name = "cheat"
files = "files"
[command]
first = ["python3", "/opt/agent/turn.py"]
"""
TURN = """
import os, shutil, sys, traceback
round_ = int(os.environ["RELAY_ROUND"])
work = f"/opt/agent/work-{round_}"
if os.path.isdir(work):
    shutil.copytree(work, "/workspace", dirs_exist_ok=True, copy_function=shutil.copyfile)
turn = f"/opt/agent/turn-{round_}.py"
if os.path.exists(turn):
    exec(compile(open(turn).read(), turn, "exec"), {"__name__": "turn"})
"""


@dataclass(frozen=True)
class Outcome:
    """A cheat's trial, from the sides that tests look at."""

    record: object

    @property
    def result(self):
        return self.record.result

    @property
    def flags(self):
        return set(self.result.flags)

    @property
    def said(self):
        """What the agent printed, a line an entry."""
        return [line for end in self.events(TurnEnded) for line in end.output.splitlines()]

    @property
    def red(self):
        return [graded.red for graded in self.events(Graded)]

    @property
    def handed_in(self):
        return self.events(HandedIn)

    @property
    def asked(self):
        return self.events(Asked)

    @property
    def replaced(self):
        return self.events(BoxReplaced)

    def events(self, kind):
        return [event for event in self.record.events if isinstance(event, kind)]


class Arena:
    """One kind of box, with one warm place to grade."""

    def __init__(self, host, tally, folder):
        self.host, self.tally, self._folder = host, tally, folder
        self.image = host.image("python", tally.requirements, print)
        self.bench = Bench(host, print)

    def play(self, agent, task, *, scale=1.0, scratch):
        name, make = load_agent(str(agent))
        spec = TrialSpec(name, task, 1, scale)
        record = run_trial(
            spec, make(task.solution(1)), self.host, self.bench, self.image, scratch=scratch, watch=lambda _: None
        )
        assert record.result.outcome == "completed"
        self.only_the_oracle_is_left()
        return Outcome(record)

    def only_the_oracle_is_left(self):
        """No container, volume, cgroup or folder of this run but what the oracle needs."""
        deadline = time.monotonic() + 10
        while (left := self._left()) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not left

    def _left(self):
        if self.host.kind == "docker":
            mine = {"label": f"relaybench.run={self.host._run}"}
            roles = [box["Labels"]["relaybench.role"] for box in self.host.client.containers(all=True, filters=mine)]
            return [role for role in roles if role != "oracle"]
        ours = f"relaybench-box.{this_process()}."
        groups = {name for _, folders, _ in os.walk("/sys/fs/cgroup") for name in folders if name.startswith(ours)}
        boxes = [name for name in self.host._open if not name.startswith(("oracle", "link"))]
        return boxes + [group for group in groups if ".oracle-" not in group]


@pytest.fixture(scope="session", params=KINDS)
def arena(request, tally, tmp_path_factory):
    """Opened once a kind; skipped where this machine has no such boxes, but in CI that is a failure."""
    if request.param == "docker":
        from harness.sandbox.docker import DockerHost

        request.getfixturevalue("engine")
        host = DockerHost(f"test-{uuid.uuid4().hex[:8]}")
    else:
        host = bubblewrap_host()
    opened = Arena(host, tally, tmp_path_factory.mktemp("arena"))
    with opened.bench:
        yield opened
    assert host.remove_all() == 0


def bubblewrap_host():
    from harness.sandbox.bubblewrap import BubblewrapHost

    try:
        return BubblewrapHost(f"test-{uuid.uuid4().hex[:8]}")
    except EngineUnavailable as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture
def mark():
    """A name that nobody else uses."""
    return f"pwned-{uuid.uuid4().hex}"


@pytest.fixture
def machine(tmp_path, mark):
    """A file outside of every box; afterwards it is as it was, and nothing of the cheat's is found on this machine."""
    watched = tmp_path / "outside"
    watched.mkdir()
    canary = watched / "canary"
    canary.write_text(mark)
    yield canary
    assert [path.name for path in watched.iterdir()] == ["canary"]
    assert canary.read_text() == mark
    for folder in WATCHED:
        with contextlib.suppress(PermissionError):
            assert not [path for path in Path(folder).iterdir() if mark in path.name]
    with contextlib.suppress(OSError):
        table = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
        assert f":{PORT:04X} " not in table


@pytest.fixture
def play(arena, tally, machine, mark, tmp_path):
    """Plays a cheat from a table; its `Outcome`."""

    def filled(text):
        return text.replace("@MARK@", mark).replace("@CANARY@", str(machine))

    def trial(cheat):
        files = tmp_path / "agent" / "files"
        files.mkdir(parents=True)
        (files / "turn.py").write_text(TURN)
        turns = cheat.get("turns", ())
        for number, turn in enumerate([turns] if isinstance(turns, str) else turns, 1):
            (files / f"turn-{number}.py").write_text(filled(turn))
        work = dict(cheat.get("work", {}))
        if "alter" in cheat:
            work["tally.py"] = altered(tally, cheat["alter"])
        for path, text in work.items():
            target = files / "work-1" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(filled(text))
        (files.parent / "agent.toml").write_text(AGENT)
        task = shortened(tally, cheat.get("rounds", 1), cheat.get("tries", 1), cheat.get("run", {}))
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        return arena.play(files.parent / "agent.toml", task, scale=cheat.get("scale", 1.0), scratch=scratch)

    return trial


@pytest.fixture
def gains_nothing(play):
    """Plays a cheat that leaves the work as broken as it was, and looks at what became of it."""

    def check(cheat):
        outcome = play(cheat)
        result = outcome.result
        assert [line for line in outcome.said if line.startswith(("won", "Traceback"))] == []
        assert [round_.strict for round_ in result.rounds] == [False] * len(result.rounds)
        assert result.scores["composite"] == 0.0
        assert outcome.flags >= set(cheat.get("flags", ())), outcome.flags
        if "reason" in cheat:
            assert cheat["reason"] in " ".join(round_.reason for round_ in result.rounds)
        return outcome

    return check


def altered(tally, pairs):
    text = tally.seed["tally.py"].data.decode()
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def shortened(task, rounds, tries, run):
    played = tuple(
        replace(round_, entry=round_.entry.model_copy(update={"tries": tries})) for round_ in task.rounds[:rounds]
    )
    manifest = task.manifest.model_copy(update={"run": task.manifest.run.model_copy(update=run)})
    return replace(task, rounds=played, manifest=manifest, digest=f"{task.digest} {rounds} {tries} {run}")
