"""How a turn ended, by what the gateway knows of its calls, whatever the program says."""

from types import SimpleNamespace

import pytest

from harness.agents.metered import Metered
from harness.agents.protocol import Needs, Turn, TurnEnd
from harness.gateway import Call, Usage

TURN = Turn(1, True, "please", 9.0)


def call(outcome, status=200, **more):
    given = {"id": 1, "at": "", "began_s": 0.0, "round": 1, "hand_in": 1, "between_turns": False, "method": "POST",
             "path": "/v1/messages", "kind": "generate", "outcome": outcome, "status": status}  # fmt: skip
    return Call(**{**given, **more})


def ended(calls, end, limit=None, **members):
    session = SimpleNamespace(
        begin_turn=lambda *_: None, end_turn=lambda: Usage(limit_hit=limit), ledger=SimpleNamespace(calls=list(calls))
    )
    agent = SimpleNamespace(turn=lambda turn: end, **members)
    return Metered(agent, session, {}).turn(TURN)


@pytest.mark.parametrize(("outcome", "status"), [("upstream_error", 400), ("unreachable", 502), ("fault", 429)])
def test_a_turn_whose_last_call_failed_has_failed_whatever_the_exit_status(outcome, status):
    end = ended([call("ok"), call(outcome, status)], TurnEnd("finished", 1.0, 0, output="all done"))
    assert end.reason == "failed"
    assert end.output == f"[its last model call failed: status {status}]\nall done"


def test_a_failure_that_was_got_over_is_none():
    assert ended([call("upstream_error", 429), call("ok")], TurnEnd("finished", 1.0, 0)).reason == "finished"


@pytest.mark.parametrize("other", [{"round": 2}, {"hand_in": 2}, {"auxiliary": True}, {"kind": "models"}])
def test_other_calls_say_nothing_of_the_turn(other):
    calls = [call("ok"), call("upstream_error", 400, **other)]
    assert ended(calls, TurnEnd("finished", 1.0, 0)).reason == "finished"


def test_a_limit_is_the_reason_before_all_others():
    end = ended([call("limit", 400)], TurnEnd("timed_out", 1.0), "3 calls in this round")
    assert (end.reason, end.output) == ("failed", "[ended: 3 calls in this round]\n")


def test_a_deadline_stays_one():
    assert ended([call("upstream_error", 500)], TurnEnd("timed_out", 1.0)).reason == "timed_out"


def test_what_an_agent_needs_of_its_box_is_passed_on():
    needs = Needs(memory_mb=1024)
    assert Metered(SimpleNamespace(needs=needs), None, {}).needs == needs
    assert Metered(SimpleNamespace(), None, {}).needs == Needs()
