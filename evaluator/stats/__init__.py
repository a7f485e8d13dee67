"""How sure we are: intervals, tests, power, and what many trials say of agents and tasks. Numbers in, numbers out."""
