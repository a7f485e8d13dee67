import pytest

from evaluator.report.site.site import read_site
from evaluator.report.site.trial.facts import facts
from evaluator.report.site.trial.told import read_told
from evaluator.scoring.correctness import DAMAGE

TRIAL = "codex--tally--1"


@pytest.fixture(scope="session")
def told(site):
    return read_told(site, site.trials[TRIAL])


def test_every_round_has_its_facts_on_every_axis(told):
    found = facts(told)
    rounds = [one.n for one in told.result.rounds]
    for axis in ("correctness", "adaptability", "efficiency", "deployability"):
        assert sorted({fact.round for fact in found[axis]}) == rounds, axis
    assert all(fact.words for each in found.values() for fact in each if fact.name != "aim")


def test_facts_are_the_numbers_that_the_score_was_made_of(told):
    found = facts(told)
    new = {fact.round: fact.value for fact in found["correctness"] if fact.name == "new (F)"}
    damage = {fact.round: fact.value for fact in found["correctness"] if fact.name == "damage"}
    for one in told.result.rounds:
        whole = new[one.n] * max(0.0, 1 - DAMAGE * damage[one.n])
        assert one.correctness in (pytest.approx(whole), 0.0)  # 0 where something critical broke
    asked = [fact for fact in found["clarification"] if fact.value]
    assert len(asked) <= told.result.questions == len(found["clarification"])


def test_no_facts_without_the_task_or_for_a_trial_that_broke(site, own):
    broken = next(one for one in site.trials.values() if one.outcome != "completed")
    assert facts(read_told(site, broken)) == {}
    for file in (own / "tasks").iterdir():
        file.unlink()
    bare = read_site(own)
    assert facts(read_told(bare, bare.trials[TRIAL])) == {}
