"""The files that a task protects: restored before a grade, whatever an agent made of them."""

from __future__ import annotations

from fnmatch import fnmatchcase

from evaluator.task import Task
from harness.sandbox import Tree


def protected_files(task: Task) -> Tree:
    """The files, as they were at the seed."""
    patterns = task.manifest.protected
    return {path: file for path, file in task.seed.items() if any(fnmatchcase(path, pattern) for pattern in patterns)}


def tampered(tree: Tree, task: Task) -> tuple[str, ...]:
    """Those whose bytes are others, or gone; a file's mode is nobody's business."""
    ours = protected_files(task)
    return tuple(path for path, own in ours.items() if path not in tree or tree[path].data != own.data)


def restored(tree: Tree, task: Task) -> Tree:
    """`tree` with the protected files as they were; what stands in their way goes."""
    ours = protected_files(task)
    pairs = ((path, own) for path in tree for own in ours)
    in_the_way = {path for path, own in pairs if own.startswith(f"{path}/") or path.startswith(f"{own}/")}
    return {**{path: file for path, file in tree.items() if path not in in_the_way}, **ours}
