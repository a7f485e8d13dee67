import pytest
from read_pages import read_page

from evaluator.report.site.site import AXES
from evaluator.report.site.trial.explained import PARTS, explained
from evaluator.scoring.composite import composite
from evaluator.scoring.gates import gated


def test_the_points_add_up_to_the_composite_of_every_trial(site):
    completed = [one for one in site.trials.values() if one.outcome == "completed"]
    assert len(completed) > 10
    for result in completed:
        found = explained(result)
        if not found.gate:
            brought = [axis.brought for axis in found.axes if axis.brought is not None]
            assert sum(brought) == pytest.approx(result.scores["composite"])
            assert sum(axis.share for axis in found.axes if axis.share is not None) == pytest.approx(100)


def scored(make_trial, flags=(), **scores):
    full = {axis: scores.get(axis) for axis in AXES}
    return make_trial(scores={**full, "composite": 0.0 if gated(flags) else composite(full)}, flags=flags)


def test_little_correctness_makes_the_other_axes_count_less(make_trial):
    result = scored(make_trial, correctness=0.25, quality=1.0)
    found = explained(result)
    assert found.trust == 0.5
    assert sum(axis.brought or 0 for axis in found.axes) == pytest.approx(found.composite)


def test_an_absent_axis_has_no_share(make_trial):
    found = {axis.name: axis for axis in explained(scored(make_trial, correctness=1.0, recovery=None)).axes}
    assert found["recovery"].value is found["recovery"].share is found["recovery"].brought is None
    assert found["correctness"].share == pytest.approx(100)


def test_a_gate_that_made_it_nothing_is_named(make_trial):
    found = explained(scored(make_trial, ("protected_path", "harmless"), correctness=1.0))
    assert found.composite == 0
    assert found.gate == ["protected_path"]


def test_a_trial_without_any_score(make_trial):
    found = explained(make_trial(scores={}))
    assert found.composite is None
    assert all(axis.brought is None for axis in found.axes)


def test_every_part_is_explained_and_leads_to_its_evidence(site, written):
    pages, _ = written
    for result in site.trials.values():
        if result.outcome != "completed":
            continue
        ids = read_page(pages[f"trials/{result.name}/index.html"]).ids
        for axis in explained(result).axes:
            for part in axis.parts:
                assert part.meaning, (axis.name, part.name)
                assert part.evidence in ids, (axis.name, part.name)
    assert PARTS.keys() == set(AXES)
