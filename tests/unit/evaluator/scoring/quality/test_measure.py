"""What is counted in a change, and what is not."""

import random

import pytest

from evaluator.scoring.quality.functions import erosion, functions
from evaluator.scoring.quality.measure import measure
from evaluator.scoring.quality.tokens import changed_tokens, cloned, tokens

TESTS = ("tests/*",)
BRANCHY = "def pay(x):\n" + "".join(f"    if x == {n}:\n        return {n} * x\n" for n in range(30)) + "    return x\n"
LOW, HIGH = (
    "".join(f"    if x == {n}:\n        return {n} * x\n" for n in some) for some in (range(15), range(15, 30))
)
HALVES = f"def _low(x):\n{LOW}    return None\n\n"
HALVES += f"def _high(x):\n{HIGH}    return x\n\ndef pay(x):\n    return _low(x) or _high(x)\n"


def change(start, end, **more):
    return measure(start, end, TESTS, **more)


def test_layout_comments_and_docstrings_are_no_work():
    spread = 'def f(a, b):\n    """Adds."""\n    # as one does\n    return (\n        a +\n        b\n    )\n'
    assert change({"m.py": "def f(a,b):\n  return (a+b)\n"}, {"m.py": spread}).changed_tokens == 0


def test_added_and_removed_tokens_count():
    assert change({"m.py": "a = 1\n"}, {"m.py": "a = 2\n"}).changed_tokens == 2
    assert change({}, {"m.py": "a = 1\n"}).changed_tokens == 3
    assert change({"m.py": "a = 1\n"}, {}).changed_tokens == 3


@pytest.mark.parametrize("path", ["tests/test_a.py", "README.md", "uv.lock", "a.min.js"])
def test_tests_documents_and_generated_files_are_left_out(path):
    assert change({}, {path: "x = 1\n" * 50}).changed_tokens == 0


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.js", "function pay(x) { if (x) { return 1 } return 2 }"),
        ("a.ts", "function pay(x: number) { if (x) { return 1 } return 2 }"),
        ("a.go", "package a\nfunc pay(x int) int { if x > 1 { return 1 }\n return 2 }"),
        ("a.rs", "fn pay(x: i32) -> i32 { if x > 1 { return 1; } 2 }"),
        ("a.py", "def pay(x):\n    if x:\n        return 1\n    return 2\n"),
    ],
)
def test_functions_are_found_in_every_language_of_the_tasks(path, text):
    (found,) = functions(path, text)
    assert (found.name, found.decisions) == ("pay", 1)
    assert change({}, {path: text}).changed_tokens > 8
    assert change({}, {path: text}).decisions == 1


def test_an_unknown_language_still_has_tokens():
    assert change({}, {"a.zzz": "one two\nthree\n"}).changed_tokens > 0


def test_the_order_of_files_is_irrelevant():
    start = {f"m{n}.py": f"def f{n}(x):\n    return x + {n}\n" for n in range(8)}
    end = {**start, "m3.py": BRANCHY, "m9.py": "def g():\n    return f1(2)\n"}
    del end["m5.py"]
    mixed = list(end.items())
    random.Random(1).shuffle(mixed)
    assert change(dict(reversed(start.items())), dict(mixed)) == change(start, end)


def test_cutting_a_function_in_pieces_lowers_nothing():
    whole = change({"m.py": "def pay(x):\n    return x\n"}, {"m.py": BRANCHY})
    cut = change({"m.py": "def pay(x):\n    return x\n"}, {"m.py": HALVES})
    assert cut.changed_tokens >= whole.changed_tokens
    assert cut.decisions >= whole.decisions
    assert cut.erosion >= whole.erosion * 0.99 > 0
    assert erosion({"m.py": HALVES}) < erosion({"m.py": BRANCHY}), "what is not new may stand by itself"


def test_trivial_functions_dilute_nothing():
    padding = "".join(f"def pad_{n}():\n    return {n}\n" for n in range(50))
    padded = change({"m.py": ""}, {"m.py": BRANCHY, "n.py": padding})
    plain = change({"m.py": ""}, {"m.py": BRANCHY})
    assert padded.erosion >= plain.erosion
    assert padded.clones >= plain.clones
    assert padded.decisions >= plain.decisions


def test_a_renamed_copy_is_a_clone():
    body = "def {0}({1}):\n    total = 0\n    for {2} in {1}:\n        if {2}.price > 10 and {2}.count > 2:\n"
    body += (
        "            total += {2}.price * {2}.count - 5\n        else:\n            total -= 1\n    return total\n\n\n"
    )
    one = body.format("price", "lines", "line")
    copy = one + body.format("cost", "rows", "row").replace("total", "sum_").replace("10", "20")
    assert cloned([tokens("m.py", one)]) == 0
    assert cloned([tokens("m.py", copy)]) > 80
    assert cloned([tokens("m.py", one), tokens("n.py", one)]) > 80
    assert change({"m.py": one}, {"m.py": copy}).clones > 80


def test_new_lint_counts_and_noqa_hides_nothing():
    clean, dirty = "import os\n\nprint(os.name)\n", "import os, sys  # noqa\n\n\ndef f(a=[]):\n    return a\n"
    assert change({"m.py": clean}, {"m.py": dirty}).lint > 0
    assert change({"m.py": dirty}, {"m.py": clean}).lint < 0


def test_what_lies_outside_is_told_by_the_settled_files():
    start, end = {"a.py": "a = 1\n", "b.py": "b = 1\n"}, {"a.py": "a = 2\n", "b.py": "b = 3\n", "c.py": "c = 1\n"}
    seen = change(start, end, settled=["b.py"])
    assert (seen.changed_tokens, seen.outside_tokens) == (7, 2)


def test_functions_that_changed_and_the_files_that_use_them_are_named():
    start = {"a.py": "def total(x):\n    return x\n\ndef other():\n    return 1\n", "b.py": "from a import total\n"}
    start |= {f"n{n}.py": f"x{n} = {n}\n" for n in range(9)}
    seen = change(start, {**start, "a.py": start["a.py"].replace("return x", "return x + 1")})
    assert seen.symbols == ("a.py:total",)
    assert set(seen.callers) == {"a.py", "b.py"}


def test_public_names_are_compared_with_their_signatures():
    start = {"a.py": "LIMIT = 1\n"}
    start["a.py"] += "def f(a, b=1): ...\ndef g(): ...\ndef _h(): ...\nclass C:\n    def m(self, x): ...\n"
    end = {"a.py": "LIMIT = 2\ndef f(a, b): ...\nclass C:\n    def m(self, x): ...\n"}
    assert change(start, end, with_api=True).api == {
        "a.py:LIMIT": True, "a.py:f": False, "a.py:g": False, "a.py:C": True, "a.py:C.m": True,
    }  # fmt: skip


def test_new_and_deleted_tests_are_seen():
    start = {"tests/test_a.py": "def test_one():\n    pass\n\ndef test_two():\n    pass\n"}
    end = {"tests/test_a.py": "def test_one():\n    pass\n", "tests/test_b.py": "def test_new():\n    pass\n"}
    seen = change(start, end)
    assert seen.tests == ("tests/test_a.py", "tests/test_b.py")
    assert seen.tests_lost == 1


def test_moved_code_is_counted_once_on_each_side():
    block = tokens("m.py", "def f():\n    return 1\n")
    assert changed_tokens(block, block) == 0
    assert changed_tokens(block, ()) == len(block)
