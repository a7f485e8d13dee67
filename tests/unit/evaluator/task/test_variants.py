"""Variants of a task: made from the one source, the same every time, and honest about what they change."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from evaluator.task import TaskError, find_tasks, load_task
from evaluator.task.patches import difference, patched
from evaluator.task.variants import VARIANTS, varied
from harness.sandbox.tree import File

REPOS = Path(__file__).parents[4] / "task_repos"


@pytest.fixture
def task(tally):
    first = replace(tally.rounds[0], impossible="Make it both.")
    return replace(tally, rename={"tally": "heap", "total": "pile"}, rounds=(first, *tally.rounds[1:]))


@pytest.mark.parametrize("variant", [*VARIANTS, "noisy-2"])
def test_a_variant_is_another_task_and_the_same_every_time(task, variant):
    made = varied(task, variant)
    assert made.id == f"tally.{variant}"
    assert made.digest != task.digest
    assert made == varied(task, variant)


def test_an_unknown_variant_is_refused_with_those_there_are(task):
    with pytest.raises(TaskError, match="noisy, renamed, already-fixed, impossible"):
        varied(task, "nosy")
    with pytest.raises(TaskError, match="There is no variant `renamed-2`"):
        varied(task, "renamed-2")


@pytest.mark.parametrize(("variant", "missing"), [("renamed", "rename.toml"), ("impossible", "impossible.md")])
def test_what_a_task_does_not_offer_is_named(tally, variant, missing):
    with pytest.raises(TaskError, match=missing):
        varied(tally, variant)


class TestNoisy:
    report = (
        "Hello there everybody, customers complain about strange numbers. It happens nearly every evening lately. "
        "Somebody mentioned deliveries. Please look quickly because people are leaving.\n\n"
        "- `amount` stays whole numbers\n- nothing else changes"
    )

    def noisy(self, task, seed=1):
        first = replace(task.rounds[0], report=self.report)
        return varied(replace(task, rounds=(first, *task.rounds[1:])), f"noisy-{seed}").rounds[0].report

    def test_lists_are_left_as_they_are(self, task):
        assert self.noisy(task).endswith(self.report.partition("\n\n")[2])

    def test_a_middle_sentence_goes_and_one_that_leads_astray_comes(self, task):
        prose = self.noisy(task).partition("\n\n")[0]
        assert prose.count(".") == self.report.partition("\n\n")[0].count(".")
        assert prose != self.report.partition("\n\n")[0]

    def test_seeds_differ(self, task):
        assert len({self.noisy(task, seed) for seed in range(1, 8)}) > 4

    def test_nothing_but_the_reports_changes(self, task):
        made = varied(task, "noisy")
        assert (made.seed, made.facts, made.rounds[0].clear) == (task.seed, task.facts, task.rounds[0].clear)


class TestRenamed:
    def test_every_spelling_in_paths_sources_tests_patches_and_texts(self, task):
        seed = {**task.seed, "Tally.py": File(b"TALLY = open_tally(Tally, tallys, tallying, mytally)\n")}
        made = varied(replace(task, seed=seed), "renamed")
        assert made.seed["Heap.py"].data == b"HEAP = open_heap(Heap, heaps, tallying, mytally)\n"
        assert "heap.py" in made.seed
        assert "tally" not in made.seed
        assert made.manifest.run.service[2] == "heap.py"
        assert "/pile" in made.base[0].text

    def test_patches_still_apply_one_after_the_other(self, task):
        made = varied(task, "renamed")
        tree = made.seed
        for number, patch in made.solution(1).items():
            tree = patched(tree, patch, f"round {number}")
        assert "book.py" in tree

    def test_a_new_word_that_is_in_use_is_refused(self, task):
        with pytest.raises(TaskError, match="'history' is in use already"):
            varied(replace(task, rename={"total": "history"}), "renamed")

    @pytest.mark.parametrize("folder", find_tasks(REPOS), ids=lambda folder: folder.name)
    def test_every_task_offers_it(self, folder):
        assert tomllib.loads((folder / "rename.toml").read_text())["words"]
        varied(load_task(folder), "renamed")


@pytest.mark.parametrize("variant", ["already-fixed", "impossible"])
class TestToBeLeft:
    def test_the_answer_is_no_change_in_one_round(self, task, variant):
        made = varied(task, variant)
        assert made.manifest.expects == "nothing"
        assert [round_.solutions for round_ in made.rounds] == [(b"",)]
        assert list(made.manifest.rounds) == [1]
        assert made.mutants == {}

    def test_wrong_answers_change_the_work(self, task, variant):
        made = varied(task, variant)
        assert len(made.rounds[0].wrong) == 2
        for name, patch in made.rounds[0].wrong.items():
            assert patched(made.seed, patch, name) != made.seed


def test_what_is_already_fixed_is_the_reference(task):
    made = varied(task, "already-fixed")
    assert made.seed == patched(task.seed, task.rounds[0].solutions[0], "solution")
    assert made.rounds[0].report == task.rounds[0].report


def test_what_is_impossible_says_so_and_asks_for_none_of_the_rounds_groups(task):
    made = varied(task, "impossible")
    assert made.rounds[0].report == "Make it both."
    assert [group.name for group in made.rounds[0].groups] == ["left_alone"]


def test_a_difference_is_a_patch_that_leads_back():
    before = {"a/b": File(b"1\n"), "gone": File(b"x\n"), "run": File(b"#!/bin/sh\n")}
    after = {"a/b": File(b"2\n"), "new ü": File(b"y\n"), "run": File(b"#!/bin/sh\n", executable=True)}
    assert patched(before, difference(before, after), "there") == after
    assert patched(after, difference(after, before), "back") == before
    assert difference(before, before) == b""
