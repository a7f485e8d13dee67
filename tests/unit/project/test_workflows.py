"""Workflows and the action, by their structure: who may do what, what is pinned, what reaches a shell."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from actions.expressions import resolve
from actions.runner import read_yaml

TOP = Path(__file__).parents[3]
WORKFLOWS = sorted((TOP / ".github/workflows").glob("*.yml"))
ACTION = TOP / "action.yml"
BIN = Path(sys.executable).parent

# What each job may do with the repository's token; all else is nothing.
PERMISSIONS = {
    "ci": {"test": {"contents": "read"}, "action": {"contents": "read"}},
    "comment": {"comment": {"pull-requests": "write"}},
    "eval": {
        "plan": {"contents": "read", "actions": "read"},
        "evaluate": {"contents": "read"},
        "report": {"contents": "read", "actions": "read"},
        "publish": {"pages": "write", "id-token": "write"},
        "comment": {"pull-requests": "write"},
        "regression": {},
    },
    "tasks": {"gates": {"contents": "read"}, "comment": {"pull-requests": "write"}},
}


def steps():
    """Every step: (where it stands, step)."""
    for path in WORKFLOWS:
        for name, job in read_yaml(path)["jobs"].items():
            yield from ((f"{path.stem}/{name}", step) for step in job.get("steps", []))
    yield from (("action", step) for step in read_yaml(ACTION)["runs"]["steps"])


SHELL = [
    pytest.param(where, step, id=f"{where}-{step.get('name', step.get('id', n))}")
    for n, (where, step) in enumerate(steps())
    if "run" in step
]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
class TestJobs:
    def test_each_has_the_permissions_it_needs_and_no_more(self, path):
        workflow = read_yaml(path)
        assert workflow["permissions"] == {}
        assert {name: job["permissions"] for name, job in workflow["jobs"].items()} == PERMISSIONS[path.stem]

    def test_each_ends_some_time(self, path):
        for job in read_yaml(path)["jobs"].values():
            assert "uses" in job or 0 < job["timeout-minutes"] <= 360

    def test_none_runs_a_strangers_code_with_what_is_ours(self, path):
        assert not {"pull_request_target", "workflow_run", "issue_comment"} & read_yaml(path)["on"].keys()

    def test_a_job_that_may_write_checks_nothing_out(self, path):
        for job in read_yaml(path)["jobs"].values():
            if "write" in job["permissions"].values():
                assert not any("checkout" in step.get("uses", "") for step in job.get("steps", []))


def test_every_action_of_others_is_pinned_by_commit_with_its_version():
    for path in (*WORKFLOWS, ACTION):
        for line in path.read_text().splitlines():
            found = re.match(r"\s*(?:- )?uses: (\S+)(.*)", line)
            if found and not found[1].startswith(("./", "$/")):
                assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", found[1]), line
                assert re.match(r" # v\d+\.\d+\.\d+$", found[2]), line


def test_one_commit_an_action():
    used = {found for path in (*WORKFLOWS, ACTION) for found in re.findall(r"uses: (actions/\S+)", path.read_text())}
    assert len({one.partition("@")[0] for one in used}) == len(used)


def test_no_checkout_leaves_its_token_behind():
    assert all(
        step["with"]["persist-credentials"] is False
        for _, step in steps()
        if "actions/checkout@" in step.get("uses", "")
    )


@pytest.mark.parametrize(("where", "step"), SHELL)
def test_nothing_is_pasted_into_a_shell(where, step):
    assert "${{" not in step["run"]


def test_the_keys_are_named_in_one_step_only():
    naming = [(where, step["with"]["agent"]) for where, step in steps() if "secrets." in str(step)]
    assert naming == [("eval/evaluate", "${{ matrix.agent }}")]
    for path in WORKFLOWS:
        workflow = read_yaml(path)
        assert "secrets." not in str(workflow.get("env", {}))
        assert not any("secrets" in job or "secrets." in str(job.get("env", {})) for job in workflow["jobs"].values())


def test_in_the_action_only_the_step_that_evaluates_sees_them():
    seeing = [step["id"] for where, step in steps() if where == "action" and "API_KEY" in str(step)]
    assert seeing == ["evaluate"]


@pytest.mark.parametrize(
    ("where", "step"), [one for one in SHELL if one.values[0] == "action"]
)  # actionlint has it read the workflows' shell, and not an action's
def test_the_actions_shell_is_clean(where, step):
    assert step["shell"] == "bash"
    done = subprocess.run(
        [BIN / "shellcheck", "--shell=bash", "--exclude=SC2153", "-"],
        input=step["run"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


class TestActionsInputs:
    def test_all_that_are_declared_are_used_and_the_other_way_round(self):
        text = ACTION.read_text()
        used = set(re.findall(r"inputs\.([\w-]+)", text[text.index("runs:") :]))
        assert used == read_yaml(ACTION)["inputs"].keys()

    def test_outputs_are_of_steps_that_put_them_out(self):
        action = read_yaml(ACTION)
        said = {step["id"]: step.get("run", "") for step in action["runs"]["steps"] if "id" in step}
        for output in action["outputs"].values():
            step, name = re.search(r"steps\.([\w-]+)\.outputs\.([\w-]+)", output["value"]).groups()
            assert f'echo "{name}=' in said[step], output

    def test_what_a_shell_step_reads_it_is_given(self):
        usual = {"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ACTION_PATH", "RUNNER_TEMP", "HOME", "XDG_CACHE_HOME"}
        for where, step in ((one.values[0], one.values[1]) for one in SHELL):
            read = set(re.findall(r"\$\{?([A-Z][A-Z_]+)", step["run"]))
            workflow = read_yaml(TOP / f".github/workflows/{where.partition('/')[0]}.yml") if "/" in where else {}
            given = step.get("env", {}).keys() | workflow.get("env", {}).keys()
            assert read <= given | usual | {"GITHUB_PATH", "PATH"}, (where, read - given)


@pytest.mark.parametrize(
    ("event", "about", "group", "cancels"),
    [
        ("pull_request", {"label": {"name": "evaluate"}, "pull_request": {"number": 7}}, "7", True),
        ("pull_request", {"label": {"name": "bug"}, "pull_request": {"number": 7}}, "99", True),
        ("workflow_dispatch", {}, "refs/heads/x", False),
        ("schedule", {}, "refs/heads/x", False),
    ],
)
def test_another_label_does_not_end_an_evaluation(event, about, group, cancels):
    contexts = {"github": {"event_name": event, "event": about, "run_id": "99", "ref": "refs/heads/x"}}
    found = read_yaml(TOP / ".github/workflows/eval.yml")["concurrency"]
    assert resolve(found["group"], contexts).strip() == f"evaluation-{group}"
    assert resolve(found["cancel-in-progress"], contexts) is cancels


def test_the_schedule_is_not_on_the_hour_when_everybody_comes():
    (cron,) = (one["cron"] for one in read_yaml(TOP / ".github/workflows/eval.yml")["on"]["schedule"])
    assert cron.split()[0] not in ("0", "30")
