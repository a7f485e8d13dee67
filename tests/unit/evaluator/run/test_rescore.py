"""Scores computed again from a run folder: the same bytes when nothing changed, and only from what is stored."""

import json
import shutil

import pytest

from evaluator.evidence import SCORING_VERSION, Asked, Grade, GroupResult, TurnEnded
from evaluator.run.folder import RunError, RunFolder, RunInfo, TaskRef, read_results
from evaluator.run.rescore import check_versions, rescore, siblings_of
from evaluator.run.stored_tasks import store_reference, store_task
from evaluator.scoring.quality.reference import measure_rounds, states
from evaluator.scoring.trial import Siblings
from evaluator.trial.history import History, read_bundle
from evaluator.trial.record import RoundRecord, TrialRecord
from evaluator.trial.trial import TrialSpec, trial_result


class Host:
    kind, limits = "memory", "full"


def played(task, tmp_path, *, attempt=1, variant="vague", start=1, red=(), asks=0):
    """A trial that did what the reference does; `red` rounds are graded as failed."""
    spec = TrialSpec("fake", task, attempt, 1.0, variant, start)
    trees = states(task)
    history = History(tmp_path / f"{spec.name}.git", trees[start - 1])
    records, events = [], []
    for round_ in spec.rounds:
        n = round_.number
        history.commit(trees[n], "work")
        history.tag(f"round-{n}")
        groups = {
            g.id: GroupResult(round=g.round, weight=1, critical=False, passed=not (n in red and g.round == n), tests={})
            for g in task.required(n)
        }
        grade = Grade(round=n, hand_in=1, groups=groups, probes={}, start_s=0.1, reason="", wall_s=0.1)
        records.append(RoundRecord(round_, ["please"], [b"diff"], [grade], trees[n - 1], trees[n], 1.5))
        events.append(
            TurnEnded(
                at=1, round=n, hand_in=1, reason="finished", wall_s=1.5, exit_code=0, overrun_s=0, output="",
            )
        )  # fmt: skip
        events += [Asked(at=1, round=n, question="?", fact=None, answer="no") for _ in range(asks)]
    bundle = tmp_path / f"{spec.name}.bundle"
    history.bundle(bundle)
    measures = measure_rounds(task, {r.round.number: (r.start, r.end) for r in records})
    result = trial_result(spec, host=Host, records=records, events=events, measures=measures, flags=(), wall_s=9)
    return TrialRecord(result, events, records, bundle.read_bytes(), measures)


@pytest.fixture
def stored(tally, tmp_path):
    """A stored run of the given trials; its folder."""

    def store(*records, keep_task=True):
        run = tmp_path / "run"
        ref = TaskRef(id=tally.id, version=1, digest=tally.digest, folder="tally")
        info = RunInfo(
            id="r", created="now", agents=("fake",), tasks=(ref,), attempts=1, deadline_scale=1, sandbox="memory",
            versions={}, machine={},
        )  # fmt: skip
        with RunFolder(run) as folder:
            folder.write_info(info)
            if keep_task:
                store_task(run, tally)
                store_reference(run, tally)
            for record in records:
                folder.save(record)
        return run

    return store


def content(run):
    return {str(path.relative_to(run)): path.read_bytes() for path in sorted(run.rglob("*")) if path.is_file()}


def test_nothing_changed_is_nothing_written(stored, tally, tmp_path):
    run = stored(played(tally, tmp_path), played(tally, tmp_path, attempt=2, red=(2,)))
    rescore(run)
    before, times = content(run), {path: path.stat().st_mtime_ns for path in run.rglob("result.json")}
    assert rescore(run).changed == 0
    assert content(run) == before
    assert {path: path.stat().st_mtime_ns for path in run.rglob("result.json")} == times


@pytest.mark.parametrize("measure", [False, True])
def test_what_a_trial_stored_at_its_end_is_what_rescoring_finds(stored, tally, tmp_path, measure):
    run = stored(played(tally, tmp_path), played(tally, tmp_path, attempt=2, red=(1, 3)))
    trials = {path: data for path, data in content(run).items() if path.startswith("trials")}
    assert rescore(run, measure=measure).changed == 0
    assert {path: data for path, data in content(run).items() if path.startswith("trials")} == trials


def test_scores_of_an_old_version_are_brought_up_to_date(stored, tally, tmp_path):
    run = stored(played(tally, tmp_path))
    place = run / "trials" / "fake--tally--1"
    new = (place / "result.json").read_bytes()
    old = json.loads(new) | {"scoring_version": 1, "scores": {"correctness": 0.1, "composite": 10}}
    for key in ("score_parts", "subskills", "composites", "variant", "start"):
        del old[key]
    (place / "result.json").write_text(json.dumps(old))
    (place / "measures.json").unlink()
    with pytest.raises(RunError, match="relaybench rescore"):
        check_versions({str(run): read_results(run)})
    assert rescore(run).changed == 1
    assert (place / "result.json").read_bytes() == new
    check_versions({str(run): read_results(run)})
    assert read_results(run)[0].scoring_version == SCORING_VERSION


def test_measures_of_another_history_are_taken_again(stored, tally, tmp_path):
    run = stored(played(tally, tmp_path))
    place = run / "trials" / "fake--tally--1" / "measures.json"
    kept = place.read_bytes()
    place.write_text(json.dumps(json.loads(kept) | {"history": "0" * 64, "rounds": {"1": {"failed": "forged"}}}))
    rescore(run)
    assert place.read_bytes() == kept


def test_a_run_without_its_tasks_says_what_to_do(stored, tally, tmp_path, monkeypatch):
    run = stored(played(tally, tmp_path), keep_task=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RunError, match="no copy of task tally"):
        rescore(run)


def test_a_stored_task_is_the_same_bytes_and_the_same_task(stored, tally, tmp_path):
    run = stored(played(tally, tmp_path))
    (packed,) = (run / "tasks").glob("*.tar.gz")
    data = packed.read_bytes()
    packed.unlink()
    store_task(run, tally)
    assert packed.read_bytes() == data
    packed.write_bytes(data[:-200])
    with pytest.raises(RunError, match="cannot be read"):
        rescore(run)


def test_a_run_of_another_task_is_refused(stored, tally, tmp_path):
    run = stored(played(tally, tmp_path))
    info = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(info | {"tasks": []}))
    with pytest.raises(RunError, match="does not name"):
        rescore(run)


def test_arms_are_not_averaged_in_but_say_something_of_the_others(stored, tally, tmp_path):
    run = stored(
        played(tally, tmp_path, red=(2,), asks=1),
        played(tally, tmp_path, variant="clear", asks=2),
        played(tally, tmp_path, start=2, red=(2,)),
        played(tally, tmp_path, start=3),
    )
    summary = rescore(run).summary
    (agent,) = summary["agents"]
    assert agent["trials"] == 1
    assert summary["arms"] == {"clear": 1, "from2": 1, "from3": 1}
    results = {result.name: result for result in read_results(run)}
    assert set(results) == {f"fake--tally--1{arm}" for arm in ("", "+clear", "+from2", "+from3")}
    assert results["fake--tally--1"].score_parts["adaptability"]["carry"] == 1.0, "it fails where the control does"
    assert siblings_of(results["fake--tally--1"], list(results.values())) == Siblings({2: False, 3: True}, 1.0)
    again = content(run)
    assert rescore(run).changed == 0
    assert content(run) == again


def test_many_trials_are_scored_in_processes_with_the_same_result(stored, tally, tmp_path):
    run = stored(*(played(tally, tmp_path, attempt=n) for n in (1, 2)))
    shutil.copytree(run, tmp_path / "copy")
    rescore(run)
    rescore(tmp_path / "copy", jobs=2)
    assert content(run) == content(tmp_path / "copy")


def test_a_history_is_read_back_as_it_was_written(tally, tmp_path):
    record = played(tally, tmp_path)
    (tmp_path / "h.bundle").write_bytes(record.bundle)
    trees = read_bundle(tmp_path / "h.bundle")
    assert trees == dict(zip(["", "round-1", "round-2", "round-3"], map(dict, states(tally)), strict=True))


def test_a_history_that_is_none_is_told(tmp_path):
    (tmp_path / "h.bundle").write_bytes(b"nonsense")
    with pytest.raises(RuntimeError):
        read_bundle(tmp_path / "h.bundle")


def test_the_command_says_how_much_changed(stored, tally, tmp_path):
    from click.testing import CliRunner

    from evaluator.cli import relaybench

    run = stored(played(tally, tmp_path))
    said = CliRunner().invoke(relaybench, ["rescore", str(run)], catch_exceptions=False)
    assert said.output == f"{run}: 1 trials scored again, nothing changed\n"
    told = CliRunner().invoke(relaybench, ["rescore", str(run), "--json"], catch_exceptions=False)
    assert json.loads(told.output) == [{"run_dir": str(run), "trials": 1, "changed": 0}]
