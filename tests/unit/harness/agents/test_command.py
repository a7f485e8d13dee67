"""An agent file's program: what is run, with which words and variables, in which turn."""

import queue
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.agents.agent_file import AgentFile, Command
from harness.agents.command import CommandAgent
from harness.agents.protocol import Turn, TurnEnd
from harness.agents.reference import Reference
from harness.sandbox import KEEPER, BoxGone, Completed, StreamTimeout


class Line:
    """The keeper's program at the other end: confirms what is written; holds questions to ask."""

    def __init__(self):
        self.sent, self.frames = [], queue.Queue()

    def send(self, message):
        self.sent.append(message)
        if message["op"] == "write":
            self.frames.put({"op": "written"})

    def receive(self, timeout_s):
        frame = self.frames.get(timeout=5)
        if isinstance(frame, Exception):
            raise frame
        return frame

    def close(self):
        self.frames.put(BoxGone("closed"))


def box(done=None, said=b""):
    ran = []

    def run(argv, *, timeout_s, stdin=b"", env=None, output_cap=0, stop=None):
        if "hand-in.json" in argv[-1]:
            return Completed(0 if said else 1, said, b"", 0.1)
        ran.append(SimpleNamespace(argv=argv, timeout_s=timeout_s, stdin=stdin, env=env, stop=stop))
        return done or Completed(0, b"", b"", 1.5)

    line = Line()
    users = []

    def stream(program, user):
        users.append(user)
        return line

    return SimpleNamespace(run=run, stream=stream, ran=ran, line=line, users=users, lost=False)


@pytest.fixture
def started():
    agents = []

    def start(command: Command, where=None, ask=lambda question, **_: "42"):
        agent = CommandAgent(AgentFile(name="a", command=command))
        agents.append(agent)
        where = where or box()
        agent.enter(where, ask)
        return agent, where

    yield start
    for agent in agents:
        agent.leave()


def turn(number=1, first=True, message="please", timeout_s=9.0):
    return Turn(number, first, message, timeout_s)


def test_the_message_lies_in_a_file_and_placeholders_are_filled(started):
    agent, where = started(Command(first=["work", "--file={message_file}", "{round}"], env={"R": "round {round}"}))
    agent.turn(turn(2))
    assert where.line.sent == [{"op": "write", "name": "message-2.md", "text": "please"}]
    (ran,) = where.ran
    assert ran.argv == ["work", "--file=/run/relay/message-2.md", "2"]
    assert ran.env == {"RELAY_ROUND": "2", "RELAY_HANDIN": "/home/agent/hand-in.json", "R": "round 2"}
    assert ran.timeout_s == 9.0


def test_the_line_is_the_keepers(started):
    assert started(Command(first=["a"]))[1].users == [KEEPER]


def test_what_the_program_says_of_its_work_is_told_with_the_turn(started):
    agent, where = started(Command(first=["work"]), where=box(said=b'{"confidence": 0.5}'))
    assert agent.turn(turn()).said == b'{"confidence": 0.5}'
    assert where.ran[0].env["RELAY_HANDIN"] == "/home/agent/hand-in.json"
    where.lost = True
    assert agent.turn(turn()).said == b""


def test_next_is_run_from_the_second_turn_on(started):
    agent, where = started(Command(first=["start"], next=["go", "on"]))
    for number in (1, 1, 2):
        agent.turn(turn(number))
    assert [ran.argv for ran in where.ran] == [["start"], ["go", "on"], ["go", "on"]]


def test_without_next_first_is_run_again(started):
    agent, where = started(Command(first=["start"]))
    agent.turn(turn())
    agent.turn(turn())
    assert [ran.argv for ran in where.ran] == [["start"], ["start"]]


def test_a_question_is_answered_over_the_line(started):
    agent, where = started(Command(first=["a"]), ask=lambda question, **_: f"you asked {question}")
    where.line.frames.put({"op": "question", "id": 7, "text": "which currency?"})
    agent.turn(turn())  # the line serves in order, so the answer is there before the message
    answers = [sent for sent in where.line.sent if sent["op"] == "answer"]
    assert answers == [{"op": "answer", "id": 7, "text": "you asked which currency?"}]


@pytest.mark.parametrize(("told", "known"), [(True, True), (False, False), (None, None), ("yes", None)])
def test_whether_the_workspace_was_edited_comes_with_the_question(started, told, known):
    asked = []
    agent, where = started(Command(first=["a"]), ask=lambda question, edited: asked.append(edited) or "")
    where.line.frames.put({"op": "question", "id": 7, "text": "what?", "edited": told})
    where.line.frames.put(BoxGone("closed"))
    agent.leave()
    assert asked == [known]


def test_a_question_that_is_no_text_is_made_text(started):
    asked = []
    agent, where = started(Command(first=["a"]), ask=lambda question, **_: asked.append(question) or "")
    where.line.frames.put({"op": "question", "id": 7, "text": "what\udcff?"})
    agent.turn(turn())
    assert asked == ["what??"]


def test_silence_on_the_line_does_not_end_it(started):
    agent, where = started(Command(first=["a"]))
    where.line.frames.put(StreamTimeout("nothing for a minute"))
    assert agent.turn(turn()).reason == "finished"


@pytest.mark.parametrize(
    ("done", "reason"),
    [
        (Completed(0, b"", b"", 1.0), "finished"),
        (Completed(3, b"", b"", 1.0), "failed"),
        (Completed(None, b"", b"", 1.0, timed_out=True, overrun_s=0.2), "timed_out"),
    ],
)
def test_how_a_turn_ended_is_told(started, done, reason):
    end = started(Command(first=["a"]), box(done))[0].turn(turn())
    assert (end.reason, end.exit_code, end.overrun_s) == (reason, done.code, done.overrun_s)


def test_the_end_of_the_output_is_kept_and_can_be_shown():
    end = TurnEnd.of(Completed(1, b"x" * 9_000 + b"\nout\x1b[2J", "\nerr\u202e".encode() + b"\xff", 1.0))
    assert len(end.output) < 4_100
    assert "out\\x1b[2J" in end.output
    assert "err\\u202e" in end.output
    assert all(line.isprintable() for line in end.output.splitlines())


def test_the_reference_applies_each_rounds_patch_once():
    where = box()
    agent = Reference({1: b"one", 3: b"three"})
    agent.enter(where, lambda question, **_: "")
    ends = [agent.turn(turn(number)) for number in (1, 1, 2, 3)]
    assert [ran.stdin for ran in where.ran] == [b"one", b"three"]
    assert [end.reason for end in ends] == ["finished"] * 4


class TestModels:
    """An agent file that names the gateway, in a box with a line to it."""

    @pytest.fixture
    def play(self, monkeypatch):
        lines = []

        class FakeLine:
            socket = "/run/in/the/box.sock"

            def __init__(self, box, gateway):
                self.gateway, self.intact, self.closed = gateway, True, False
                lines.append(self)

            def works(self):
                return self.intact

            def close(self):
                self.closed = True

        monkeypatch.setattr("harness.agents.command.open_line", FakeLine)
        session = SimpleNamespace(
            socket=Path("/s/gateway.sock"), token="rb-token", model="gpt", limit_hit=threading.Event()
        )
        command = Command(first=["cli", "-m", "{model}"], env={"URL": "{gateway_url}/v1", "KEY": "{gateway_key}"})
        agent = CommandAgent(AgentFile(name="a", command=command), session)

        def enter(one_loopback=True):
            where = box()
            where.one_loopback = one_loopback
            agent.enter(where, lambda question: "")
            return SimpleNamespace(agent=agent, where=where, lines=lines, session=session)

        yield enter
        agent.leave()
        assert all(line.closed for line in lines)

    def test_the_placeholders_say_where_and_who(self, play):
        played = play()
        played.agent.turn(turn())
        (ran,) = played.where.ran
        assert ran.argv == ["cli", "-m", "gpt"]
        assert ran.env["URL"] == "http://127.0.0.1:18080/v1"
        assert ran.env["KEY"] == "rb-token"
        assert ran.stop is played.session.limit_hit

    def test_where_each_command_has_its_own_loopback_a_relay_runs_beside_it(self, play):
        played = play(one_loopback=False)
        played.agent.turn(turn())
        (ran,) = played.where.ran
        relay = ["python3", "-I", "/run/relay/with-gateway", "/run/in/the/box.sock", "18080"]
        assert ran.argv == [*relay, "cli", "-m", "gpt"]
        assert [sent["name"] for sent in played.where.line.sent] == ["with-gateway", "message-1.md"]

    def test_a_line_that_broke_is_laid_again(self, play):
        played = play()
        played.agent.turn(turn())
        played.lines[0].intact = False
        played.agent.turn(turn())
        assert [line.closed for line in played.lines] == [True, False]

    def test_the_box_shall_see_the_sockets_folder(self, play):
        assert play().agent.needs.gateway == Path("/s")

    def test_an_agent_without_models_has_no_line(self, started, play):
        agent, where = started(Command(first=["a"]))
        agent.turn(turn())
        assert where.ran[0].stop is None
        assert agent.needs.gateway is None


class TestConversations:
    """How a later turn goes on with what the program began."""

    def test_a_session_of_our_own_is_the_same_in_all_turns_of_a_box(self, started):
        agent, where = started(Command(first=["a", "--id", "{session}"], next=["a", "--resume", "{session}"]))
        for number in (1, 2, 3):
            agent.turn(turn(number))
        ids = [ran.argv[2] for ran in where.ran]
        assert ids[0] == ids[1] == ids[2] != ""
        agent.enter(where, lambda question, **_: "")
        agent.turn(turn(3))
        assert where.ran[-1].argv[1] == "--id"  # a new box knows no session
        assert where.ran[-1].argv[2] != ids[0]

    def test_a_session_is_read_from_what_the_program_prints(self, started):
        command = Command(first=["a"], next=["a", "{session}"], session_pattern='"id":"([^"]+)"')
        agent, where = started(command, where=box(Completed(0, b'{"id":"s-1"}', b"", 1.0)))
        agent.turn(turn(1))
        agent.turn(turn(2))
        assert [ran.argv for ran in where.ran] == [["a"], ["a", "s-1"]]

    def test_without_a_session_it_begins_again(self, started):
        agent, where = started(Command(first=["a"], next=["a", "{session}"], session_pattern='"id":"([^"]+)"'))
        agent.turn(turn(1))
        agent.turn(turn(2))
        assert [ran.argv for ran in where.ran] == [["a"], ["a"]]

    def test_the_message_may_go_to_standard_input_or_stand_in_an_argument(self, started):
        agent, where = started(Command(first=["a", "-p", "{message}"], stdin=True))
        agent.turn(turn(message="say {round}"))  # what looks like a placeholder in a message is none
        assert where.ran[0].argv == ["a", "-p", "say {round}"]
        assert where.ran[0].stdin == b"say {round}"

    def test_only_the_first_message_has_the_preface(self):
        where = box()
        agent = CommandAgent(AgentFile(name="a", command=Command(first=["a"], stdin=True), preface=True))
        agent.enter(where, lambda question, **_: "")
        agent.turn(turn(1, message="one"))
        agent.turn(turn(2, message="two"))
        agent.leave()
        first, second = (ran.stdin.decode() for ran in where.ran)
        assert all(word in first for word in ("ask-reporter", "$RELAY_HANDIN", "confidence", "abstain"))
        assert first.endswith("\n\none")
        assert second == "two"

    def test_files_are_written_into_the_home_before_the_first_turn(self):
        where = box()
        spec = AgentFile(name="a", command=Command(first=["a"]), home={".a/config": "round {round} in {cli}"})
        agent = CommandAgent(spec)
        agent.enter(where, lambda question, **_: "")
        agent.leave()
        (ran,) = where.ran
        assert ran.argv[-1] == ".a/config"
        assert ran.stdin == b"round {round} in /opt/cli"
