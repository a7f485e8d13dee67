"""What the simulated user says, and what it keeps to itself."""

from dataclasses import replace

import pytest

from evaluator.evidence import Grade, GroupResult
from evaluator.task import Fact
from evaluator.trial.grading import all_failed
from evaluator.trial.reporter import UNKNOWN, Reporter


def graded(task, number: int, *red: str) -> Grade:
    groups = {
        group.id: GroupResult(round=group.round, weight=1, critical=False, passed=group.id not in red, tests={})
        for group in task.required(number)
    }
    assert set(red) <= set(groups)
    return Grade(round=number, hand_in=1, groups=groups, probes={}, start_s=0.1, reason="", wall_s=0.0)


@pytest.fixture
def reporter(tally):
    return Reporter(tally)


class TestComplaints:
    def test_a_round_opens_with_its_report(self, reporter, tally):
        assert reporter.report(tally.rounds[1]) == tally.rounds[1].report

    def test_with_noise_it_was_typed_in_a_hurry_and_always_the_same(self, reporter, tally):
        rounds = tally.rounds
        said = [[Reporter(tally, noise=seed).report(round_) for round_ in rounds] for seed in (7, 7, 8)]
        assert said[0] == said[1] != said[2]
        assert all(text != round_.report for text, round_ in zip(said[0], rounds, strict=True))

    def test_a_clear_one_never_types_in_a_hurry(self, tally):
        assert Reporter(tally, clear=True, noise=7).report(tally.rounds[0]) == tally.rounds[0].clear

    def test_a_red_group_of_the_round_has_its_own_words(self, reporter, tally):
        said = reporter.complaint(tally.rounds[0], graded(tally, 1, "1-fix/negative"))
        assert said == "Refunds still do not come off the total."

    def test_what_used_to_work_comes_after_the_rounds_own_trouble(self, reporter, tally):
        said = reporter.complaint(tally.rounds[0], graded(tally, 1, "base/total", "1-fix/negative"))
        assert said == "Refunds still do not come off the total.\n\nAnd now the totals themselves are off!"

    def test_an_earlier_rounds_group_is_complained_about_in_that_rounds_words(self, reporter, tally):
        said = reporter.complaint(tally.rounds[2], graded(tally, 3, "1-fix/negative"))
        assert said == "Refunds still do not come off the total."

    def test_a_group_nobody_wrote_about_gets_the_default(self, reporter, tally):
        assert (
            reporter.complaint(tally.rounds[2], graded(tally, 3, "3-refactor/structure")) == "It still is one big file."
        )
        assert reporter.complaint(tally.rounds[1], graded(tally, 2, "base/total")) == "I do not see the history."

    def test_no_more_than_two_things_are_said_and_none_twice(self, tally):
        words = {"default": "d", "negative": "same", "base/total": "same", "2-feature/history": "b", "structure": "c"}
        round_ = replace(tally.rounds[2], complaints=words)
        everything = graded(tally, 3, *(group.id for group in tally.required(3)))
        said = Reporter(tally).complaint(round_, everything).split("\n\n")
        assert said == ["c", "same"]

    def test_work_that_does_not_run_is_told_as_that(self, reporter, tally):
        said = reporter.complaint(tally.rounds[0], all_failed(tally, 1, 1, "the service ended with status 1"))
        assert said == "Now it does not even run for me. Still broken."
        assert "status" not in said

    def test_no_complaint_names_a_group_or_a_test(self, reporter, tally):
        for round_ in tally.rounds:
            said = reporter.complaint(
                round_, graded(tally, round_.number, *(g.id for g in tally.required(round_.number)))
            )
            assert not any(group.id in said or "test_" in said for group in tally.required(round_.number))


class TestAnswers:
    def test_a_question_unlocks_its_fact(self, reporter, tally):
        fact, answer = reporter.answer(tally.rounds[0], "Which amount did you enter when it broke?")
        assert (fact, answer) == ("which-amount", "It happened when I booked a refund, so minus five or so.")

    def test_a_fact_of_another_round_is_not_known(self, reporter, tally):
        question = "How many entries should the history keep?"
        assert reporter.answer(tally.rounds[0], question) == (None, UNKNOWN)
        assert reporter.answer(tally.rounds[1], question)[0] == "history-length"

    def test_a_fact_without_rounds_is_known_in_all(self, tally):
        fact = Fact(id="browser", value="Firefox.", questions=("Which browser do you use?", "What browser is it?"))
        reporter = Reporter(replace(tally, facts=(fact,)))
        assert {reporter.answer(round_, "Which browser do you use?") for round_ in tally.rounds} == {
            ("browser", "Firefox.")
        }

    @pytest.mark.parametrize("question", ["", "???", "What is the weather like in Lisbon?", "\x00\n" * 50])
    def test_an_unknown_question_unlocks_nothing(self, reporter, tally, question):
        assert reporter.answer(tally.rounds[0], question) == (None, UNKNOWN)
