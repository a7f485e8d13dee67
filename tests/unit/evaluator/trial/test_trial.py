"""One conversation, with boxes, benches and agents that are a few lines each."""

import contextlib
import subprocess
from types import SimpleNamespace

import pytest

from evaluator.evidence import Asked, BoxReplaced, Grade, GroupResult, HandedIn, Message, TurnBegan, TurnEnded
from evaluator.scoring.quality.reference import states
from evaluator.task import Task
from evaluator.trial.grading import all_failed
from evaluator.trial.trial import QUESTIONS_PER_ROUND, TrialSpec, run_trial
from harness.agents import Turn, TurnEnd
from harness.sandbox import BoxGone, CopiedOut, File, SandboxError


class Box:
    """A workspace in memory. `out` replaces what is copied out: a `CopiedOut`, or an error to raise."""

    def __init__(self):
        self.tree, self.lost, self.frozen, self.closed = {}, False, False, False
        self.out, self.running = None, []

    def copy_in(self, tree, **_):
        self.tree = {path: file for path, file in tree.items() if not path.startswith(".git/")}
        self.has_git = ".git/HEAD" in tree

    def copy_out(self, caps):
        assert self.frozen, "copied out of a running box"
        if isinstance(self.out, Exception):
            raise self.out
        return self.out or CopiedOut(dict(self.tree))

    def reap(self):
        return self.running

    def freeze(self):
        self.frozen = True

    def thaw(self):
        self.frozen = False


class Host:
    kind = "memory"
    limits = "full"

    def __init__(self):
        self.boxes, self.specs = [], []

    @contextlib.contextmanager
    def open(self, spec):
        assert all(box.closed for box in self.boxes), "two boxes at a time"
        box = Box()
        self.boxes.append(box)
        self.specs.append(spec)
        yield box
        box.closed = True


class Agent:
    """Does what the script says: a function from (box, turn) to a `TurnEnd`, or to None for half a second."""

    files = None

    def __init__(self, work):
        self.work, self.turns, self.left = work, [], 0

    def enter(self, box, ask):
        self.box, self.ask = box, ask

    def turn(self, turn: Turn) -> TurnEnd:
        assert not self.box.frozen, "a turn in a frozen box"
        self.turns.append(turn)
        return self.work(self, turn) or TurnEnd("finished", 0.5)

    def leave(self):
        self.left += 1


class Bench:
    """Grades by a rule: a function from (tree, round, hand-in) to the names of red groups, or to a reason."""

    def __init__(self, rule):
        self.rule, self.trees, self.more, self.dropped = rule, [], [], 0

    def prepare(self, task, image, number, *, trial):
        assert trial.startswith("fake--tally--1")

    def drop_prepared(self):
        self.dropped += 1

    def grade(self, task, image, tree, number, *, hand_in, trial, more):
        self.trees.append(tree)
        self.more.append(more)
        red = self.rule(tree, number, hand_in)
        if isinstance(red, str):
            return all_failed(task, number, hand_in, red)
        groups = {
            g.id: GroupResult(round=g.round, weight=g.weight, critical=g.critical, passed=g.id not in red, tests={})
            for g in task.required(number)
        }
        assert set(red) <= set(groups)
        return Grade(round=number, hand_in=hand_in, groups=groups, probes={}, start_s=0.1, reason="", wall_s=0.1)


@pytest.fixture
def play(tally: Task, tmp_path):
    """Plays a trial; what came of it, the agent, the bench and the host."""

    def run(work=lambda agent, turn: None, rule=lambda tree, number, hand_in: (), *, scale=1.0, host=None, **spec):
        host, agent, bench, seen = host or Host(), Agent(work), Bench(rule), []
        record = None
        try:
            record = run_trial(
                TrialSpec("fake", tally, 1, scale, **spec),
                agent,
                host,
                bench,
                "image",
                scratch=tmp_path,
                watch=seen.append,
            )
        finally:
            assert agent.left >= 1
            assert bench.dropped == 1
            assert all(box.closed for box in host.boxes)
        assert record.events == seen
        return SimpleNamespace(
            record=record, result=record.result, agent=agent, bench=bench, host=host,
            of=lambda kind: [event for event in seen if isinstance(event, kind)],
        )  # fmt: skip

    return run


def writes(**files: str):
    def work(agent, turn):
        agent.box.tree.update({name.replace("__", "/"): File(text.encode()) for name, text in files.items()})

    return work


RED = {1: ("1-fix/negative",), 2: ("2-feature/history",), 3: ("3-refactor/structure",)}


def always_red(tree, number, hand_in):
    return RED[number]


class TestFlow:
    def test_a_green_trial_is_one_turn_a_round(self, play):
        played = play()
        assert [(t.round, t.first) for t in played.agent.turns] == [(1, True), (2, False), (3, False)]
        assert [r.hand_ins for r in played.result.rounds] == [1, 1, 1]
        assert played.result.scores["correctness"] == 1.0
        assert played.result.scores["composite"] == pytest.approx(100.0)
        assert (played.result.outcome, played.result.flags, played.result.sandbox) == ("completed", (), "memory")

    def test_each_round_opens_with_its_report(self, play, tally):
        played = play()
        assert [t.message for t in played.agent.turns] == [round_.report for round_ in tally.rounds]
        assert [(m.kind, m.hand_in) for m in played.of(Message)] == [("report", 1)] * 3

    def test_a_red_hand_in_is_complained_about_until_the_tries_are_used_up(self, play):
        played = play(rule=always_red)
        assert [r.hand_ins for r in played.result.rounds] == [3, 2, 1]
        assert [t.message for t in played.agent.turns][1:3] == ["Refunds still do not come off the total."] * 2
        assert [t.first for t in played.agent.turns] == [True] + [False] * 5
        assert played.result.scores["correctness"] == 0.0
        assert not any(r.timed_out for r in played.result.rounds)

    def test_after_a_green_hand_in_nothing_more_is_asked_in_that_round(self, play):
        played = play(rule=lambda tree, number, hand_in: RED[number] if (number, hand_in) == (1, 1) else ())
        first = played.result.rounds[0]
        assert (first.hand_ins, first.first_try, first.correctness) == (2, 0.0, 1.0)
        assert played.record.rounds[0].messages == [
            played.agent.turns[0].message,
            "Refunds still do not come off the total.",
        ]

    def test_only_the_last_round_opens_no_subject_for_later(self, play):
        assert play().bench.more == [True, True, False]

    def test_one_box_is_used_throughout_and_frozen_between_turns(self, play, tally):
        played = play(writes(new="x"))
        (box,) = played.host.boxes
        assert box.has_git
        assert box.tree == {**tally.seed, "new": File(b"x")}
        (spec,) = played.host.specs
        assert (spec.role, spec.keep_workspace, spec.limits.memory_mb) == ("agent", True, 256)

    def test_a_question_is_answered_and_noted(self, play):
        answers = []

        def work(agent, turn):
            if turn.round == 1:
                answers.append(agent.ask("Which amount did you enter when it broke?"))

        played = play(work)
        assert answers == ["It happened when I booked a refund, so minus five or so."]
        assert [event.fact for event in played.of(Asked)] == ["which-amount"]
        assert played.result.questions == 1

    def test_questions_have_an_end_in_each_round(self, play):
        answers = []

        def work(agent, turn):
            answers.append([agent.ask("Which amount?") for _ in range(QUESTIONS_PER_ROUND + 5)])

        played = play(work)
        assert len(played.of(Asked)) == 3 * QUESTIONS_PER_ROUND
        assert answers[0][-1] == "I have no time for more questions right now."
        assert answers[1][0] != answers[0][-1]


class TestTime:
    def spends(self, *seconds: float):
        left = list(seconds)

        def work(agent, turn):
            wall = min(left.pop(0), turn.timeout_s)
            return TurnEnd("timed_out" if wall == turn.timeout_s else "finished", wall)

        return work

    def test_tries_share_the_rounds_time(self, play):
        played = play(self.spends(8, 7, 1, 1, 1, 1), always_red)
        assert [t.timeout_s for t in played.agent.turns][:3] == [20, 12, 5]

    def test_each_turn_says_what_time_it_has(self, play):
        played = play(self.spends(8, 7, 1, 1, 1, 1), always_red)
        told = [(event.round, event.hand_in, event.limit_s) for event in played.of(TurnBegan)]
        assert told == [(1, 1, 20), (1, 2, 12), (1, 3, 5), (2, 1, 20), (2, 2, 19), (3, 1, 20)]

    def test_at_the_deadline_the_round_is_graded_as_it_stands_and_marked(self, play):
        played = play(self.spends(8, 99, 1, 1, 1), always_red)
        first = played.result.rounds[0]
        assert (first.hand_ins, first.timed_out, first.wall_s) == (2, True, 20)
        assert [t.round for t in played.agent.turns] == [1, 1, 2, 2, 3]

    def test_a_green_round_at_the_deadline_is_still_green(self, play):
        played = play(self.spends(99, 1, 1))
        assert (played.result.rounds[0].timed_out, played.result.rounds[0].strict) == (True, True)

    def test_no_turn_is_given_for_the_last_moment(self, play):
        played = play(self.spends(19.97, 1, 1, 1), always_red)
        assert played.result.rounds[0].hand_ins == 1

    def test_deadlines_are_stretched_by_the_scale(self, play):
        played = play(self.spends(10, 1, 1, 1, 1, 1), always_red, scale=2.5)
        assert [t.timeout_s for t in played.agent.turns][:2] == [50, 40]

    def test_a_turn_has_a_deadline_of_its_own(self, play, tally, monkeypatch):
        entry = tally.rounds[0].entry.model_copy(update={"turn_deadline_s": 6.0})
        monkeypatch.setitem(tally.rounds[0].__dict__, "entry", entry)
        played = play(self.spends(99, 99, 99, 1, 1, 1), always_red)
        assert [t.timeout_s for t in played.agent.turns][:3] == [6, 6, 6]
        assert played.result.rounds[0].wall_s == 18

    def test_agent_time_alone_is_billed(self, play):
        assert play(self.spends(1, 2, 3)).result.agent_wall_s == 6


class TestHandIns:
    def test_the_history_holds_every_hand_in(self, play, tmp_path):
        def work(agent, turn):
            agent.box.tree["log"] = File(f"{len(agent.turns)}\n".encode())

        played = play(work, lambda tree, number, hand_in: RED[number] if (number, hand_in) == (1, 1) else ())
        (tmp_path / "b").write_bytes(played.record.bundle)
        subprocess.run(["git", "clone", "-q", "b", "clone"], cwd=tmp_path, check=True, capture_output=True)
        log = subprocess.run(
            ["git", "log", "--reverse", "--format=%s"],
            cwd=tmp_path / "clone",
            check=True,
            capture_output=True,
            text=True,
        )
        assert log.stdout.splitlines() == [
            "seed", "1-fix, hand-in 1", "1-fix, hand-in 2", "2-feature, hand-in 1", "3-refactor, hand-in 1",
        ]  # fmt: skip
        first, second = played.record.rounds[0].diffs
        assert b"+1" in first
        assert b"+2" in second
        assert b"-1" not in second  # against the round's start

    def test_changed_files_are_named(self, play):
        played = play(writes(b="1", a="2"))
        assert [event.changed for event in played.of(HandedIn)] == [("a", "b"), (), ()]

    def test_a_protected_file_is_restored_for_grading_and_flagged(self, play, tally):
        played = play(writes(tests__test_tally="x", **{"tests__test_tally.py": "assert True"}))
        assert played.result.flags == ("protected_path",)
        assert played.of(HandedIn)[0].protected == ("tests/test_tally.py",)
        assert played.bench.trees[0]["tests/test_tally.py"] == tally.seed["tests/test_tally.py"]
        assert b"assert True" in played.record.rounds[0].diffs[0]

    def test_a_deleted_protected_file_is_restored_and_flagged(self, play, tally):
        played = play(lambda agent, turn: agent.box.tree.pop("tests/test_tally.py", None) and None)
        assert played.result.flags == ("protected_path",)
        assert played.bench.trees[0] == tally.seed

    def test_what_a_workspace_must_not_hold_is_dropped_and_flagged(self, play):
        def work(agent, turn):
            agent.box.out = CopiedOut(dict(agent.box.tree), ("link: x",)) if turn.round == 1 else None

        played = play(work)
        assert played.result.flags == ("dropped_entries",)
        assert played.of(HandedIn)[0].dropped == ("link: x",)

    def test_what_is_still_running_is_ended_and_flagged(self, play):
        def work(agent, turn):
            agent.box.running = ["sleep"] if turn.round == 2 else []

        played = play(work)
        assert played.result.flags == ("left_running",)
        assert [event.left_running for event in played.of(HandedIn)] == [(), ("sleep",), ()]

    def test_a_breach_fails_everything_is_flagged_and_ends_nothing_else(self, play, tally):
        def work(agent, turn):
            agent.box.out = CopiedOut({"x": File(b"")}, breach="more than 64 MiB in all") if turn.round == 2 else None

        played = play(work)
        assert played.result.flags == ("copy_out_breach",)
        breached = played.result.rounds[1]
        assert (set(breached.groups.values()), breached.reason) == ({"failed"}, "more than 64 MiB in all")
        assert breached.hand_ins == 2
        assert [r.strict for r in played.result.rounds] == [True, False, True]
        assert len(played.bench.trees) == 2  # a breach is not graded in a box
        assert played.record.rounds[1].diffs == [b"", b""]
        assert played.of(HandedIn)[1].protected == ()


class TestLostBoxes:
    def test_a_box_that_ends_in_a_turn_is_replaced_with_the_last_workspace_that_could_be_read(self, play, tally):
        def work(agent, turn):
            agent.box.tree[f"round-{turn.round}"] = File(b"x")
            if turn.round == 2 and len(agent.turns) == 2:
                agent.box.reap = agent.box.copy_out = self.gone
                raise BoxGone("exit 137")

        played = play(work)
        assert len(played.host.boxes) == 2
        assert played.result.flags == ("copy_out_breach", "box_lost")
        assert "exit 137" in played.of(TurnEnded)[1].output
        assert played.of(TurnEnded)[1].reason == "failed"
        (replaced,) = played.of(BoxReplaced)
        assert replaced.round == 2
        assert "round-1" in played.host.boxes[1].tree
        assert played.result.rounds[1].hand_ins == 2
        assert played.result.rounds[1].strict
        assert played.result.outcome == "completed"

    def test_a_box_whose_processes_cannot_be_ended_is_read_and_then_replaced(self, play):
        def work(agent, turn):
            if turn.round == 1:
                agent.box.tree["kept"] = File(b"1")
                agent.box.lost = agent.box.frozen = True
                agent.box.reap = self.gone

        played = play(work)
        assert played.result.flags == ("box_lost",)
        assert "kept" in played.bench.trees[0]
        assert "kept" in played.host.boxes[1].tree
        assert played.host.boxes[0].closed

    def test_when_no_box_can_be_opened_any_more_it_is_the_hosts_failure(self, play):
        class Failing(Host):
            def open(self, spec):
                if self.boxes:
                    raise SandboxError("no engine")
                return super().open(spec)

        def work(agent, turn):
            agent.box.reap = agent.box.copy_out = self.gone
            raise BoxGone("gone")

        with pytest.raises(SandboxError, match="no engine"):
            play(work, host=Failing())

    def test_a_workspace_that_the_host_cannot_copy_out_is_the_hosts_failure(self, play):
        def work(agent, turn):
            agent.box.out = SandboxError("the engine hung up")

        with pytest.raises(SandboxError, match="hung up"):
            play(work)

    def test_an_error_of_the_agents_own_code_ends_the_trial_and_leaves_no_box(self, play):
        def work(agent, turn):
            raise RuntimeError("a bug")

        with pytest.raises(RuntimeError, match="a bug"):
            play(work)

    def gone(self, *_):
        raise BoxGone("exit 137")


def test_work_that_does_not_start_has_its_reason_in_the_result(play):
    played = play(rule=lambda tree, number, hand_in: "the service ended with status 1")
    assert {r.reason for r in played.result.rounds} == {"the service ended with status 1"}
    assert played.agent.turns[1].message.startswith("Now it does not even run for me.")


def test_damage_is_counted_against_the_round_before(play):
    played = play(rule=lambda tree, number, hand_in: ("base/total",) if number >= 2 else ())
    assert [r.correctness for r in played.result.rounds] == [1.0, 0.0, 0.0], "it is critical, and never mended"
    assert [r.isolated for r in played.result.rounds] == [True, False, False]
    assert [r.strict for r in played.result.rounds] == [True, False, False]


class TestArms:
    def test_a_clear_twin_is_told_everything_at_once(self, play, tally):
        played = play(variant="clear")
        assert [turn.message for turn in played.agent.turns] == [round_.clear for round_ in tally.rounds]
        assert (played.result.name, played.result.arm) == ("fake--tally--1+clear", "clear")

    def test_a_control_arm_plays_its_round_on_the_references_state(self, play, tally):
        seen = []
        played = play(lambda agent, turn: seen.append(dict(agent.box.tree)), start=3)
        assert [(turn.round, turn.first) for turn in played.agent.turns] == [(3, True)]
        assert seen == [dict(states(tally)[2])]
        assert [r.n for r in played.result.rounds] == [3]
        assert (played.result.name, played.result.scores["correctness"]) == ("fake--tally--1+from3", 1.0)

    def test_when_a_question_came_is_kept(self, play):
        played = play(lambda agent, turn: agent.ask("Which amount?", edited=True) and None)
        assert [asked.edited for asked in played.of(Asked)] == [True] * 3
