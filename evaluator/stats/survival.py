"""How far a chain of rounds holds: the share of trials in which every round up to r was passed."""

from __future__ import annotations

from collections.abc import Sequence


def survival(chains: Sequence[Sequence[bool]]) -> list[float]:
    """V_r = P(S_1 .. S_r all passed) for r = 1, 2, ..., from each trial's rounds in order.

    Where all trials have the same number of rounds this is the plain share. A trial whose task ends earlier is censored
    there (Kaplan and Meier 1958), so that the curve never rises when short tasks drop out.
    """
    curve: list[float] = []
    held = 1.0
    for index in range(max(map(len, chains), default=0)):
        at_risk = [chain for chain in chains if len(chain) > index and all(chain[:index])]
        if at_risk:  # nobody left to fail: the curve stays where it is, which is 0 unless all were censored
            held *= sum(chain[index] for chain in at_risk) / len(at_risk)
        curve.append(held)
    return curve
