import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.report.site.page import lines
from evaluator.report.site.trial import steps
from evaluator.report.site.trial.steps import paged, wholes


def step(message="looks", calls=(), **extra):
    """A step of these calls: (tool, arguments, output)."""
    asked = [{"tool_call_id": f"t{n}", "function_name": one[0], "arguments": one[1]} for n, one in enumerate(calls)]
    told = [{"source_call_id": f"t{n}", "content": one[2]} for n, one in enumerate(calls) if one[2] is not None]
    return {
        "step_id": 1, "source": "agent", "message": message, "extra": {"round": 1, "hand_in": 2, **extra},
        "tool_calls": asked, "observation": {"results": told},
    }  # fmt: skip


def only(*told):
    (page,) = paged({"steps": list(told)})
    return page.steps


def test_a_step_with_its_commands_and_outputs():
    (found,) = only(step("looks", [("Bash", {"command": "ls -la"}, "a b"), ("Read", {"path": "x"}, None)]))
    assert (found.number, found.source, found.message.head) == (1, "agent", "looks")
    assert [(c.name, c.command, c.given.head, [t.head for t, _ in c.results], c.whole) for c in found.calls] == [
        ("Bash", True, "ls -la", ["a b"], [1]), ("Read", False, "path: x", [], []),
    ]  # fmt: skip


def test_what_is_known_of_a_step_in_a_line():
    metrics = {"prompt_tokens": 12_345, "completion_tokens": 6, "cost_usd": 0.5, "extra": {"total_s": 2.5}}
    told = step(auxiliary=True) | {"model_name": "m", "metrics": metrics}
    assert only(told)[0].facts == ["round 1.2", "m", "12.3k in", "6 out", "$0.50", "2.5 s", "beside the work"]


def test_failed_calls_stand_before_their_step():
    failed = [{"call": 3, "outcome": "fault", "status": 429, "fault": "busy"}, {"call": 4, "outcome": "lost"}]
    assert only(step(failed_calls=failed))[0].troubles == [
        "call 3 ended as fault, status 429 (planned fault busy)", "call 4 ended as lost",
    ]  # fmt: skip


def test_a_tool_that_failed_says_so():
    told = step("x", [("Bash", {"command": "false"}, "no")])
    told["observation"]["results"][0]["extra"] = {"is_error": True}
    assert only(told)[0].calls[0].results[0][1] is True


def test_of_a_long_output_the_ends_are_shown_and_the_whole_is_kept_beside():
    output = "".join(chr(97 + n % 26) for n in range(20_000))
    told = {
        "steps": [step("a", [("Bash", {"command": "x"}, "short")]), step("b", [("Bash", {"command": "x"}, output)])]
    }
    shown = paged(told)[0].steps[1].calls[0].results[0][0]
    assert (shown.head, shown.tail) == (output[: steps.HEAD], output[-steps.TAIL :])
    assert (shown.cut, shown.length) == (20_000 - steps.HEAD - steps.TAIL, 20_000)
    assert list(wholes(told)) == [(2, 1, output)]


def test_an_output_without_end_is_cut_and_says_so():
    ((_, _, text),) = wholes({"steps": [step("x", [("Bash", {"command": "x"}, "y" * 10_000_000)])]})
    assert len(text) < steps.WHOLE + 200
    assert "[cut: 10,000,000 characters in all; the rest is in trajectory.json]" in text


def test_steps_are_laid_out_in_pages():
    told = [step("x" * 5_000, round=1 + n // 200) for n in range(400)]
    pages = paged({"steps": told})
    assert len(pages) > 4
    assert [one.number for page in pages for one in page.steps] == list(range(1, 401))
    assert pages[0].rounds == [1]
    assert pages[-1].rounds == [2]


@pytest.mark.parametrize("text", ["\x00", "&", "\ud800"])
def test_no_page_is_too_large_whatever_is_on_it(text):
    told = [step(text * 4_000, [("Bash", {"command": text * 9_000}, text * 9_000)] * 12) for _ in range(2)]
    for page in paged({"steps": told}):
        texts = [
            t
            for s in page.steps
            for t in (s.message, *(c.given for c in s.calls), *(r for c in s.calls for r, _ in c.results))
        ]
        assert sum(len(lines(t.head)) + len(lines(t.tail)) for t in texts) < 700_000


def test_of_some_thousand_tools_in_a_step_the_rest_is_counted():
    (found,) = only(step("x", [("Bash", {"command": "y" * 100}, "z")] * 1_500))
    assert 100 < len(found.calls) < 2_000
    assert found.left_out == 1_500 - len(found.calls)


def test_no_steps_are_one_page():
    assert [page.steps for page in paged({"steps": []})] == [[]]


def test_a_trajectory_nested_without_end():
    deep = json.loads("[" * 900 + "]" * 900)
    (found,) = only(step("x", [("Tool", {"a": deep}, None)]) | {"message": deep})
    assert found.message.head.startswith("[[[[") or "nested too deeply" in found.message.head


HOSTILE = [
    {}, {"steps": None}, {"steps": {}}, {"steps": [None, 1, "x", []]}, {"steps": [{}]},
    {"steps": [{"step_id": "x", "extra": None, "metrics": 7, "tool_calls": {"a": 1}, "observation": []}]},
    {"steps": [{"extra": {"round": "1", "hand_in": [], "failed_calls": "x"}, "metrics": {"prompt_tokens": "many"}}]},
    {"steps": [{"metrics": {"prompt_tokens": float("nan"), "cost_usd": float("inf"), "extra": 1}}]},
    {"steps": [{"tool_calls": [{"function_name": None, "arguments": "x"}, 5], "observation": {"results": [{}, 6]}}]},
    {"steps": [{"tool_calls": [{"arguments": {"command": ["a", 1]}}], "model_name": {"a": 1}, "source": ["agent"]}]},
]  # fmt: skip


@pytest.mark.parametrize("told", HOSTILE, ids=range(len(HOSTILE)))
def test_a_document_that_is_no_trajectory(told):
    assert paged(told)
    assert list(wholes(told)) == []


keys = st.sampled_from([
    "steps", "extra", "metrics", "tool_calls", "observation", "results", "content", "message", "function_name",
    "arguments", "command", "round", "hand_in", "failed_calls", "prompt_tokens", "cost_usd", "source", "model_name",
])  # fmt: skip
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=6),
    max_leaves=20,
)


@settings(max_examples=25)
@given(st.dictionaries(keys, values, max_size=6), st.lists(st.dictionaries(keys, values, max_size=8), max_size=3))
def test_any_document_can_be_laid_out(told, some):
    paged(told)
    list(wholes(told))
    paged({"steps": some})
    list(wholes({"steps": some}))
