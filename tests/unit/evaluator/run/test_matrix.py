"""A run spread over jobs: checked before the first begins, each job told all it needs and no more."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from evaluator import cli
from evaluator.run.folder import RunError, read_info
from evaluator.run.forecast import Earlier
from evaluator.run.matrix import make_matrix, notes, rows
from evaluator.run.merge import merge
from evaluator.run.plan import make_plan
from evaluator.run.run import Request
from evaluator.run.shards import parse_shard
from evaluator.task import TaskError
from harness.agents import AgentError

TALLY = str(Path(__file__).parents[4] / "evaluator/task/smallest/tally")


def matrix(*agents, shards=2, earlier=(), **asked):
    return make_matrix(Request(agents, (TALLY,), **{"sandbox": "docker", **asked}), shards, earlier)


def test_a_job_has_one_agent_and_one_shard_of_its_trials():
    jobs = matrix("nop", "reference", attempts=3).jobs
    assert [(job.name, job.agent, job.shard, job.trials) for job in jobs] == [
        ("nop-1-of-2", "nop", "1/2", 2), ("nop-2-of-2", "nop", "2/2", 1),
        ("reference-1-of-2", "reference", "1/2", 2), ("reference-2-of-2", "reference", "2/2", 1),
    ]  # fmt: skip


def test_what_the_jobs_run_is_the_whole_plan():
    jobs = matrix("nop", attempts=5, control=True, shards=3).jobs
    parts = [
        make_plan([job.agent], [TALLY], attempts=5, deadline_scale=1, sandbox="docker", control=True,
                  shard=parse_shard(job.shard)).trials
        for job in jobs
    ]  # fmt: skip
    assert [len(part) for part in parts] == [job.trials for job in jobs]
    whole = make_plan(["nop"], [TALLY], attempts=5, deadline_scale=1, sandbox="docker", control=True)
    assert sorted(spec.name for part in parts for spec in part) == sorted(spec.name for spec in whole.trials)


def test_no_job_is_without_a_trial():
    assert [job.shard for job in matrix("nop", attempts=2, shards=9).jobs] == ["1/2", "2/2"]
    assert [job.shard for job in matrix("nop", attempts=2, shards=9, twin=True).jobs] == ["1/2", "2/2"]


class TestModels:
    def test_an_agent_has_the_model_after_its_name_or_the_common_one_or_none(self):
        jobs = matrix("codex=gpt-5", "claude-code", "nop", model="sonnet", shards=1).jobs
        assert [(job.agent, job.model) for job in jobs] == [("codex", "gpt-5"), ("claude-code", "sonnet"), ("nop", "")]

    def test_a_job_is_given_only_the_keys_that_it_may_need(self, tmp_path):
        agents = {"mine": "{gateway_url} {model}", "offline": "x"}
        for name, words in agents.items():
            (tmp_path / f"{name}.toml").write_text(f'name = "{name}"\n[command]\nfirst = ["run", "{words}"]\n')
        jobs = matrix("codex", "claude-code", "gemini-cli", *(str(tmp_path / f"{a}.toml") for a in agents), "nop",
                      model="m", shards=1).jobs  # fmt: skip
        assert [job.providers for job in jobs] == ["openai", "anthropic", "google", "openai anthropic google", "", ""]

    def test_one_that_takes_a_model_and_gets_none_is_refused(self):
        with pytest.raises(AgentError, match="say which: --model NAME"):
            matrix("codex", "nop")

    def test_one_that_takes_none_and_gets_one_is_refused(self):
        with pytest.raises(AgentError, match="none of the agents given takes a model"):
            matrix("nop=gpt-5")


class TestMoney:
    def test_dollars_are_shared_by_trials_among_those_who_spend_any(self):
        jobs = matrix("codex=gpt-5", "nop", attempts=4, shards=3, max_usd=10.0).jobs
        assert [(job.agent, job.max_usd) for job in jobs] == [
            ("codex", "5.0000"), ("codex", "2.5000"), ("codex", "2.5000"), ("nop", ""), ("nop", ""), ("nop", ""),
        ]  # fmt: skip

    def test_without_a_limit_none_is_passed_on(self):
        assert {job.max_usd for job in matrix("codex=gpt-5").jobs} == {""}

    def test_a_limit_on_a_model_without_a_price_is_refused_before_anything_runs(self):
        with pytest.raises(RunError, match="the price of the model `grok-99` is not known"):
            matrix("codex=grok-99", max_usd=5.0)


class TestPlan:
    def test_it_says_what_shards_merge_to_and_shards_merge_with_it(self, tmp_path, store_run, make_trial):
        made = matrix("codex=gpt-5", "claude-code=sonnet", "nop", attempts=2)
        assert made.info.agents == ("claude-code", "codex", "nop")
        assert made.info.models == {"claude-code": "sonnet", "codex": "gpt-5"}
        assert (made.info.attempts, made.info.shard, made.info.sandbox) == (2, None, "docker")
        trial = make_trial("codex", "tally", task_digest=made.info.tasks[0].digest)
        shard = store_run("shard", trial, model="gpt-5", attempts=2, versions=made.info.versions | {"codex": "0.169.0"})
        plan = store_run("plan", **made.info.model_dump(include={"agents", "tasks", "attempts", "models", "versions"}))
        merge([plan, shard], tmp_path / "merged")
        assert read_info(tmp_path / "merged").agents == made.info.agents


class TestRefusals:
    def test_a_person_is_no_job(self):
        with pytest.raises(AgentError, match="works at a terminal"):
            matrix("human")

    def test_two_agents_of_one_name(self):
        with pytest.raises(AgentError, match="already an agent called codex"):
            matrix("codex=gpt-5", "codex=gpt-5-mini")

    def test_more_jobs_than_a_matrix_has(self):
        with pytest.raises(RunError, match="These are 300 jobs, and a matrix has at most 256: take fewer --shards"):
            matrix("nop", "reference", "reference-2", attempts=100, shards=100)

    def test_an_unknown_task(self):
        with pytest.raises(TaskError, match="There is no task `tlaly`"):
            make_matrix(Request(("nop",), ("tlaly",)), 1)


class TestCommand:
    def test_it_prints_one_line_for_github_and_writes_the_plan_and_what_it_takes(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        command = ["matrix", "--agent", "nop", "--task", TALLY, "--attempts", "2", "--shards", "2"]
        done = CliRunner().invoke(cli.relaybench, [*command, "--run-dir", "plan", "--markdown", "plan.md"])
        assert (done.exit_code, done.output.count("\n")) == (0, 1)
        assert [job["name"] for job in json.loads(done.output)["include"]] == ["nop-1-of-2", "nop-2-of-2"]
        assert read_info(tmp_path / "plan").agents == ("nop",)
        assert "| nop | – | 2 | 2 | – | 0.00 |" in (tmp_path / "plan.md").read_text()
        done = CliRunner().invoke(cli.relaybench, [*command, "--run-dir", "plan"], standalone_mode=False)
        assert isinstance(done.exception, RunError)

    def test_earlier_runs_tell_what_it_takes(self, make_trial):
        earlier = [Earlier("r", "gpt-5", make_trial("codex", "tally", wall_s=120, dollars=1.5))]
        made = matrix("codex=gpt-5", "claude-code=sonnet", attempts=2, shards=1, earlier=earlier)
        assert [row[:6] for row in rows(made)] == [
            ["codex", "gpt-5", "1", "2", "4", "3.00"], ["claude-code", "sonnet", "1", "2", "–", "–"],
        ]  # fmt: skip
        assert notes(made)[0] == "Jobs: 2. Trials: 4. Tasks: tally."
