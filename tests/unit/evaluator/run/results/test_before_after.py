"""Every agent against itself: who is compared, who is left out and why, and when a gate should close."""

import io
import json
import random

import junitparser
import pytest
from click.testing import CliRunner
from rich.console import Console

from evaluator import cli
from evaluator.report.before_after import before_after_junit, before_after_markdown, print_before_after
from evaluator.run.folder import RunError
from evaluator.run.results.before_after import before_after
from evaluator.run.results.compare import compare, read_sides

TASKS = [f"t{n}" for n in range(8)]


@pytest.fixture
def trials(make_trial):
    """Eight tasks, two attempts, around a mean."""

    def made(agent, mean, seed=0, tasks=TASKS, **changes):
        source = random.Random(f"{agent} {seed}")
        return [
            make_trial(agent, task, n, score=min(1.0, max(0.0, source.gauss(mean, 0.05))), **changes)
            for task in tasks
            for n in (1, 2)
        ]

    return made


@pytest.fixture
def runs(store_run):
    """Stores both runs; their paths."""

    def stored(before, after, **changes):
        return store_run("before", *before, **changes), store_run("after", *after, **changes)

    return stored


def test_each_agent_is_compared_with_itself(runs, trials):
    found = before_after(*runs([*trials("x", 0.8), *trials("y", 0.8)], [*trials("y", 0.8), *trials("x", 0.3)]))
    assert [(one.a.agent, one.a.run.name, one.b.agent, one.b.run.name) for one in found.comparisons] == [
        ("x", "before", "x", "after"), ("y", "before", "y", "after"),
    ]  # fmt: skip
    assert found.worse == {"x": ["composite", "correctness"]}
    assert found.left_out == []


def test_getting_better_is_not_worse(runs, trials):
    assert before_after(*runs(trials("x", 0.3), trials("x", 0.8))).worse == {}


def test_many_agents_are_not_many_chances_for_a_false_alarm(runs, trials):
    before = [trial for n in range(12) for trial in trials(f"a{n}", 0.6)]
    after = [trial for n in range(12) for trial in trials(f"a{n}", 0.595 - 0.04 * (n == 3), seed=1)]
    paths = runs(before, after)
    alone = compare(*read_sides(paths, ["a3", "a3"]))
    together = before_after(*paths)
    assert alone.worse == ["composite", "correctness"]
    assert together.worse == {}
    (a3,) = (one for one in together.comparisons if one.b.agent == "a3")
    assert a3.axes[0].p > a3.axes[0].paired.p == alone.axes[0].p


class TestLeftOut:
    def test_who_is_in_one_run_only(self, runs, trials):
        found = before_after(
            *(paths := runs([*trials("x", 0.8), *trials("old", 0.8)], [*trials("x", 0.8), *trials("new", 0.1)]))
        )
        assert found.left_out == [f"new is only in {paths[1]}.", f"old is only in {paths[0]}."]
        assert [one.b.agent for one in found.comparisons] == ["x"]

    def test_who_has_another_model(self, store_run, trials):
        models = ({"x": "gpt-5", "y": "sonnet"}, {"x": "gpt-5-mini", "y": "sonnet"})
        paths = [
            store_run(name, *trials("x", 0.8), *trials("y", 0.8), models=of)
            for name, of in zip(("before", "after"), models, strict=True)
        ]
        found = before_after(*paths)
        assert found.left_out == ["x worked with gpt-5 before and with gpt-5-mini after."]
        assert [one.b.agent for one in found.comparisons] == ["y"]

    def test_tasks_that_have_changed(self, runs, trials):
        before, after = trials("x", 0.8), trials("x", 0.8, tasks=TASKS[1:])
        after += trials("x", 0.0, tasks=TASKS[:1], task_digest="another")
        found = before_after(*runs(before, after))
        assert found.left_out == ["Changed since, and left out: t0."]
        assert (found.comparisons[0].tasks, found.worse) == (7, {})

    def test_who_completed_nothing_that_can_be_paired(self, runs, trials):
        found = before_after(
            *runs([*trials("x", 0.8), *trials("y", 0.8)], [*trials("x", 0.8), *trials("y", 0, broken=True)])
        )
        assert [one.b.agent for one in found.comparisons] == ["x"]
        assert found.left_out[0].startswith("y: There is nothing to compare: ")

    def test_when_nobody_is_left_that_is_an_error_with_the_reasons(self, runs, trials):
        with pytest.raises(RunError, match=r"There is nothing to compare in .* x is only in .*before\. y is only in"):
            before_after(*runs(trials("x", 0.8), trials("y", 0.8)))

    def test_other_boxes_are_refused_unless_allowed(self, runs, trials):
        paths = runs(trials("x", 0.8), trials("x", 0.8, sandbox="bubblewrap"))
        with pytest.raises(RunError, match="Different kind of box"):
            before_after(*paths)
        assert before_after(*paths, allow_mixed=True).comparisons[0].mixed


class TestPages:
    @pytest.fixture
    def found(self, runs, trials):
        return before_after(
            *runs([*trials("x", 0.8), *trials("y", 0.8)], [*trials("y", 0.8), *trials("x|<b>", 0.3), *trials("x", 0.3)])
        )

    def test_markdown_says_the_verdict_first_and_folds_the_tables(self, found):
        text = before_after_markdown(found)
        assert text.splitlines()[2].startswith("**Significantly worse than before: x on composite, correctness.**")
        assert text.count("<details>") == text.count("</details>") == 2
        assert "- y (before) and y (after)" in text.replace("\\", "")
        assert "x|<b>" not in text
        assert "is only in" in text

    def test_the_terminal_has_a_part_for_each_agent(self, found):
        console = Console(file=io.StringIO(), width=80)
        print_before_after(found, console)
        assert "Significantly worse than before: x on" in console.file.getvalue()
        assert max(map(len, console.file.getvalue().splitlines())) <= 80

    def test_junit_has_a_suite_an_agent(self, found):
        report = junitparser.JUnitXml.fromstring(before_after_junit(found))
        failures = {suite.name: [c.name for c in suite if not c.is_passed] for suite in report}
        assert failures == {"x": ["composite", "correctness"], "y": []}


class TestCommand:
    def test_it_closes_the_gate_and_writes_what_was_asked_for(self, runs, trials, tmp_path):
        paths = [str(path) for path in runs(trials("x", 0.8), trials("x", 0.3))]
        files = ["--markdown", str(tmp_path / "m.md"), "--junit", str(tmp_path / "j.xml")]
        done = CliRunner().invoke(
            cli.relaybench, ["compare", *paths, "--each-agent", "--fail-if-worse", *files, "--json"]
        )
        assert done.exit_code == 1
        assert json.loads(done.output)["worse"] == {"x": ["composite", "correctness"]}
        assert "Before and after" in (tmp_path / "m.md").read_text()
        assert "<failure" in (tmp_path / "j.xml").read_text()
        assert CliRunner().invoke(cli.relaybench, ["compare", *paths, "--each-agent"]).exit_code == 0
        reverse = ["compare", *paths[::-1], "--each-agent", "--fail-if-worse"]
        assert CliRunner().invoke(cli.relaybench, reverse).exit_code == 0

    @pytest.mark.parametrize("more", [["--agent", "x"], ["--at-least", "correctness=.5"], ["third"]])
    def test_what_does_not_go_with_it_is_refused(self, runs, trials, tmp_path, more):
        paths = [str(path) for path in runs(trials("x", 0.8), trials("x", 0.8))]
        more = [str(paths[0]) if word == "third" else word for word in more]
        done = CliRunner().invoke(cli.relaybench, ["compare", *paths, "--each-agent", *more])
        assert done.exit_code == 2
        assert "--each-agent takes two runs" in done.output
