"""Two agents trial by trial: who is paired, what is refused, and when a difference is called one."""

import random

import pytest

from evaluator.run.folder import RunError
from evaluator.run.results.compare import check_mixed, compare, read_sides

TASKS = [f"t{n}" for n in range(8)]


@pytest.fixture
def sides(store_run):
    """Two runs of these trials as sides."""

    def read(a, b):
        return read_sides([store_run("one", *a), store_run("two", *b)], [])

    return read


@pytest.fixture
def trials(make_trial):
    """Eight tasks, two attempts; scores around a mean, the same noise for every agent."""

    def made(agent, mean, seed=0, **changes):
        source = random.Random(seed)
        return [
            make_trial(agent, task, n, score=min(1.0, max(0.0, source.gauss(mean, 0.05))), **changes)
            for task in TASKS
            for n in (1, 2)
        ]

    return made


def widened(results, axes):
    """The same trials with more axes, all alike."""
    return [
        result.model_copy(update={"scores": {**result.scores, **dict.fromkeys(axes, result.scores["correctness"])}})
        for result in results
    ]


class TestSides:
    def test_two_runs_of_an_agent_each_are_two_sides(self, sides, make_trial):
        a, b = sides([make_trial("x")], [make_trial("y")])
        assert (a.label, b.label) == ("x", "y")

    def test_an_agent_in_two_runs_is_called_by_its_run_too(self, sides, make_trial):
        assert [side.label for side in sides([make_trial("x")], [make_trial("x")])] == ["x (one)", "x (two)"]

    def test_runs_of_one_name_are_called_by_their_place(self, store_run, make_trial, tmp_path):
        runs = [store_run("a/run", make_trial("x")), store_run("b/run", make_trial("x"))]
        assert [side.label for side in read_sides(runs, [])] == [f"x ({run})" for run in runs]

    def test_two_agents_of_two_runs_are_each_its_own(self, store_run, make_trial):
        runs = [store_run(name, make_trial("x"), make_trial("y")) for name in ("one", "two")]
        assert [(side.agent, side.run) for side in read_sides(runs, ["y", "x"])] == [("y", runs[0]), ("x", runs[1])]
        assert [(side.agent, side.run) for side in read_sides(runs, ["y"])] == [("y", runs[0]), ("y", runs[1])]
        assert [side.agent for side in read_sides(runs[:1], ["y", "x"])] == ["y", "x"]

    def test_an_agent_that_is_not_there_is_said_with_those_that_are(self, store_run, make_trial):
        with pytest.raises(RunError, match=r"one has no trial of `z`: it has x, y\."):
            read_sides([store_run("one", make_trial("x"), make_trial("y"))], ["z"])
        with pytest.raises(RunError, match="it has no trial at all"):
            read_sides([store_run("none")], ["z"])


class TestMixing:
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"sandbox": "bubblewrap"}, "Different kind of box: docker in x, bubblewrap in y."),
            ({"limits": "partial"}, "Different limits of the boxes: full in x, partial in y."),
            ({"scoring_version": 99}, "Different scoring version: 1 in x, 99 in y."),
            (
                {"task_version": 2, "task_digest": "other"},
                "Different task t: version 1 (digest of t) in x, version 2 (other) in y.",
            ),
        ],
    )
    def test_what_does_not_compare_is_refused_by_name(self, sides, make_trial, changes, said):
        found = sides([make_trial("x", scoring_version=1)], [make_trial("y", **{"scoring_version": 1, **changes})])
        with pytest.raises(RunError, match="--allow-mixed compares anyway") as error:
            check_mixed(found, allow=False)
        assert str(error.value).startswith(said)
        assert check_mixed(found, allow=True) == [said]

    def test_stretched_deadlines_are_refused(self, store_run, make_trial):
        runs = [store_run("one", make_trial("x")), store_run("two", make_trial("y"), deadline_scale=2.0)]
        with pytest.raises(RunError, match="Different deadline scale: 1 in x, 2 in y"):
            check_mixed(read_sides(runs, []), allow=False)

    def test_a_mixture_within_one_run_is_found(self, sides, make_trial):
        found = sides([make_trial("x"), make_trial("x", attempt=2, limits="partial")], [make_trial("y")])
        assert len(check_mixed(found, allow=True)) == 1

    def test_broken_trials_and_other_tasks_do_not_matter(self, sides, make_trial):
        found = sides([make_trial("x")], [make_trial("y", task="u"), make_trial("y", broken=True, limits="partial")])
        assert check_mixed(found, allow=False) == []


class TestPairs:
    def test_trials_are_paired_by_task_and_attempt_and_the_rest_is_counted(self, sides, make_trial):
        a = [
            make_trial("x", "t", 1),
            make_trial("x", "t", 2),
            make_trial("x", "u", 1),
            make_trial("x", "v", broken=True),
        ]
        b = [make_trial("y", "t", 1), make_trial("y", "v", 1), make_trial("y", "u", 1)]
        found = compare(*sides(a, b))
        assert (found.pairs, found.tasks) == (2, 2)
        assert found.left_out == {"only_a": 1, "only_b": 1, "infrastructure_errors": 1}
        assert found.void == ["x"]

    def test_nothing_in_common_is_said(self, sides, make_trial):
        with pytest.raises(RunError, match=r"There is nothing to compare: .* x has 1 trials of t, y 1 of u\."):
            compare(*sides([make_trial("x", "t")], [make_trial("y", "u")]))

    def test_an_axis_that_one_of_a_pair_lacks_is_left_out_of_that_axis_only(self, sides, make_trial):
        a = [make_trial("x", "t", n, scores={"correctness": 0.5, "recovery": 0.2}) for n in (1, 2)]
        b = [
            make_trial("y", "t", 1, scores={"correctness": 0.7, "recovery": None}),
            make_trial("y", "t", 2, scores={"correctness": 0.7, "recovery": 0.6, "quality": 0.1}),
        ]
        found = {axis.axis: axis for axis in compare(*sides(a, b)).axes}
        assert found["correctness"].paired.pairs == 2
        assert (found["recovery"].paired.pairs, found["recovery"].paired.difference) == (1, pytest.approx(0.4))
        assert found["quality"].paired is None
        assert found["composite"].verdict == 0


class TestVerdicts:
    def test_a_worse_agent_is_found_worse_and_the_other_way_round_better(self, sides, trials):
        found = compare(*sides(trials("x", 0.8), trials("y", 0.4, seed=1)))
        assert found.worse == ["composite", "correctness"]
        assert found.axes[0].paired.p == 2 / 2**8
        back = compare(found.b, found.a)
        assert back.worse == []
        assert [axis.verdict for axis in back.axes] == [1, 1]

    def test_too_few_tasks_are_compared_by_pairs_of_trials(self, sides, trials):
        """Eight tasks cannot show a difference on eight axes; sixteen pairs can, for these tasks."""
        found = compare(*sides(widened(trials("x", 0.8), "pqrstuv"), widened(trials("y", 0.4, seed=1), "pqrstuv")))
        assert (found.unit, found.tasks, found.fewest_tasks) == ("pair", 8, 9)
        assert {axis.paired.units for axis in found.axes} == {16}
        assert len(found.worse) == 9

    def test_an_agent_against_itself_is_not_distinguishable(self, sides, trials):
        found = compare(*sides(trials("x", 0.6), trials("y", 0.6, seed=1)))
        assert [axis.verdict for axis in found.axes] == [0, 0]
        assert found.axes[0].paired.enough_pairs > found.pairs

    def test_the_difference_is_that_of_the_two_means(self, sides, trials):
        found = compare(*sides(trials("x", 0.8), trials("y", 0.4, seed=1)))
        for axis in found.axes:
            assert axis.b - axis.a == pytest.approx(axis.paired.difference)

    def test_axes_are_adjusted_together_and_the_composite_stands_alone(self, sides, trials):
        found = compare(*sides(widened(trials("x", 0.8), "pqrs"), widened(trials("y", 0.4, seed=1), "pqrs")))
        assert found.unit == "task"
        composite, *axes = found.axes
        assert composite.p == composite.paired.p == 2 / 2**8
        assert 100 * axes[0].paired.detectable > 1.1 * composite.paired.detectable  # it must pass the stricter test
        assert [axis.p for axis in axes] == [pytest.approx(5 * 2 / 2**8)] * 5

    def test_the_whole_chain_is_compared_by_discordant_pairs(self, sides, make_trial):
        a = [make_trial("x", task, strict=(True, n > 1)) for n, task in enumerate(TASKS)]
        b = [make_trial("y", task, strict=(True, n == 7)) for n, task in enumerate(TASKS)]
        chain = compare(*sides(a, b)).chain
        assert (chain.only_a, chain.only_b, chain.p) == (5, 0, 0.0625)
        assert (chain.a.mean, chain.b.mean) == (0.75, 0.125)
