"""Which words a report may not say: names from the seed's code, in every language a task can have."""

from types import SimpleNamespace

from evaluator.run.gates import _code_names
from harness.sandbox.tree import File


def names(**files):
    seed = {name.replace("__", "."): File(text.encode()) for name, text in files.items()}
    return set(_code_names(SimpleNamespace(seed=seed, base=(), probes=(), rounds=())))


def test_python():
    assert names(shop__py="def total_of(cart): ...\nclass CartLine: ...\ndef plain(): ...\n") == {
        "shop.py", "total_of", "CartLine",
    }  # fmt: skip


def test_javascript():
    source = "export const nextDay = (a) => a;\nasync function* allOf() {}\nclass Plain {}\nlet x_y = nextWeek;\n"
    assert names(days__mjs=source) == {"days.mjs", "nextDay", "allOf", "x_y"}


def test_go():
    source = "type StockRow struct {}\nfunc (r *StockRow) takeOne(n int) {}\nfunc main() {}\n"
    assert names(main__go=source) == {"main.go", "StockRow", "takeOne"}


def test_what_is_no_source_is_not_looked_at():
    assert names(README__md="const nextDay = 1") == set()
