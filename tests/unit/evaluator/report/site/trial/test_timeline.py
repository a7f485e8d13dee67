import re

import html5lib

from evaluator.evidence import Asked, Graded, Message, TurnEnded
from evaluator.report.site.trial.timeline import timeline

TURN = {"hand_in": 1, "reason": "finished", "wall_s": 5, "exit_code": 0, "overrun_s": 0, "output": ""}


def events(scale=1.0):
    return [
        Message(at=0, round=1, hand_in=1, kind="report", text="<b>"),
        Asked(at=2 * scale, round=1, question="?", fact=None, answer="!"),
        TurnEnded(at=8 * scale, round=1, **TURN),
        Graded(at=9 * scale, round=1, hand_in=1, red=("x",), reason=""),
        Graded(at=10 * scale, round=1, hand_in=2, red=(), reason=""),
    ]


def test_a_trial_at_a_glance(site):
    calls = [call for call in _calls(site) if call.outcome != "ok"]
    svg = timeline(events(), calls)
    html5lib.HTMLParser(strict=True).parseFragment(svg)
    assert f'aria-label="{len(calls)} model calls, 1 questions and 2 grades over 10 seconds."' in svg
    assert [svg.count(f'class="{kind}"') for kind in ("turn r0", "asked", "good", "bad", "call bad")] == [1, 1, 1, 2, 1]
    places = [float(x) for x in re.findall(r' x="([^"]+)"', svg)]
    assert all(0 <= x <= 1000 for x in places)


def _calls(site):
    from evaluator.run.stored_trial import read_calls

    return read_calls(site.run / "trials/codex--tally--1/models/ledger.jsonl")


def test_nothing_happened():
    assert timeline([], ()) is None
    assert timeline([Message(at=0, round=1, hand_in=1, kind="report", text="")], ()) is None


def test_everything_happened_at_once():
    svg = timeline(events(0.0), ())
    html5lib.HTMLParser(strict=True).parseFragment(svg)
    assert "nan" not in svg
