"""Trials in threads: what is retried, what is stored, what is given up."""

import contextlib
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from evaluator.evidence import Message
from evaluator.run import execute as module
from evaluator.run import threads
from evaluator.run.budget import Budget
from evaluator.run.execute import execute
from evaluator.run.folder import RunError, RunFolder, read_results
from evaluator.run.plan import make_plan
from evaluator.run.profile import Profile
from evaluator.task import load_task
from evaluator.trial.record import TrialRecord
from evaluator.trial.trial import trial_result
from harness.agents import AgentError, Turn, TurnEnd
from harness.agents.command import CommandAgent
from harness.gateway import Usage
from harness.sandbox import Completed, EngineUnavailable, ImageError, SandboxError

TALLY = str(Path(__file__).parents[4] / "evaluator/task/smallest/tally")


class Host:
    kind = "memory"
    limits = "full"

    def __init__(self, reaches=True):
        self.removed, self.images, self.reaches = 0, [], reaches

    def image(self, language, requirements, say):
        self.images.append(requirements)
        return "image"

    def answers(self):
        return True

    def shows(self, folder):
        return False

    def reaches_sockets(self, image):
        assert image == "image"
        return self.reaches

    @contextlib.contextmanager
    def open(self, spec):
        """Only agents' programs are looked for."""
        assert spec.image == "image"
        yield SimpleNamespace(run=lambda argv, **_: Completed(0 if argv[-1] in self.programs else 1, b"", b"", 0.1))

    programs = ("run",)

    def remove_all(self):
        self.removed += 1
        return 0


class Watcher:
    def __init__(self):
        self.said, self.begun, self.results, self.metering = [], [], [], []

    def say(self, line):
        self.said.append(line)

    def began(self, spec):
        self.begun.append(spec.name)

    def metered(self, spec, usage):
        self.metering.append((spec.name, usage))

    def event(self, spec, event):
        pass

    def ended(self, spec, result):
        self.results.append(result)


class Bench:
    opened: list

    def __init__(self, host, say):
        Bench.opened.append(self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed = True

    def drop_warm(self):
        pass


@pytest.fixture
def crew(tmp_path, monkeypatch):
    """Executes a plan with `behave(spec, attempt)` in place of each trial; it may raise."""
    Bench.opened = []
    monkeypatch.setattr(module, "Bench", Bench)

    def run(
        behave=lambda spec, attempt: None,
        *,
        attempts=1,
        jobs=1,
        host=None,
        agent="nop",
        gateway=None,
        budget=None,
        profile=None,
    ):
        agent_text = agent
        made = make_plan([agent], [TALLY], attempts=attempts, deadline_scale=1, sandbox="auto", profile=profile)
        host, watcher, tried = host or Host(), Watcher(), {}

        def run_trial(spec, agent, given_host, bench, image, *, scratch, watch, models):
            assert (given_host, image) == (host, "image")
            assert list(scratch.iterdir()) == []
            tried[spec.name] = tried.get(spec.name, 0) + 1
            watch(Message(at=0, round=1, hand_in=1, kind="report", text=f"try {tried[spec.name]}"))
            behave(spec, tried[spec.name] if agent_text == "nop" else agent)
            done = trial_result(spec, host=host, records=[], events=[], measures={}, flags=(), wall_s=1)
            return TrialRecord(done, [], [], b"")

        monkeypatch.setattr(module, "run_trial", run_trial)
        error = None
        with RunFolder(tmp_path) as folder:
            try:
                execute(made, made.trials, folder, host, jobs=jobs, watcher=watcher, gateway=gateway, budget=budget)
            except BaseException as raised:
                error = raised
        return SimpleNamespace(
            results={r.name: r for r in read_results(tmp_path)}, tried=tried, host=host, watcher=watcher, error=error,
            home=tmp_path / "trials",
        )  # fmt: skip

    yield run
    assert all(bench.closed for bench in Bench.opened)


def failing(kind, times: int):
    def behave(spec, attempt):
        if attempt <= times:
            raise kind("the engine hung up.")

    return behave


def test_every_trial_is_run_once_and_stored(crew):
    ran = crew(attempts=3)
    assert ran.error is None
    assert set(ran.tried.values()) == {1}
    assert {r.outcome for r in ran.results.values()} == {"completed"}
    assert len(ran.results) == len(ran.watcher.results) == 3


def test_no_more_jobs_than_asked_for_run_at_a_time(crew):
    barrier, now, most = threading.Barrier(2, timeout=5), [], []

    def behave(spec, attempt):
        now.append(spec)
        most.append(len(now))
        barrier.wait()  # breaks unless two run at the same time
        now.remove(spec)

    ran = crew(behave, attempts=4, jobs=2)
    assert {r.outcome for r in ran.results.values()} == {"completed"}
    assert max(most) == 2
    assert len(Bench.opened) == 2


def test_there_are_no_more_benches_than_trials(crew):
    crew(attempts=1, jobs=8)
    assert len(Bench.opened) == 1


def test_the_hosts_failure_is_tried_once_more(crew):
    ran = crew(failing(SandboxError, 1))
    assert ran.results["nop--tally--1"].outcome == "completed"
    assert ran.tried == {"nop--tally--1": 2}
    assert ran.watcher.said == ["nop--tally--1: the engine hung up. Trying again."]
    assert len(ran.watcher.results) == 1


def test_the_hosts_second_failure_is_an_infrastructure_error_with_its_events(crew):
    ran = crew(failing(SandboxError, 9))
    result = ran.results["nop--tally--1"]
    assert (result.outcome, result.error, result.scores) == ("infrastructure_error", "the engine hung up.", {})
    assert ran.tried == {"nop--tally--1": 2}
    assert not (ran.home / result.name / "error.txt").exists()
    assert "try 2" in (ran.home / result.name / "events.jsonl").read_text()
    assert "try 1" not in (ran.home / result.name / "events.jsonl").read_text()


def test_an_engine_that_comes_back_soon_costs_no_trial(crew, monkeypatch):
    class Restarting(Host):
        away = 3

        def answers(self):
            self.away -= 1
            return self.away < 0

    monkeypatch.setattr(module, "POLL_S", 0.0)
    ran = crew(failing(SandboxError, 1), host=Restarting())
    assert ran.error is None
    assert ran.results["nop--tally--1"].outcome == "completed"
    assert ran.host.away == -1


def test_an_engine_that_stays_away_ends_the_run_before_it_ends_every_trial(crew, monkeypatch):
    class Away(Host):
        def answers(self):
            return False

    monkeypatch.setattr(module, "PATIENCE_S", 0.0)
    ran = crew(failing(SandboxError, 9), attempts=5, host=Away())
    assert isinstance(ran.error, EngineUnavailable)
    assert "--resume" in str(ran.error)
    assert ran.tried == {"nop--tally--1": 1}
    assert list(ran.results) == []


def test_an_image_that_vanished_is_made_again(crew):
    ran = crew(failing(SandboxError, 1))
    assert len(ran.host.images) == 2


def test_a_bug_is_an_infrastructure_error_with_a_traceback_and_is_not_tried_again(crew):
    ran = crew(failing(ZeroDivisionError, 9), attempts=2)
    result = ran.results["nop--tally--1"]
    assert ran.tried == {"nop--tally--1": 1, "nop--tally--2": 1}
    assert result.outcome == "infrastructure_error"
    assert "ZeroDivisionError: the engine hung up." in result.error
    assert "error.txt" in result.error
    assert "in behave" in (ran.home / result.name / "error.txt").read_text()


def test_one_broken_trial_does_not_touch_the_others(crew):
    def behave(spec, attempt):
        if spec.attempt == 2:
            raise SandboxError("x")

    outcomes = {name: r.outcome for name, r in crew(behave, attempts=3).results.items()}
    assert outcomes == {
        "nop--tally--1": "completed", "nop--tally--2": "infrastructure_error", "nop--tally--3": "completed",
    }  # fmt: skip


@pytest.mark.parametrize("ends", ["broken", "as if nothing were"])
def test_an_interrupt_removes_all_boxes_and_stores_nothing_that_was_running(crew, monkeypatch, ends):
    began, removed = threading.Event(), threading.Event()

    class Interrupting(Host):
        def remove_all(self):
            removed.set()
            return super().remove_all()

    def behave(spec, attempt):
        if spec.attempt == 2:
            began.set()
            removed.wait(5)
            if ends == "broken":
                raise SandboxError("the box is gone")

    wait = threads.wait

    def interrupted(working, timeout):
        if began.is_set() and not removed.is_set():
            raise KeyboardInterrupt
        return wait(working, timeout)

    monkeypatch.setattr(threads, "wait", interrupted)
    ran = crew(behave, attempts=3, host=Interrupting())
    assert isinstance(ran.error, KeyboardInterrupt)
    assert ran.host.removed == 2
    assert list(ran.results) == ["nop--tally--1"]
    assert ran.tried == {"nop--tally--1": 1, "nop--tally--2": 1}


def test_a_folder_that_cannot_be_written_ends_the_run(crew, monkeypatch):
    def full(self, record):
        raise RunError("no space")

    monkeypatch.setattr(RunFolder, "save", full)
    ran = crew(attempts=5)
    assert isinstance(ran.error, RunError)
    assert len(ran.tried) == 1


def test_what_boxes_could_read_is_told_before_the_first_trial(crew, tmp_path):
    class Open(Host):
        def shows(self, folder):
            return folder == tmp_path

    ran = crew(host=Open())
    assert isinstance(ran.error, RunError)
    assert f"{tmp_path} lies where memory boxes can read it" in str(ran.error)
    assert ran.tried == {}


def test_an_image_that_cannot_be_built_is_told_before_the_first_trial(crew):
    class Imageless(Host):
        def image(self, language, requirements, say):
            raise ImageError("no image")

    ran = crew(host=Imageless())
    assert isinstance(ran.error, ImageError)
    assert ran.tried == {}


class TestModels:
    """Trials whose agents call models have a session of the gateway each, and its record is theirs."""

    @pytest.fixture
    def gateway(self):
        opened, prices = [], [0.5]

        @contextlib.contextmanager
        def session(folder, *, model, faults, seed):
            made = SimpleNamespace(model=model, faults=faults, seed=seed, begun=[], end_turn=Usage, limits=None)
            made.usage = lambda: Usage(dollars=prices[0])
            made.ledger = SimpleNamespace(calls=[])
            made.begin_turn = lambda *turn: made.begun.append(turn)
            opened.append(made)
            try:
                yield made
            finally:
                (folder / "ledger.jsonl").write_text("all of it")

        return SimpleNamespace(session=session, opened=opened, prices=prices)

    @pytest.fixture
    def caller(self, tmp_path_factory):
        path = tmp_path_factory.mktemp("agent") / "caller.toml"
        path.write_text('name = "caller"\n[command]\nfirst = ["run", "{gateway_url}"]\n')
        return str(path)

    def test_the_record_lies_with_the_trial(self, crew, gateway, caller):
        ran = crew(agent=caller, gateway=gateway)
        assert (ran.home / "caller--tally--1" / "models" / "ledger.jsonl").read_text() == "all of it"
        assert [path.name for path in ran.home.iterdir()] == ["caller--tally--1"]

    def test_it_does_so_when_the_host_failed(self, crew, gateway, caller):
        def fail(spec, agent):
            raise SandboxError("the engine hung up.")

        ran = crew(fail, agent=caller, gateway=gateway)
        assert ran.results["caller--tally--1"].outcome == "infrastructure_error"
        assert len(gateway.opened) == 2
        assert (ran.home / "caller--tally--1" / "models" / "ledger.jsonl").exists()

    def test_who_watches_can_look_at_what_is_used(self, crew, gateway, caller):
        ran = crew(agent=caller, gateway=gateway, attempts=2)
        assert [(name, usage().dollars) for name, usage in ran.watcher.metering] == [
            ("caller--tally--1", 0.5), ("caller--tally--2", 0.5),
        ]  # fmt: skip

    def test_an_agent_that_boxes_cannot_start_begins_no_trial(self, crew, gateway, caller):
        bare = Host()
        bare.programs = ()
        ran = crew(agent=caller, gateway=gateway, host=bare)
        assert isinstance(ran.error, AgentError)
        assert "starts with `run`, which its boxes do not have" in str(ran.error)
        assert (ran.tried, gateway.opened) == ({}, [])

    def test_that_calls_take_the_longer_way_is_told(self, crew, gateway, caller):
        far = Host(reaches=False)
        (said,) = crew(agent=caller, gateway=gateway, host=far).watcher.said
        assert "Boxes cannot reach a socket" in said
        assert crew(host=far).watcher.said == []  # no agent of these calls models
        assert crew(agent=caller, gateway=gateway).watcher.said == []

    def test_turns_are_the_sessions(self, crew, gateway, caller, monkeypatch):
        monkeypatch.setattr(CommandAgent, "turn", lambda self, turn: TurnEnd("finished", 1.0))
        ends = []

        def work(spec, agent):
            ends.extend(agent.turn(Turn(round_, False, "", 9.0)) for round_ in (1, 1, 2))

        assert crew(work, agent=caller, gateway=gateway).error is None
        (session,) = gateway.opened
        assert [turn[:2] for turn in session.begun] == [(1, 1), (1, 2), (2, 1)]
        assert [end.usage for end in ends] == [Usage()] * 3

    @pytest.mark.parametrize(("most", "trials"), [(0.1, 1), (1.0, 2), (1.1, 3), (9, 4), (None, 4)])
    def test_no_trial_begins_once_the_budget_is_spent(self, crew, gateway, caller, most, trials):
        ran = crew(agent=caller, gateway=gateway, attempts=4, budget=Budget(most))
        assert ran.error is None
        assert len(ran.results) == trials
        assert [line for line in ran.watcher.said if "--max-usd" in line and "--resume" in line] == (
            ran.watcher.said if trials < 4 else []
        )

    def test_a_profile_decides_the_faults_and_the_limits(self, crew, gateway, caller, monkeypatch):
        monkeypatch.setattr(CommandAgent, "turn", lambda self, turn: TurnEnd("finished", 1.0))
        profile = Profile(faults=({"id": "busy", "status": 429},), caps={"calls": 0.5})
        crew(
            lambda spec, agent: agent.turn(Turn(1, True, "", 9.0)),
            agent=caller,
            gateway=gateway,
            attempts=2,
            profile=profile,
        )
        assert [[fault.id for fault in session.faults] for session in gateway.opened] == [["busy"]] * 2
        assert gateway.opened[0].seed != gateway.opened[1].seed
        (turn,) = gateway.opened[0].begun
        assert turn[2] == profile.limits(load_task(Path(TALLY)).rounds[0].entry.caps)

    def test_what_earlier_trials_cost_counts(self, crew, gateway, caller):
        ran = crew(agent=caller, gateway=gateway, attempts=4, budget=Budget(1.0, spent=0.9))
        assert len(ran.results) == 1

    def test_a_trial_that_broke_is_paid_too(self, crew, gateway, caller):
        def fail(spec, agent):
            raise SandboxError("the engine hung up.")

        budget = Budget(10)
        crew(fail, agent=caller, gateway=gateway, budget=budget)
        assert budget.spent == 1.0  # it was tried twice

    def test_calls_without_a_price_are_told_once(self, crew, gateway, caller):
        gateway.prices[0] = None
        ran = crew(agent=caller, gateway=gateway, attempts=3, budget=Budget(1.0))
        assert len(ran.results) == 3
        assert ["price is not known" in line for line in ran.watcher.said] == [True]

    def test_other_agents_have_none(self, crew, gateway):
        ran = crew(gateway=gateway)
        assert not gateway.opened
        assert not ran.watcher.metering
        assert not (ran.home / "nop--tally--1" / "models").exists()
