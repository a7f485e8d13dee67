"""What a run would take, told before it is started."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from evaluator import cli
from evaluator.run.budget import check_price
from evaluator.run.folder import RunError
from evaluator.run.forecast import Earlier, earlier_trials, forecast, in_words
from evaluator.run.plan import make_plan

TALLY = str(Path(__file__).parents[4] / "evaluator/task/smallest/tally")


@pytest.fixture
def plan():
    return make_plan(["chat"], [TALLY], attempts=4, deadline_scale=1, sandbox="auto", model="m", twin=True)


@pytest.fixture
def main_trials(plan):
    return [spec for spec in plan.trials if spec.variant == "vague"]


@pytest.fixture
def earlier(make_trial):
    def made(model="m", run="r", **about):
        return Earlier(run, model, make_trial(**{"agent": "chat", "task": "tally", **about}))

    return made


def test_earlier_trials_of_the_same_task_tell(plan, main_trials, earlier):
    before = [earlier(wall_s=60, dollars=1.0), earlier(wall_s=120, dollars=2.0, run="s"), earlier(task="t", wall_s=9e9)]
    found = forecast(plan, main_trials, before, jobs=1)
    assert (found.trials, found.minutes, found.dollars) == (4, 6.0, 6.0)
    assert (found.from_trials, found.from_runs, found.on_other_tasks) == (2, 2, 0)
    assert forecast(plan, main_trials, before, jobs=2).minutes == 3.0
    assert forecast(plan, main_trials, before, jobs=9).minutes == 1.5


def test_other_tasks_tell_where_this_one_was_never_run(plan, main_trials, earlier):
    found = forecast(plan, main_trials, [earlier(task="t", wall_s=60, dollars=1.0)], jobs=1)
    assert (found.minutes, found.dollars, found.on_other_tasks) == (4.0, 4.0, 4)


@pytest.mark.parametrize("other", [{"model": "another"}, {"agent": "qwen"}, {"variant": "clear"}, {"start": 2}])
def test_what_is_not_like_it_tells_nothing(plan, main_trials, earlier, other):
    found = forecast(plan, main_trials, [earlier(**other)], jobs=1)
    assert (found.minutes, found.dollars) == (None, None)
    assert (found.unknown_minutes, found.unknown_dollars, found.from_trials) == (4, 4, 0)
    assert "not known" in in_words(found)[1]


def test_what_is_left_out_is_said(plan, earlier):
    found = forecast(plan, plan.trials, [earlier(wall_s=60, dollars=None)], jobs=1)
    assert (found.minutes, found.unknown_minutes) == (4.0, 4)  # nothing is known of the clear twins
    assert (found.dollars, found.unknown_dollars) == (None, 8)
    assert "without 4 of them" in in_words(found)[1]


def test_agents_that_call_no_models_cost_nothing():
    plan = make_plan(["nop"], [TALLY], attempts=2, deadline_scale=1, sandbox="auto")
    found = forecast(plan, plan.trials, [], jobs=1)
    assert (found.minutes, found.dollars, found.unknown_minutes) == (None, 0.0, 2)
    assert found.most_dollars == 0.0
    assert found.most_minutes > 0


def test_folders_that_are_no_runs_are_passed_over(store_run, make_trial, tmp_path):
    store_run("one", make_trial("chat"), make_trial("chat", attempt=2, broken=True), model="m")
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "run.json").write_text("{")
    (found,) = earlier_trials(tmp_path)
    assert (found.run, found.model, found.result.attempt) == ("one", "m", 1)


def test_a_dry_run_starts_and_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = ("run", "--agent", "nop", "--task", TALLY, "--attempts", "3", "--dry-run")
    done = CliRunner().invoke(cli.relaybench, asked)
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "3 trials")
    assert json.loads(CliRunner().invoke(cli.relaybench, [*asked, "--json"]).stdout)["trials"] == 3
    assert list(tmp_path.iterdir()) == []


def test_a_resumed_dry_run_counts_what_is_left(store_run, make_trial, tmp_path, monkeypatch):
    plan = make_plan(["nop"], [TALLY], attempts=3, deadline_scale=1, sandbox="auto")
    store_run("run", make_trial("nop", "tally"), attempts=3, tasks=plan.info.tasks)
    asked = ("run", "--agent", "nop", "--task", TALLY, "--attempts", "3", "--dry-run", "--json")
    done = CliRunner().invoke(cli.relaybench, [*asked, "--resume", "--run-dir", str(tmp_path / "run")])
    assert json.loads(done.stdout)["trials"] == 2


def test_a_limit_in_dollars_needs_a_price():
    check_price(None, 5.0)
    check_price("nobody-knows-it", None)
    with pytest.raises(RunError, match="price of the model `nobody-knows-it`"):
        check_price("nobody-knows-it", 5.0)
