"""One conversation: an agent, a task, a box; the reporter, the grading, the history."""
