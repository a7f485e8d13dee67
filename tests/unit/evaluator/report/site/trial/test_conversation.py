from evaluator.evidence import (
    Acted,
    Action,
    Asked,
    BoxReplaced,
    Fault,
    Faulted,
    Graded,
    HandedIn,
    Message,
    Metered,
    OwnTests,
    Stated,
    Statement,
    TestsJudged,
    TurnEnded,
    Usage,
)  # fmt: skip
from evaluator.report.site.trial import conversation as module
from evaluator.report.site.trial.conversation import conversation

TURN = {"hand_in": 1, "reason": "finished", "wall_s": 5, "exit_code": 0, "overrun_s": 0}


def asked(at, round_=1, question="since when?", answer="friday"):
    return Asked(at=at, round=round_, question=question, fact="when", answer=answer)


def test_what_happened_stands_in_order_by_round():
    events = [
        Message(at=1, round=1, hand_in=1, kind="report", text="it breaks"),
        TurnEnded(at=9, round=1, output="done", **TURN),
        Metered(at=9, round=1, hand_in=1, usage=Usage(calls=2)),
        Acted(
            at=9, round=1, hand_in=1, actions=(Action(at=2, kind="edit", text="x"), Action(at=3, kind="test", text="y"))
        ),
        asked(4),  # told only afterwards
        Stated(at=9.5, round=1, hand_in=1, statement=Statement(summary="mended")),
        HandedIn(at=10, round=1, hand_in=1, changed=("a",), protected=(), dropped=(), left_running=(), breach=None),
        Graded(at=12, round=1, hand_in=1, red=("x",), reason=""),
        Message(at=13, round=2, hand_in=1, kind="report", text="and now"),
        BoxReplaced(at=14, round=2, why="it died"),
        Faulted(at=15, round=2, fault=Fault(id="busy", kind="status 429", at=15, recovered=True)),
        TestsJudged(at=90, round=1, own_tests=OwnTests(files=("t.py",))),
    ]
    first, second = conversation(events)
    assert [(entry.who, entry.kind) for entry in first.entries] == [
        ("reporter", "report"), ("agent", "question"), ("reporter", "answer"), ("agent", "turn"), ("note", "metered"),
        ("note", "acted"), ("agent", "statement"), ("agent", "hand_in"), ("grader", "grade"), ("note", "own_tests"),
    ]  # fmt: skip
    assert [(entry.who, entry.kind, entry.text) for entry in second.entries] == [
        ("reporter", "report", "and now"), ("note", "box", "it died"), ("note", "fault", ""),
    ]  # fmt: skip
    assert (first.number, second.number) == (1, 2)


def test_nothing_was_said():
    assert conversation([]) == []


def test_who_asks_without_end_does_not_drown_the_rest():
    questions = [asked(n / 1000, question="why? " * 500) for n in range(2_000)]
    (part,) = conversation([*questions, TurnEnded(at=99, round=1, output="done", **TURN)])
    assert part.entries[-1].kind == "turn"
    assert part.left_out == 4_001 - len(part.entries)
    assert sum(len(entry.text) for entry in part.entries) <= module.MOST
