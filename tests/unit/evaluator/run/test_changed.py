"""Which tasks a branch touches."""

import git
import pytest

from evaluator.run.changed import changed_tasks
from evaluator.task import TaskError


@pytest.fixture
def repo(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two", "three"):
        (tmp_path / "task_repos" / name).mkdir(parents=True)
        (tmp_path / "task_repos" / name / "task.toml").write_text(name)
    made = git.Repo.init(tmp_path, initial_branch="main")
    with made.config_writer() as config:
        config.set_value("user", "name", "n")
        config.set_value("user", "email", "n@example.com")
    made.git.add(".")
    made.git.commit("-m", "main")
    made.git.checkout("-b", "topic")
    return made


def names(base="main"):
    return [folder.name for folder in changed_tasks(base)]


def test_an_untouched_branch_touches_none(repo):
    assert names() == []


def test_what_is_committed_changed_or_new_counts(repo, tmp_path):
    (tmp_path / "task_repos/one/task.toml").write_text("committed")
    repo.git.commit("-am", "x")
    (tmp_path / "task_repos/two/task.toml").write_text("not yet")
    (tmp_path / "task_repos/three/new ü file").write_text("untracked")
    (tmp_path / "other").write_text("no task")
    assert names() == ["one", "three", "two"]


def test_what_the_base_did_meanwhile_does_not_count(repo, tmp_path):
    repo.git.checkout("main")
    (tmp_path / "task_repos/one/task.toml").write_text("main moved")
    repo.git.commit("-am", "x")
    repo.git.checkout("topic")
    assert names() == []


def test_a_removed_task_is_no_task_to_check(repo, tmp_path):
    repo.git.rm("-r", "task_repos/one")
    repo.git.commit("-m", "gone")
    assert names() == []


def test_a_base_that_is_not_known_is_named(repo, tmp_path, monkeypatch):
    with pytest.raises(TaskError, match="--changed nowhere"):
        changed_tasks("nowhere")


def test_outside_a_repository_it_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TaskError, match="no git repository"):
        changed_tasks("main")
