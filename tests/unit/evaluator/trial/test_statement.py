"""What an agent says of its work is kept as far as it can be read, and is never an error."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.evidence import Stated, Statement
from evaluator.trial.statement import SIZE_CAP, parse_statement


def test_a_whole_statement_is_kept():
    said = {"summary": "done", "root_cause": "cache", "assumptions": ["a", "b"], "confidence": 0.7, "abstain": False}
    assert parse_statement(json.dumps(said).encode()) == (Statement(**{**said, "assumptions": ("a", "b")}), ())


def test_what_has_the_wrong_type_is_dropped_and_told():
    said, dropped = parse_statement(b'{"summary": "x", "confidence": "high", "abstain": 1, "mood": "good"}')
    assert said == Statement(summary="x")
    assert [reason.partition(":")[0] for reason in dropped] == ["confidence", "abstain", "mood"]


@pytest.mark.parametrize("confidence", ["2", "-0.1", "NaN", "Infinity", "true", "null", "[]"])
def test_a_confidence_is_a_number_from_0_to_1(confidence):
    said, dropped = parse_statement(b'{"confidence": ' + confidence.encode() + b"}")
    assert said is None
    assert dropped


@pytest.mark.parametrize("data", [b"[1]", b"{", b"\xff\xfe", b"[" * 60_000, b"x" * (SIZE_CAP + 1)])
def test_what_is_no_statement_is_none_with_a_reason(data):
    said, dropped = parse_statement(data)
    assert said is None
    assert dropped[0].startswith("everything")


def test_nothing_said_is_nothing():
    assert parse_statement(b" \n") == (None, ())


def test_text_that_cannot_be_stored_is_mended():
    said, _ = parse_statement(b'{"summary": "a\\ud800b"}')
    Stated(at=0, round=1, hand_in=1, statement=said).model_dump_json()


@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["summary", "confidence", "assumptions", "abstain", "x"]), inner, max_size=4),
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_it_never_fails(data):
    said, dropped = parse_statement(data)
    assert said is None or isinstance(said, Statement)
    assert all(isinstance(reason, str) for reason in dropped)
