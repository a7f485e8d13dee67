"""Commands over stored results: compared, chosen and merged without a box, from the shell."""

import json

import pytest

from evaluator.evidence import RoundResult, TrialResult
from evaluator.run.folder import RunInfo, TaskRef

pytestmark = pytest.mark.timeout(120)
TASKS = [f"t{n}" for n in range(8)]


@pytest.fixture
def stored(tmp_path):
    """A run of one agent whose score on the n-th task is `score + n / 100`."""

    def write(name, agent, score, tasks=TASKS, **changes):
        info = RunInfo(
            id=name, created="2026-01-01T00:00:00+00:00", agents=(agent,), attempts=1, deadline_scale=1,
            tasks=tuple(TaskRef(id=task, version=1, digest="d", folder=task) for task in tasks), sandbox="docker",
            versions={}, machine={},
        )  # fmt: skip
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(info.model_dump_json())
        for n, task in enumerate(tasks):
            value = score + n / 100 * (1 if score > 0.5 else 2)
            round_ = RoundResult(
                n=1, kind="fix", strict=score > 0.5, isolated=True, correctness=value, first_try=value, hand_ins=1,
                groups={}, constraints={}, wall_s=1, timed_out=False,
            )  # fmt: skip
            result = TrialResult(**{
                "agent": agent, "task": task, "task_version": 1, "task_digest": "d", "attempt": 1, "sandbox": "docker",
                "outcome": "completed", "scores": {"correctness": value, "composite": 100 * value}, "rounds": (round_,),
                "agent_wall_s": 100 * score, **changes,
            })  # fmt: skip
            (tmp_path / name / "trials" / result.name).mkdir(parents=True)
            (tmp_path / name / "trials" / result.name / "result.json").write_text(result.model_dump_json())
        return name

    return write


def test_a_pull_request_that_made_an_agent_worse_is_stopped(relaybench, stored, tmp_path):
    before, after = stored("before", "mine", 0.8), stored("after", "mine", 0.4)
    code, out, err = relaybench(
        tmp_path, "compare", before, after, "--fail-if-worse", "--junit", "j.xml", "--markdown", "m.md", "--json"
    )
    assert (code, err) == (1, "")
    found = json.loads(out)["comparison"]
    assert found["worse"] == ["composite", "correctness"]
    assert (found["pairs"], found["tasks"]) == (8, 8)
    assert "<failure" in (tmp_path / "j.xml").read_text()
    assert "mine (before) is better than mine (after)" in (tmp_path / "m.md").read_text().replace("\\", "")
    assert relaybench(tmp_path, "compare", after, before, "--fail-if-worse")[0] == 0
    assert relaybench(tmp_path, "compare", before, after)[0] == 0


def test_which_agent_to_use(relaybench, stored, tmp_path):
    runs = [stored("one", "slow-good", 0.8), stored("two", "quick-fair", 0.6), stored("three", "poor", 0.2)]
    code, out, err = relaybench(tmp_path, "compare", *runs, "--at-least", "correctness=.6")
    assert (code, err) == (0, "")
    said = " ".join(out.split())
    assert "At least correctness 0.6: the cheapest is not known, as no cost is; the fastest is quick-fair" in said
    assert relaybench(tmp_path, "compare", *runs)[0] == 2
    assert relaybench(tmp_path, "compare", *runs, "--at-least", "correctness")[0] == 2
    ceiling = stored("four", "reference", 1.0)
    assert "reference" not in relaybench(tmp_path, "compare", *runs, ceiling, "--at-least", "correctness=.6")[1]
    named = ("--agent", "reference", "--at-least", "correctness=.6")
    assert "the fastest is reference" in " ".join(relaybench(tmp_path, "compare", ceiling, *named)[1].split())


def test_what_does_not_compare_is_refused(relaybench, one_paragraph, stored, tmp_path):
    runs = [stored("one", "x", 0.8), stored("two", "y", 0.4, sandbox="bubblewrap")]
    code, out, err = relaybench(tmp_path, "compare", *runs)
    assert (code, out) == (2, "")
    assert one_paragraph(err)
    assert "Different kind of box: docker in x, bubblewrap in y." in err
    code, out, _ = relaybench(tmp_path, "compare", *runs, "--allow-mixed")
    assert code == 0
    assert "Mixed, because --allow-mixed was given" in out


def test_shards_are_merged_and_reported(relaybench, one_paragraph, stored, tmp_path):
    shards = [stored("one", "x", 0.8, TASKS[:4]), stored("two", "x", 0.6, TASKS[4:])]
    code, out, err = relaybench(tmp_path, "merge", *shards, "--run-dir", "all/of", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["trials"] == 8
    assert json.loads((tmp_path / "all" / "of" / "summary.json").read_text())["trials"] == 8
    assert relaybench(tmp_path, "report", "all/of")[0] == 0
    code, out, err = relaybench(tmp_path, "merge", *shards, "--run-dir", "all/of")
    assert (code, out) == (2, "")
    assert one_paragraph(err)
