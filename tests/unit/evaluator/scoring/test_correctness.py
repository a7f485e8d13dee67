"""Correctness by hand, and what must hold for any grades."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.evidence import Grade, GroupResult
from evaluator.scoring.correctness import correctness, round_correctness


def grade(number: int, *groups: tuple[str, bool], weights=None, critical=()) -> Grade:
    """Groups are named "<round>-<name>"."""
    return Grade(
        round=number,
        hand_in=1,
        groups={
            name: GroupResult(
                round=int(name[0]),
                weight=(weights or {}).get(name, 1.0),
                critical=name in critical,
                passed=ok,
                tests={},
            )
            for name, ok in groups
        },
        probes={},
        start_s=None,
        reason="",
        wall_s=0.0,
    )


class TestByHand:
    def test_the_share_of_new_groups_counts(self):
        score = round_correctness(grade(1, ("0-a", True), ("1-a", True), ("1-b", False)), None)
        assert (score.new, score.damage, score.value) == (0.5, 0.0, 0.5)
        assert not score.strict
        assert not score.isolated

    def test_groups_count_by_weight(self):
        score = round_correctness(grade(1, ("1-a", True), ("1-b", False), weights={"1-a": 3.0}), None)
        assert score.value == 0.75

    def test_damage_costs_five_times_its_share(self):
        broken = [("0-a", False), *((f"0-{n}", True) for n in range(9)), ("1-a", True)]
        score = round_correctness(grade(1, *broken), None)
        assert (score.new, score.damage, score.value) == (1.0, 0.1, 0.5)
        assert not score.isolated

    def test_a_fifth_of_damage_leaves_nothing(self):
        broken = [("0-a", False), *((f"0-{n}", True) for n in range(4)), ("1-a", True)]
        assert round_correctness(grade(1, *broken), None).value == 0.0

    def test_what_was_red_before_is_no_fresh_damage(self):
        before = grade(1, ("0-a", True), ("1-a", False))
        score = round_correctness(grade(2, ("0-a", True), ("1-a", False), ("2-a", True)), before)
        assert (score.value, score.damage) == (1.0, 0.0)
        assert score.isolated
        assert not score.strict

    def test_what_was_retired_is_no_damage(self):
        before = grade(1, ("0-a", True), ("1-a", True))
        assert round_correctness(grade(2, ("0-a", True), ("2-a", True)), before).value == 1.0

    def test_a_critical_group_newly_broken_leaves_nothing(self):
        groups = [(f"0-{n}", True) for n in range(99)]
        broken = grade(1, ("0-pay", False), *groups, ("1-a", True), critical=("0-pay",))
        assert round_correctness(broken, None).value == 0.0

    def test_a_critical_group_of_the_base_leaves_nothing_until_it_is_mended(self):
        before = grade(1, ("0-pay", False), ("1-a", True), critical=("0-pay",))
        now = grade(2, ("0-pay", False), ("1-a", True), ("2-a", True), critical=("0-pay",))
        mended = grade(2, ("0-pay", True), ("1-a", True), ("2-a", True), critical=("0-pay",))
        assert round_correctness(now, before).value == 0.0
        assert round_correctness(mended, before).value == 1.0

    def test_a_critical_group_of_an_earlier_round_that_never_worked_does_not_count_again(self):
        before = grade(1, ("1-a", False), critical=("1-a",))
        now = grade(2, ("1-a", False), ("2-a", True), critical=("1-a",))
        assert round_correctness(now, before).value == 1.0

    def test_an_own_critical_group_that_is_not_there_yet_is_no_breakage(self):
        assert round_correctness(grade(1, ("1-a", True), ("1-b", False), critical=("1-b",)), None).value == 0.5

    def test_later_rounds_weigh_more(self):
        first, second = grade(1, ("1-a", True)), grade(2, ("1-a", True), ("2-a", False))
        assert correctness({1: first, 2: second}, 2) == pytest.approx(1 / 2.25)
        red, green = grade(1, ("1-a", False)), grade(2, ("1-a", False), ("2-a", True))
        assert correctness({1: red, 2: green}, 2) == pytest.approx(1.25 / 2.25)

    def test_rounds_not_reached_count_nothing(self):
        assert correctness({1: grade(1, ("1-a", True))}, 3) == pytest.approx(1 / (1 + 1.25 + 1.25**2))
        assert correctness({}, 3) == 0.0


@st.composite
def chains(draw, rounds: int = 3):
    """Grades of a whole trial: base and each round with one to three groups, any of them red."""
    names = [f"{n}-{letter}" for n in range(rounds + 1) for letter in "abc"[: draw(st.integers(1, 3))]]
    weights = {name: draw(st.sampled_from([0.5, 1.0, 2.0])) for name in names}
    critical = {name for name in names if draw(st.booleans()) and name[0] == "0"}
    return {
        number: grade(
            number,
            *((name, draw(st.booleans())) for name in names if int(name[0]) <= number),
            weights=weights,
            critical=critical,
        )
        for number in range(1, rounds + 1)
    }


def with_group(given_grade: Grade, name: str, passed: bool) -> Grade:
    groups = {**given_grade.groups, name: given_grade.groups[name].model_copy(update={"passed": passed})}
    return given_grade.model_copy(update={"groups": groups})


def all_passed(grades: dict[int, Grade], passed) -> dict[int, Grade]:
    return {
        number: g.model_copy(
            update={"groups": {n: r.model_copy(update={"passed": passed(number, r)}) for n, r in g.groups.items()}}
        )
        for number, g in grades.items()
    }


class TestAlways:
    @given(chains())
    def test_scores_are_between_nothing_and_one(self, grades):
        assert 0.0 <= correctness(grades, 3) <= 1.0
        for number, each in grades.items():
            score = round_correctness(each, grades.get(number - 1))
            assert all(0.0 <= value <= 1.0 for value in (score.new, score.damage, score.value))
            assert score.value <= score.new
            assert not score.isolated or score.value == 1.0

    @given(chains(), st.data())
    def test_a_group_that_turns_green_never_lowers_its_round(self, grades, data):
        number = data.draw(st.sampled_from([1, 2, 3]))
        name = data.draw(st.sampled_from(sorted(grades[number].groups)))
        before = grades.get(number - 1)
        worse = round_correctness(with_group(grades[number], name, False), before)
        better = round_correctness(with_group(grades[number], name, True), before)
        assert better.value >= worse.value
        assert better.strict >= worse.strict

    @given(chains(), st.data())
    def test_a_group_that_turns_green_and_stays_so_never_lowers_the_trial(self, grades, data):
        name = data.draw(st.sampled_from(sorted(grades[3].groups)))
        since = data.draw(st.integers(max(1, int(name[0])), 3))
        better = {number: with_group(g, name, True) if number >= since else g for number, g in grades.items()}
        assert correctness(better, 3) >= correctness(grades, 3) - 1e-12

    @given(chains())
    def test_doing_nothing_is_worth_nothing(self, grades):
        """Base green, every round's own groups red for ever."""
        idle = all_passed(grades, lambda number, result: result.round == 0)
        assert correctness(idle, 3) == 0.0

    @given(chains())
    def test_the_reference_is_worth_everything(self, grades):
        solved = all_passed(grades, lambda number, result: True)
        assert correctness(solved, 3) == pytest.approx(1.0)
        assert all(round_correctness(solved[n], solved.get(n - 1)).isolated for n in solved)

    @given(chains(), st.randoms())
    def test_the_order_of_groups_is_irrelevant(self, grades, random):
        shuffled = {}
        for number, each in grades.items():
            items = list(each.groups.items())
            random.shuffle(items)
            shuffled[number] = each.model_copy(update={"groups": dict(items)})
        assert correctness(shuffled, 3) == pytest.approx(correctness(grades, 3))

    @given(chains(), st.integers(0, 2))
    def test_stopping_early_never_pays(self, grades, reached):
        done = {number: grades[number] for number in range(1, reached + 1)}
        assert correctness(done, 3) <= correctness(grades, 3) + 1e-12
