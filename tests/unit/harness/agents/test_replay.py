"""A recorded trial's work, done again in a real repository."""

import json
import subprocess
from types import SimpleNamespace

import pytest

from harness.agents import AgentError, Turn, load_agent
from harness.agents.replay import Replay, read_recorded
from harness.sandbox import Completed


def git(folder, *arguments, stdin=b""):
    return subprocess.run(["git", *arguments], cwd=folder, input=stdin, capture_output=True, check=False)


@pytest.fixture
def work(tmp_path):
    """A workspace with one file, and the diffs by which it becomes something else."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "a.txt").write_text("one\ntwo\n")
    git(folder, "add", ".")

    def diff(text, **more):
        for name, data in {"a.txt": text.encode(), **more}.items():
            (folder / name).write_bytes(data)
        git(folder, "add", "-N", ".")
        made = git(folder, "diff", "--binary").stdout
        git(folder, "checkout", "-q", "a.txt")
        for name in more:
            git(folder, "rm", "-q", "--cached", name)
            (folder / name).unlink()
        return made

    def run(argv, *, stdin, timeout_s):
        done = git(folder, *argv[1:], stdin=stdin)
        return Completed(done.returncode, done.stdout, done.stderr, 0.1)

    return SimpleNamespace(folder=folder, diff=diff, box=SimpleNamespace(run=run), text=(folder / "a.txt").read_text)


@pytest.fixture
def stored(tmp_path):
    """Stores a trial: `stored({"1-fix/hand-in-1": diff, "1-fix": diff}, events, **result)`."""

    def store(diffs, events=(), **result):
        trial = tmp_path / "run" / "trials" / "chat--tally--1"
        for place, diff in diffs.items():
            (trial / "rounds" / place).mkdir(parents=True, exist_ok=True)
            (trial / "rounds" / place / "diff.patch").write_bytes(diff)
        trial.mkdir(parents=True, exist_ok=True)
        (trial / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
        about = {"agent": "chat", "task": "tally", "outcome": "completed", "variant": "vague", "start": 1, **result}
        (trial / "result.json").write_text(json.dumps(about))
        return trial

    return store


def turn(round_):
    return Turn(round_, False, "", 9.0)


def test_each_hand_in_leaves_the_workspace_as_it_was_then(work, stored):
    first, second = work.diff("one\nTWO\n", **{"b.bin": b"\0\1\2"}), work.diff("ONE\ntwo\n")
    agent = Replay(read_recorded(stored({"1-fix/hand-in-1": first, "1-fix": second})))
    agent.enter(work.box, None)
    assert agent.turn(turn(1)).reason == "finished"
    assert (work.text(), (work.folder / "b.bin").read_bytes()) == ("one\nTWO\n", b"\0\1\2")
    assert agent.turn(turn(1)).reason == "finished"
    assert (work.text(), (work.folder / "b.bin").exists()) == ("ONE\ntwo\n", False)
    agent.turn(turn(1))  # a third was not recorded
    assert work.text() == "ONE\ntwo\n"


def test_rounds_follow_on_each_other(work, stored):
    first = work.diff("one\nTWO\n")
    second = first.replace(b"-two\n+TWO", b"-TWO\n+2")
    agent = Replay(read_recorded(stored({"1-fix": first, "2-feature/hand-in-1": b"", "2-feature": second})))
    agent.enter(work.box, None)
    seen = [(agent.turn(turn(n)).reason, work.text()) for n in (1, 2, 2)]
    assert seen == [("finished", "one\nTWO\n")] * 2 + [("finished", "one\n2\n")]


def test_work_that_does_not_apply_is_a_failed_turn(work, stored):
    agent = Replay(read_recorded(stored({"1-fix": work.diff("one\nTWO\n").replace(b"-two", b"-three")})))
    agent.enter(work.box, None)
    assert agent.turn(turn(1)).reason == "failed"


def test_what_was_said_is_said_again(work, stored):
    said = {"event": "stated", "round": 1, "hand_in": 2, "statement": {"summary": "done", "confidence": None}}
    diffs = {"1-fix/hand-in-1": work.diff("one\nTWO\n"), "1-fix": work.diff("ONE\ntwo\n")}
    agent = Replay(read_recorded(stored(diffs, [{"event": "asked", "round": 1}, said])))
    agent.enter(work.box, None)
    assert [agent.turn(turn(1)).said for _ in range(3)] == [b"", b'{"summary": "done"}', b""]


def test_it_is_loaded_by_the_trials_folder(work, stored):
    name, maker = load_agent(f"replay:{stored({'1-fix': b''})}")
    assert (name, maker.task, maker.models) == ("replay-chat", "tally", "none")
    assert isinstance(maker({}), Replay)


@pytest.mark.parametrize("result", [{"outcome": "infrastructure_error"}, {"variant": "clear"}, {"start": 2}])
def test_trials_without_whole_work_are_refused(stored, result):
    with pytest.raises(AgentError, match="this trial"):
        read_recorded(stored({"1-fix": b""}, **result))


def test_a_folder_that_is_no_trial_is_told(tmp_path, stored):
    with pytest.raises(AgentError, match="replay:RUN/trials/NAME"):
        load_agent(f"replay:{tmp_path}")
    with pytest.raises(AgentError, match="no rounds"):
        trial = stored({})
        (trial / "rounds").mkdir()
        read_recorded(trial)
