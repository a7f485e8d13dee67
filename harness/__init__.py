"""The box and what goes in it. Knows nothing of tasks, rounds or scores (see README.md)."""
