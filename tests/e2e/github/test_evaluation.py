"""The evaluation workflow as it stands, from the plan to the comment, with the real commands and the real `gh`."""

import json
import shutil

import pytest
from actions.runner import JobRun

from evaluator.run.folder import read_info

pytestmark = [pytest.mark.bubblewrap, pytest.mark.timeout(300)]

SECRETS = {"OPENAI_API_KEY": "sk-open", "ANTHROPIC_API_KEY": "sk-ant", "GEMINI_API_KEY": "sk-gem"}


def pull_request(repository="relay/bench", label="evaluate"):
    """The `github` context of a label that was put on a pull request."""
    request = {"number": 7, "head": {"repo": {"full_name": repository}}}
    event = {"label": {"name": label}, "pull_request": request}
    return {"event_name": "pull_request", "ref": "refs/pull/7/merge", "event": event}


def results(runner):
    return {name: job.result for name, job in runner.jobs.items()}


def trials(folder):
    return sorted(file.parent.name for file in folder.glob("trials/*/result.json"))


class TestPlan:
    """What the first job finds out; nothing is evaluated."""

    @pytest.fixture
    def planned(self, workflow):
        """Runs that job alone: (its outputs, the runner)."""

        def plan(**options):
            runner = workflow("eval.yml", given={"evaluate": JobRun("skipped")}, **options)
            return runner.jobs["plan"].outputs, runner

        return plan

    def test_a_dry_run_says_what_it_would_take_and_runs_nothing(self, workflow):
        inputs = {"agents": "codex=gpt-5 nop", "attempts": "3", "shards": "2", "max-usd": "30", "dry-run": True}
        runner = workflow("eval.yml", inputs=inputs, secrets=SECRETS)
        assert results(runner) == {"plan": "success"} | dict.fromkeys(results(runner).keys() - {"plan"}, "skipped")
        assert "| codex | gpt-5 | 2 | 3 |" in runner.summaries["plan"]
        jobs = json.loads(runner.jobs["plan"].outputs["matrix"])["include"]
        assert [(job["name"], job["max_usd"]) for job in jobs] == [
            ("codex-1-of-2", "20.0000"), ("codex-2-of-2", "10.0000"), ("nop-1-of-2", ""), ("nop-2-of-2", ""),
        ]  # fmt: skip

    def test_what_nobody_asks_for_is_the_repositorys_variable(self, planned):
        outputs, _ = planned(variables={"EVAL_AGENTS": "nop", "EVAL_SHARDS": "3", "EVAL_ATTEMPTS": "3"})
        assert [job["name"] for job in json.loads(outputs["matrix"])["include"]] == [
            "nop-1-of-3", "nop-2-of-3", "nop-3-of-3",
        ]  # fmt: skip

    def test_a_forks_pull_request_has_only_agents_without_models(self, planned):
        outputs, _ = planned(github=pull_request("stranger/bench"), variables={"EVAL_AGENTS": "codex=gpt-5"})
        assert [job["agent"] for job in json.loads(outputs["matrix"])["include"]] == ["reference", "nop"]

    def test_another_label_runs_nothing(self, workflow):
        assert set(results(workflow("eval.yml", github=pull_request(label="bug"))).values()) == {"skipped"}

    def test_what_cannot_be_is_said_before_the_first_job(self, workflow):
        runner = workflow("eval.yml", inputs={"agents": "nop refrence"})
        assert results(runner)["plan"] == "failure"
        assert results(runner)["evaluate"] == "skipped"
        assert "Did you mean `reference`?" in runner.step("Spread the trials over jobs").output

    def test_the_last_run_on_main_tells_what_this_one_takes(self, planned, github, store_run, make_trial):
        github.add_run(5, store_run("kept", make_trial("codex", "small", wall_s=600, dollars=2.5), model="gpt-5"))
        outputs, runner = planned(inputs={"agents": "codex=gpt-5", "attempts": "2"})
        assert outputs["baseline"] == "5"
        assert "| codex | gpt-5 | 1 | 2 | 20 | 5.00 |" in runner.summaries["plan"]

    def test_runs_whose_artifact_has_expired_are_passed_over(self, planned, github, store_run):
        github.add_run(5, store_run("kept"))
        github.add_run(6)
        assert planned(inputs={"agents": "nop"})[0]["baseline"] == "5"

    def test_a_run_of_a_branch_that_a_fork_calls_main_is_not_the_last_run_on_main(self, planned, github, store_run):
        github.add_run(9, store_run("evil"), event="pull_request")
        outputs, runner = planned(inputs={"agents": "nop"})
        assert not outputs["baseline"]
        assert "There is no earlier run on main" in runner.step("Find the last run on main").output

    def test_that_github_does_not_answer_is_no_reason_to_evaluate_nothing(self, planned, github):
        github.broken = True
        assert planned(inputs={"agents": "nop"})[1].jobs["plan"].result == "success"

    @pytest.mark.parametrize(
        ("about", "inputs", "variables", "published"),
        [
            ({}, {"publish": True}, {}, True),
            ({}, {}, {"EVAL_PUBLISH": "true"}, False),
            ({"event_name": "schedule"}, {}, {"EVAL_PUBLISH": "true"}, True),
            ({"event_name": "schedule"}, {}, {}, False),
            ({"ref": "refs/heads/try"}, {"publish": True}, {}, False),
            (pull_request(), {}, {"EVAL_PUBLISH": "true"}, False),
        ],
    )
    def test_only_main_is_published_and_only_on_request(self, planned, about, inputs, variables, published):
        outputs, _ = planned(github=about, inputs=inputs, variables={"EVAL_AGENTS": "nop", **variables})
        assert (outputs["publish"] == "true") is published


class TestJobs:
    def test_a_key_is_seen_by_the_agents_of_its_provider_in_the_step_that_evaluates(self, workflow):
        """The provider's address is none, so that it ends there."""
        runner = workflow(
            "eval.yml", inputs={"agents": "claude-code=no-such-model"}, secrets=SECRETS,
            variables={"ANTHROPIC_BASE_URL": "x://"},
        )  # fmt: skip
        assert "ANTHROPIC_BASE_URL is 'x://'" in runner.step("Evaluate").output
        seen = {
            (step.job, step.name, key)
            for step in runner.ran
            for key, secret in SECRETS.items()
            if any(secret in value for value in step.environment.values())
        }
        assert seen == {("claude-code-1-of-1", "Evaluate", "ANTHROPIC_API_KEY")}

    def test_one_agents_failure_costs_the_others_nothing(self, workflow):
        runner = workflow("eval.yml", inputs={"agents": "codex=gpt-5 reference"})  # there is no key
        assert results(runner)["evaluate"] == "failure"
        assert "no key: set OPENAI_API_KEY" in " ".join(runner.step("Evaluate", "codex-1-of-1").output.split())
        assert trials(runner.artifacts["run"]) == ["reference--small--1"]
        assert read_info(runner.artifacts["run"]).agents == ("codex", "reference")

    def test_one_that_is_run_again_goes_on_with_what_it_had(self, workflow, checkout):
        runner = workflow("eval.yml", inputs={"agents": "reference", "attempts": "2"})
        shard = runner.artifacts["shard-reference-1-of-1"]
        first, second = (shard / "trials" / name / "result.json" for name in trials(shard))
        kept = first.read_bytes()
        shutil.rmtree(second.parent)
        runner.github["run_attempt"] = "2"
        runner.run(checkout / ".github/workflows/eval.yml")
        assert trials(shard) == ["reference--small--1", "reference--small--2"]
        assert first.read_bytes() == kept


def test_what_the_shards_found_is_one_run_and_what_agents_said_in_there_no_command(workflow):
    """Started by hand: two agents, two shards of two attempts each."""
    runner = workflow("eval.yml", inputs={"agents": "reference nop", "shards": "2", "attempts": "2"})
    assert results(runner)["evaluate"] == "success"
    shards = {f"shard-{agent}-{n}-of-2" for agent in ("reference", "nop") for n in (1, 2)}
    assert runner.artifacts.keys() >= shards | {"shard-plan", "run"}
    assert [len(trials(runner.artifacts[name])) for name in sorted(shards)] == [1, 1, 1, 1]
    assert trials(runner.artifacts["run"]) == [
        "nop--small--1", "nop--small--2", "reference--small--1", "reference--small--2",
    ]  # fmt: skip
    assert read_info(runner.artifacts["run"]).shard is None
    printing = [ran for ran in runner.ran if ran.name in ("Evaluate", "Merge the shards")]
    assert len(printing) == 5
    for ran in printing:
        first, *_, last = ran.output.strip().splitlines()
        assert len(last.strip(":")) == 36
        assert (first, last) == (f"::stop-commands::{last.strip(':')}", f"::{last.strip(':')}::")
