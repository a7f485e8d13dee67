"""A task shown, and its gates as Markdown."""

import io
import json

import pytest
from rich.console import Console

from evaluator.report.gates import markdown_verdicts
from evaluator.report.task import describe, print_task
from evaluator.run.gates import Verdict
from evaluator.run.results.solved import SolveRate
from evaluator.stats.intervals import wilson

RATE = SolveRate("someone", 4, (wilson(3, 4), wilson(1, 4), wilson(0, 4)), wilson(0, 4))


def shown(task, rates, width=80):
    out = io.StringIO()
    print_task(task, rates, Console(file=out, width=width, no_color=True))
    return out.getvalue()


def test_what_an_agent_sees_comes_first_and_holds_no_hidden_name(tally):
    text = shown(tally, [RATE])
    agents, _, maintainers = text.partition("What it does not see")
    assert "adding stuff breaks sometimes??" in agents
    assert "negative" not in agents
    assert "negative 1" in maintainers
    assert "(0.30–0.95)" in maintainers
    assert all(len(line) <= 80 for line in text.splitlines())


def test_without_runs_it_says_so(tally):
    assert "No run here has judged" in shown(tally, [])


def test_as_data_it_is_json_with_the_same(tally):
    data = json.loads(json.dumps(describe(tally, [RATE])))
    assert [round_["groups"][0]["id"] for round_ in data["rounds"]] == [
        "1-fix/negative", "2-feature/history", "3-refactor/structure",
    ]  # fmt: skip
    assert data["solved"][0]["strict"][0]["mean"] == 0.75


@pytest.mark.parametrize("passed", [True, False])
def test_gates_as_markdown_show_first_what_holds_back(passed):
    verdicts = [
        Verdict("wrong", "1-fix/a|b", passed, "<b>@team\nsecond"),
        *(Verdict("repeat", f"{n} of 9", True, "green") for n in range(9)),
    ]
    text = markdown_verdicts("one", verdicts)
    assert text.startswith(f"### one: {'all 10 gates passed' if passed else '1 of 10 gates hold it back'}")
    assert text.count("9 shuffled runs") == 1
    assert "<b>" not in text
    assert "1-fix/a\\|b" in text
    assert text.count("**NO**") == (0 if passed else 2)
