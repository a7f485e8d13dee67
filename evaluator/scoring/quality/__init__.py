"""Quality: what the change looks like to somebody who has to read and keep it.

measure.py    two trees -> `Measures`: tokens, functions, clones, lint, public names. Parsers only, nothing is run
worker.py     the process in which that happens: the trees are an agent's
measurer.py   the host's side of it: time and memory are bounded
reference.py  the same of the task's own solutions
score.py      `Measures` and reference -> the axis
"""
