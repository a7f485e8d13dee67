"""The pages of one trial: the trial itself, the change of each round, the trajectory, the model calls.

`pages` are all of them, for writing; a server makes the one that is asked for.
"""
