"""Which tasks a branch touches."""

from __future__ import annotations

from pathlib import Path

import git

from evaluator.task import TaskError, find_tasks


def changed_tasks(base: str) -> list[Path]:
    """The folders in ./task_repos with a file that differs from where HEAD left `base`, uncommitted ones included.

    Raises `TaskError` outside a git repository, or when it has no such commit.
    """
    here = Path.cwd()
    try:
        repo = git.Repo(here, search_parent_directories=True)
        common = repo.merge_base(base, "HEAD")
        if not common:
            raise TaskError(f"HEAD and {base} have no commit in common; a shallow clone may lack it (fetch-depth: 0).")
        names = repo.git.diff("--name-only", "-z", common[0].hexsha).split("\0") + repo.untracked_files
    except (git.InvalidGitRepositoryError, git.BadName, git.GitCommandError, ValueError) as error:
        raise TaskError(
            f"--changed {base}: {here} is no git repository that knows it ({type(error).__name__})."
        ) from error
    top = Path(repo.working_dir)
    changed = [top / name for name in names if name]
    return [folder for folder in find_tasks(here / "task_repos") if any(p.is_relative_to(folder) for p in changed)]
