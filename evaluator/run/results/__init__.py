"""What the trials of runs say together: means, comparisons, the choice of an agent, the health of tasks."""
