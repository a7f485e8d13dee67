"""Tasks: what they are made of (`model`), how they are read (`loading`)."""

from evaluator.task.loading import find_tasks, load_task
from evaluator.task.model import Constraint, Fact, Group, Round, Run, Task, TaskError

__all__ = ["Constraint", "Fact", "Group", "Round", "Run", "Task", "TaskError", "find_tasks", "load_task"]
