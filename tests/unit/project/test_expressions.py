"""The test helper that works out `${{ }}`: right about what it knows, and it refuses the rest."""

import pytest
from actions.expressions import Refused, evaluate, resolve

CONTEXTS = {
    "github": {"event_name": "push", "event": {"label": {"name": "evaluate"}}, "run_attempt": "2"},
    "inputs": {"dry-run": False, "agents": "", "shards": None},
    "matrix": {"providers": "openai google"},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("github.event_name == 'push'", True),
        ("github.event_name != 'PUSH'", False),
        ("inputs.agents || inputs.shards || 'nop'", "nop"),
        ("contains(matrix.providers, 'google') && 'key' || ''", "key"),
        ("contains(matrix.providers, 'anthropic') && 'key' || ''", ""),
        ("!inputs.dry-run", True),
        ("github.run_attempt > 1", True),
        ("github.event.pull_request.number", None),
        ("github.event.pull_request.number || 'none'", "none"),
        ("'it''s' == 'it''s' && (true && 7)", 7),
        ("'a' || 'b' && 'c'", "a"),
        ("fromJSON('{\"include\": []}')", {"include": []}),
    ],
)
def test_it_knows(text, value):
    assert evaluate(text, CONTEXTS) == value


@pytest.mark.parametrize(
    "text",
    [
        "inputs.agent",
        "needs.plan.outputs.x",
        "hashFiles('*')",
        "a ? b : c",
        "'open",
        "github.event_name ==",
        "(true",
        "1 2",
    ],
)
def test_it_refuses(text):
    with pytest.raises(Refused):
        evaluate(text, CONTEXTS)


def test_a_text_is_filled_and_one_expression_keeps_its_type():
    assert (
        resolve("a ${{ github.event_name }} b ${{ inputs.dry-run }}${{ inputs.shards }}", CONTEXTS) == "a push b false"
    )
    assert resolve("${{ inputs.dry-run }}", CONTEXTS) is False
    assert resolve("${{ 'x' }}${{ 'y' }}", CONTEXTS) == "xy"
    assert resolve(90, CONTEXTS) == 90
