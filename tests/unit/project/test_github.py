"""What GitHub reads: owners, workflows."""

from pathlib import Path

from evaluator.task import find_tasks, load_task

TOP = Path(__file__).parents[3]


def test_every_task_has_the_owners_that_it_names():
    lines = (TOP / ".github/CODEOWNERS").read_text().splitlines()
    for folder in find_tasks(TOP / "task_repos"):
        assert f"/task_repos/{folder.name}/ {' '.join(load_task(folder).manifest.owners)}" in lines
    named = [line.split("/")[2] for line in lines if line.startswith("/task_repos/")]
    assert named == [folder.name for folder in find_tasks(TOP / "task_repos")]
