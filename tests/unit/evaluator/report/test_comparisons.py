"""A comparison as people read it: the sentences, the tables at 80 and 120 columns, and what a CI system is told."""

import io
import random

import junitparser
import pytest
from rich.console import Console

from evaluator.report.comparison import cells, notes, p_value, sentences, signed
from evaluator.report.comparison_pages import comparison_junit, comparison_markdown, print_comparison
from evaluator.report.insights import insights
from evaluator.run.results.choose import Bar, choose, offers
from evaluator.run.results.compare import compare, read_sides
from evaluator.run.results.summary import summarise

TASKS = [f"t{n}" for n in range(10)]
AXES = (
    "correctness",
    "adaptability",
    "quality",
    "efficiency",
    "recovery",
    "clarification",
    "calibration",
    "deployability",
)
HOSTILE = "a|b <b>x</b> @team [red]c\x1b[2J"


@pytest.fixture
def noisy(make_trial):
    """Trials of eight tasks on every axis around a mean."""

    def made(agent, mean, tasks=TASKS, seed=0):
        source = random.Random(seed)
        results = []
        for task in tasks:
            scores = {axis: min(1.0, max(0.0, source.gauss(mean, 0.06))) for axis in AXES}
            results.append(
                make_trial(agent, task, scores={**scores, "composite": 100 * sum(scores.values()) / len(AXES)})
            )
        return results

    return made


@pytest.fixture
def compared(store_run):
    def made(a, b):
        return compare(*read_sides([store_run("before", *a), store_run("after", *b)], []))

    return made


def shown(found, choice, width: int) -> str:
    console = Console(file=io.StringIO(), width=width, no_color=True, force_terminal=False)
    print_comparison(found, choice, console)
    return console.file.getvalue()


class TestSentences:
    def test_a_better_agent_is_called_better_by_points_with_a_range(self, compared, make_trial):
        a = [make_trial("codex", task, score=0.5 + n / 100) for n, task in enumerate(TASKS)]
        b = [make_trial("claude-code", task, score=0.617 + n / 50) for n, task in enumerate(TASKS)]
        composite, axis, chain = sentences(compared(a, b))
        assert composite == "claude-code is better than codex on the composite by 16 points (95 % 14 to 18)."
        assert axis == "claude-code is better than codex on correctness by 16 points (95 % 14 to 18)."
        assert chain.startswith("Every round strict: A 100% (72%–100%), B 100% (72%–100%); A alone in 0, B alone in 0")

    def test_whoever_is_ahead_comes_first(self, compared, make_trial):
        a = [make_trial("x", task, score=0.7 + n / 50) for n, task in enumerate(TASKS)]
        b = [make_trial("y", task, score=0.5 + n / 100) for n, task in enumerate(TASKS)]
        assert sentences(compared(a, b))[0].startswith("x is better than y on the composite by 24 points (95 % 2")

    def test_what_cannot_be_told_apart_says_how_many_would_do(self, compared, make_trial):
        shifts = (0.2, -0.15, 0.1, 0.0, 0.15, -0.1, 0.05, 0.1, -0.05, 0.1)
        a = [make_trial("x", task, score=0.5) for task in TASKS]
        b = [make_trial("y", task, score=0.5 + shift) for task, shift in zip(TASKS, shifts, strict=True)]
        composite, axes, _ = sentences(compared(a, b))
        assert composite == (
            "x and y are not distinguishable on the composite with these 10 paired trials: y is ahead by 4 points "
            "(95 % −4 to 12); about 65 would do."
        )
        assert axes == "No single axis differs significantly."

    def test_equals_score_the_same(self, compared, make_trial):
        found = compared([make_trial("x")], [make_trial("y")])
        assert sentences(found)[0] == (
            "x and y are not distinguishable on the composite with these 1 paired trial: they score the same."
        )

    def test_several_axes_are_one_sentence(self, compared, noisy):
        said = sentences(compared(noisy("x", 0.3), noisy("y", 0.7, seed=1)))
        assert len(said) == 3
        assert all(axis in said[1] for axis in AXES)


class TestNotes:
    def test_what_was_compared_and_what_was_left_out(self, compared, make_trial):
        said = " ".join(notes(compared([make_trial("x", "t"), make_trial("x", "u")], [make_trial("y", "t")])))
        assert "1 pair of trials of 1 task, by task and attempt. Left out: 1 that only A completed." in said
        assert "Fewer than 6 tasks: pairs of trials are the unit, and this speaks of these tasks only." in said

    def test_many_tasks_need_no_warning(self, compared, noisy):
        assert not any("Fewer" in line for line in notes(compared(noisy("x", 0.3), noisy("y", 0.7))))

    def test_too_many_errors_are_said(self, compared, make_trial):
        found = compared([make_trial("x", "t"), make_trial("x", "u", broken=True)], [make_trial("y", "t")])
        assert any("More than 5 % infrastructure errors in x" in line for line in notes(found))


class TestCells:
    def test_the_composite_is_in_points_and_axes_are_shares(self, compared, make_trial):
        a = [make_trial("x", task, score=0.5) for task in TASKS]
        b = [make_trial("y", task, score=0.75) for task in TASKS]
        composite, correctness = compared(a, b).axes
        assert cells(composite) == ("composite", "50.0", "75.0", "+25.0", "+25.0 to +25.0", ".002", "", "–")
        assert cells(correctness) == ("correctness", "0.50", "0.75", "+0.25", "+0.25 to +0.25", ".002", ".002", "–")

    def test_an_axis_that_was_not_measured_in_both_is_dashes(self, compared, make_trial):
        scores = {"correctness": 1.0, "composite": 100.0}
        found = compared([make_trial("x", scores={**scores, "quality": 0.5})], [make_trial("y", scores=scores)])
        assert cells(found.axes[2]) == ("quality", *["–"] * 7)

    @pytest.mark.parametrize(
        ("value", "digits", "text"), [(0.123, 2, "+0.12"), (-0.1, 2, "−0.10"), (-0.001, 2, "0.00"), (31.96, 1, "+32.0")]
    )
    def test_a_signed_number(self, value, digits, text):
        assert signed(value, digits) == text

    @pytest.mark.parametrize(
        ("p", "text"), [(0.0001, "<.001"), (0.03125, ".031"), (0.5, ".500"), (1.0, "1"), (0.9996, "1")]
    )
    def test_a_p_value(self, p, text):
        assert p_value(p) == text


class TestPages:
    @pytest.fixture
    def both(self, store_run, noisy):
        name = "a-name-of-thirty-six-characters-long"
        sides = read_sides([store_run("before", *noisy(name, 0.3)), store_run("after", *noisy("y", 0.7, seed=1))], [])
        choice = choose(offers({side.label: side.trials for side in sides}), [Bar("correctness", 0.5)])
        return compare(*sides), choice

    @pytest.mark.parametrize("width", [80, 110, 120])
    def test_no_line_is_wider_than_the_terminal_and_nothing_is_cut(self, both, width):
        text = shown(*both, width)
        assert max(map(len, text.splitlines())) <= width
        assert "…" not in text
        for word in ("detectable", "Holm", *AXES, "composite", "clears", "No agent beats these"):
            assert word in text, word

    def test_markdown_has_both_tables(self, both):
        text = comparison_markdown(*both)
        assert text.count("| :-- |") == 2
        assert "At least correctness 0.5: the cheapest is not known, as no cost is; the fastest is y" in text
        assert comparison_markdown(None, both[1]).startswith("## Which agent")

    def test_nothing_from_a_run_is_more_than_text(self, make_trial):
        choice = choose(offers({HOSTILE: [make_trial(HOSTILE)]}), [Bar("correctness", 0.5)])
        page, screen = comparison_markdown(None, choice), shown(None, choice, 120)
        assert "<b>" not in page
        assert "@team" not in page
        assert "a|b" not in page
        assert "\x1b" not in page + screen
        assert "[red]c" in screen

    def test_junit_has_a_case_an_axis_that_fails_where_b_is_worse(self, store_run, noisy):
        worse = [r.model_copy(update={"scores": {**r.scores, "quality": None}}) for r in noisy("y", 0.3, seed=1)]
        sides = read_sides([store_run("before", *noisy("x", 0.7)), store_run("after", *worse)], [])
        (suite,) = junitparser.JUnitXml.fromstring(comparison_junit(compare(*sides)).decode())
        cases = {case.name: case for case in suite}
        assert list(cases) == ["composite", *AXES]
        assert cases["composite"].is_failure
        assert cases["recovery"].result[0].message.startswith("significantly worse: A 0.7")
        assert cases["quality"].is_skipped
        better = comparison_junit(compare(*reversed(sides)))
        assert not any(case.is_failure for case in next(iter(junitparser.JUnitXml.fromstring(better.decode()))))


class TestChoice:
    def test_nobody_clears_it(self, make_trial):
        choice = choose(offers({"x": [make_trial("x", score=0.2)]}), [Bar("correctness", 0.9)])
        assert "No agent reaches correctness 0.9." in shown(None, choice, 80)

    def test_prices_are_named_where_known(self, make_trial):
        from dataclasses import replace

        (x, y) = offers({"x": [make_trial("x", agent_wall_s=700.0)], "y": [make_trial("y", agent_wall_s=5.0)]})
        text = shown(None, choose([replace(x, dollars=0.034), y], [Bar("correctness", 0.5)]), 120)
        assert "the cheapest is x ($0.034 a trial) of those whose cost is known (not y); the fastest is y (5 s" in text
        assert "12 min" in text

    def test_a_bar_cleared_by_the_mean_only_is_said(self, make_trial):
        trials = [make_trial("x", f"t{n}", score=n / 10) for n in range(11)]
        text = shown(None, choose(offers({"x": trials}), [Bar("correctness", 0.45)]), 120)
        assert "By the mean only, with a 95 % interval that reaches below: x." in text
        assert "by mean" in text


class TestInsights:
    def test_a_single_agent_and_unjudged_tasks_say_nothing(self, make_trial):
        assert insights(summarise([make_trial("x"), make_trial("reference"), make_trial("nop", score=0.0)])) == []

    def test_two_agents_have_a_price_and_an_order(self, make_trial):
        results = [make_trial("x", score=0.9, agent_wall_s=90), make_trial("y", score=0.4, agent_wall_s=20)]
        assert insights(summarise(results)) == [
            "No agent beats these in both time (cost is unknown) and composite, fastest first: y, x.",
            "The order by composite (x > y) holds under 100% of weightings around the default.",
        ]

    def test_agents_whose_order_hangs_on_the_weights_are_named(self, make_trial):
        results = [
            make_trial("x", scores={"correctness": 0.8, "quality": 0.6, "composite": 74.6}),
            make_trial("y", scores={"correctness": 0.7, "quality": 0.87, "composite": 74.6}),
        ]
        line = insights(summarise(results))[1]
        assert "; changing places: " in line

    def test_tasks_to_mend_are_named_and_the_others_counted(self, make_trial):
        results = [
            make_trial(agent, task, n, strict=(task == "easy" or n <= rank,), score=0.5 + rank / 10)
            for rank, agent in enumerate("xyz", 1) for task in ("easy", "fine") for n in range(1, 5)
        ]  # fmt: skip
        assert insights(summarise(results))[2:] == [
            "Tasks: keep 1, fix 0, retire 1.",
            "  retire easy: saturated: 3 of 3 agents solve it in more than 95% of trials",
        ]
