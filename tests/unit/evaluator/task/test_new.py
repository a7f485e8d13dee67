"""Beginning a task: what is written works as a task, and says in each file what belongs there."""

import re
import tomllib

import pytest

from evaluator.task import TaskError, load_task
from evaluator.task.new import _SENTENCES, MARK, new_task, unfinished


def test_a_new_task_is_a_task_with_its_own_name_owners_and_canary(tmp_path):
    one = load_task(new_task(tmp_path / "one", ["@me", "@team/us"]))
    two = load_task(new_task(tmp_path / "two", ["@me"]))
    assert (one.id, one.manifest.owners) == ("one", ("@me", "@team/us"))
    assert len({one.manifest.canary, two.manifest.canary}) == 2
    assert [round_.kind for round_ in one.rounds] == ["fix", "feature", "refactor"]


def test_every_sentence_stands_in_its_file_and_is_found_there(tmp_path):
    folder = new_task(tmp_path / "one", ["@me"])
    left = unfinished(folder)
    assert {line.split(":")[0] for line in left} == set(_SENTENCES)
    assert all(re.match(r"[\w./-]+:1: \w", line) for line in left)
    for path in folder.rglob("*.toml"):
        tomllib.loads(path.read_text())


def test_a_task_without_a_mark_is_finished(tmp_path):
    folder = new_task(tmp_path / "one", ["@me"])
    for name in _SENTENCES:
        path = folder / name
        path.write_text("".join(line for line in path.open() if MARK not in line))
    assert unfinished(folder) == []


def test_nothing_is_overwritten_and_names_are_checked(tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(TaskError, match="exists already"):
        new_task(tmp_path / "there", ["@me"])
    with pytest.raises(TaskError, match="small letters, digits and dashes"):
        new_task(tmp_path / "My Task", ["@me"])
