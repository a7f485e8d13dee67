"""The evaluation workflow's second half as it stands: report, comparison with main, comment, Pages, the gate."""

import pytest
from actions.runner import JobRun

from evaluator.run.folder import read_info

pytestmark = [pytest.mark.bubblewrap, pytest.mark.timeout(300)]

TASKS = [f"t{n}" for n in range(8)]


def pull_request(repository="relay/bench"):
    request = {"number": 7, "head": {"repo": {"full_name": repository}}}
    event = {"label": {"name": "evaluate"}, "pull_request": request}
    return {"event_name": "pull_request", "ref": "refs/pull/7/merge", "event": event}


def results(runner):
    return {name: job.result for name, job in runner.jobs.items()}


@pytest.fixture
def stored(store_run, make_trial):
    """A run of `mine` on eight tasks with this score."""

    def run(name, score, agent="mine", **changes):
        return store_run(
            name, *(make_trial(agent, task, score=score + n / 100) for n, task in enumerate(TASKS)), **changes
        )

    return run


@pytest.fixture
def finish(workflow, stored, tmp_path):
    """The workflow after its jobs have evaluated: they left these shards, and main has the run 5, if `baseline`."""

    def run(shards=None, *, baseline="", publish="", evaluated="success", **options):
        shards = {"shard-mine-1-of-1": stored("shard", 0.8)} if shards is None else shards
        given = {
            "plan": JobRun("success", {"baseline": baseline, "publish": publish}), "evaluate": JobRun(evaluated)
        }  # fmt: skip
        return workflow("eval.yml", given=given, artifacts=dict(shards), **options)

    return run


def test_the_report_is_kept_in_all_its_forms_and_on_the_runs_page(finish):
    runner = finish()
    assert results(runner) == {
        "plan": "success", "evaluate": "success", "report": "success",
        "publish": "skipped", "comment": "skipped", "regression": "skipped",
    }  # fmt: skip
    report = runner.artifacts["report"]
    assert (report / "site/index.html").exists()
    assert "<testsuite" in (report / "junit.xml").read_text()
    assert "mine" in (report / "report.md").read_text()
    assert "There is no earlier run on main to compare with." in runner.summaries["report"]
    assert (report / "report.md").read_text() in runner.summaries["report"]
    assert "run" in runner.artifacts


def test_jobs_that_failed_are_no_reason_to_report_nothing(finish):
    assert results(finish(evaluated="failure"))["report"] == "success"
    assert results(finish({"shard-x": None}, evaluated="skipped"))["report"] == "skipped"


class TestWhatIsMissing:
    @pytest.fixture
    def plan(self, store_run, make_trial, stored):
        """A plan of two agents, and the shard of one of them."""
        whole = {"agents": ("mine", "other"), "attempts": 1}
        tasks = read_info(stored("tasks", 0.8)).tasks
        return store_run("plan", **whole, tasks=tasks), stored("shard", 0.8, tasks=tasks)

    def test_a_shard_that_never_came_is_told_and_the_rest_is_reported(self, finish, plan):
        runner = finish({"shard-plan": plan[0], "shard-mine-1-of-1": plan[1]}, evaluated="failure")
        assert results(runner)["report"] == "success"
        assert "8 of 16 trials are stored" in runner.summaries["report"]

    def test_if_none_came_the_plan_alone_is_reported(self, finish, plan):
        runner = finish({"shard-plan": plan[0]}, evaluated="failure")
        assert results(runner)["report"] == "success"
        assert "0 of 16 trials are stored" in runner.summaries["report"]

    def test_shards_that_do_not_fit_end_it_with_the_reason(self, finish, stored):
        shards = {"shard-a": stored("a", 0.8), "shard-b": stored("b", 0.8, agent="other", deadline_scale=2.0)}
        runner = finish(shards)
        assert results(runner)["report"] == "failure"
        assert "Different deadline scale: 1.0 in" in " ".join(runner.step("Merge the shards").output.split())


class TestMain:
    def test_no_worse_than_main(self, finish, github, stored):
        github.add_run(5, stored("main", 0.8))
        runner = finish(baseline="5", inputs={"fail-on-regression": True})
        assert "No agent is significantly worse than before, of 1 compared." in runner.summaries["report"]
        assert results(runner)["regression"] == "skipped"

    @pytest.mark.parametrize(("asked", "result"), [(True, "failure"), (False, "skipped")])
    def test_a_regression_fails_on_request_after_all_has_been_said(self, finish, github, stored, asked, result):
        github.add_run(5, stored("main", 0.8))
        worse = {"shard-mine-1-of-1": stored("shard", 0.2)}
        runner = finish(worse, baseline="5", publish="true", inputs={"fail-on-regression": asked})
        assert "Significantly worse than before: mine on composite, correctness." in runner.summaries["report"]
        assert "<failure" in (runner.artifacts["report"] / "comparison.xml").read_text()
        assert results(runner) == results(runner) | {"report": "success", "publish": "success", "regression": result}

    @pytest.mark.parametrize("event", ["pull_request", "schedule"])
    def test_where_nobody_can_ask_a_variable_does(self, finish, github, stored, event):
        about = pull_request() if event == "pull_request" else {"event_name": event}
        github.add_run(5, stored("main", 0.8))
        worse = {"shard-mine-1-of-1": stored("shard", 0.2)}
        runner = finish(worse, baseline="5", github=about, variables={"EVAL_FAIL_ON_REGRESSION": "true"})
        assert results(runner)["regression"] == "failure"
        assert results(runner)["comment"] == ("success" if event == "pull_request" else "skipped")

    def test_what_does_not_compare_is_said_and_is_no_regression(self, finish, github, stored):
        github.add_run(5, stored("main", 0.9, agent="another"))
        runner = finish(baseline="5", inputs={"fail-on-regression": True})
        assert results(runner) == results(runner) | {"report": "success", "regression": "skipped"}
        assert "Not compared with the last run on main:" in runner.summaries["report"]
        assert "There is nothing to compare" in runner.summaries["report"]

    def test_a_run_that_cannot_be_fetched_is_said_and_is_none(self, finish, github):
        runner = finish(baseline="5", inputs={"fail-on-regression": True})
        assert results(runner) == results(runner) | {"report": "success", "regression": "skipped"}
        assert "The last run on main could not be fetched" in runner.summaries["report"]

    def test_a_comparison_that_breaks_is_no_regression_either(self, finish, github, stored):
        main = stored("main", 0.9)
        (main / "run.json").write_text("{}")
        github.add_run(5, main)
        runner = finish(baseline="5", inputs={"fail-on-regression": True})
        assert results(runner) == results(runner) | {"report": "success", "regression": "skipped"}
        assert "Not compared with the last run on main:" in runner.summaries["report"]


class TestComment:
    def test_there_is_one_and_it_is_updated_in_place(self, finish, github, stored):
        shards = {"shard-mine-1-of-1": stored("shard", 0.8)}
        github.comment("<!-- relaybench: gates -->\nanother of ours")
        github.comment("<!-- relaybench: evaluation -->\nof somebody who pretends", login="stranger")
        for _ in range(2):
            assert results(finish(shards, github=pull_request()))["comment"] == "success"
        assert len(github.comments) == 3
        assert github.comments[-1]["body"].startswith("<!-- relaybench: evaluation -->\n")
        assert "mine" in github.comments[-1]["body"]
        written = [method for method, path in github.requests if "comments" in path and method != "GET"]
        assert written == ["POST", "PATCH"]

    def test_a_forks_pull_request_gets_none(self, finish, github):
        runner = finish(github=pull_request("stranger/bench"))
        assert results(runner) == results(runner) | {"report": "success", "comment": "skipped"}
        assert not github.requests


def test_pages_show_the_report(finish):
    runner = finish(publish="true")
    assert results(runner)["publish"] == "success"
    assert (runner.deployed / "index.html").exists()
