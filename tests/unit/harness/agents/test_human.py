"""A person at a terminal, played by a pipe."""

import io
import os
from types import SimpleNamespace

import pytest

from harness.agents import AgentError, Turn, load_agent
from harness.agents import human as module
from harness.agents.human import Human, check_hands
from harness.sandbox import BoxGone

SHELL = ["docker", "exec", "-it", "abc", "sh"]


@pytest.fixture
def person():
    """Types `text`; `turn` is the end of the turn, `shown` what was read, `asked` the questions."""
    files = []

    def made(text, *, hang_up=False, box=None, timeout_s=60.0):
        read, write = os.pipe()
        files.append(os.fdopen(read))
        os.write(write, text.encode())
        if hang_up:
            os.close(write)
        else:
            files.append(os.fdopen(write, "w"))
        shown, asked = io.StringIO(), []
        agent = Human(files[-1 if hang_up else -2], shown)
        agent.enter(box or SimpleNamespace(shell=SHELL, run=lambda *_, **__: None), lambda q: asked.append(q) or "yes")
        end = agent.turn(Turn(2, False, "It is broken.", timeout_s))
        return SimpleNamespace(end=end, shown=shown.getvalue(), asked=asked)

    yield made
    for file in files:
        file.close()


def test_the_message_and_the_way_in_are_shown(person):
    seen = person("done\n")
    assert seen.end.reason == "finished"
    assert "It is broken." in seen.shown
    assert "docker exec -it abc sh" in seen.shown


def test_questions_are_answered(person):
    seen = person("ask which one?\nask\nwhat now\ndone\n")
    assert seen.asked == ["which one?"]
    assert "The reporter: yes" in seen.shown
    assert seen.shown.count(module.HELP) == 3


@pytest.mark.parametrize(("text", "hang_up"), [("give up\n", False), ("", True)])
def test_giving_up_or_hanging_up_fails_the_turn(person, text, hang_up):
    assert person(text, hang_up=hang_up).end.reason == "failed"


def test_the_deadline_ends_the_turn(person):
    assert person("", timeout_s=0.02).end.reason == "timed_out"


def test_a_box_that_was_removed_ends_the_wait(person, monkeypatch):
    monkeypatch.setattr(module, "LOOK_S", 0.01)

    def gone(*_, **__):
        raise BoxGone("removed")

    with pytest.raises(BoxGone):
        person("", box=SimpleNamespace(shell=SHELL, run=gone))


def test_a_box_that_nobody_can_enter_is_refused():
    with pytest.raises(AgentError, match="--sandbox docker"):
        Human(io.StringIO()).enter(SimpleNamespace(), None)


@pytest.mark.parametrize(("jobs", "terminal", "told"), [(2, True, "--jobs 1"), (1, False, "needs a terminal")])
def test_somebody_must_be_able_to_type(monkeypatch, jobs, terminal, told):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: terminal))
    with pytest.raises(AgentError, match=told):
        check_hands(jobs=jobs)


def test_it_is_loaded_by_name():
    assert load_agent("human")[1].by_hand
