import pytest

from evaluator.report import numbers

SHARE = {"mean": 0.614, "low": 0.4, "high": 0.8}


@pytest.mark.parametrize(
    ("words", "value", "shown"),
    [
        (numbers.score, 0.614, "0.61"), (numbers.points, 61.4, "61"), (numbers.percent, 0.614, "61 %"),
        (numbers.interval, SHARE, "0.61 (0.40–0.80)"), (numbers.bounds, SHARE, "0.40 to 0.80"),
        (numbers.interval, {"mean": 1.0, "low": 1.0, "high": 1.0}, "1.00"),
        (numbers.dollars, 1234.5, "$1,234.50"), (numbers.dollars, 0.1, "$0.10"), (numbers.dollars, 0.0034, "$0.0034"),
        (numbers.dollars, 0.0, "$0.00"),
        (numbers.seconds, 0.41, "0.41 s"), (numbers.seconds, 41.2, "41 s"), (numbers.seconds, 720, "12 min"),
        (numbers.seconds, 11_520, "3.2 h"),
        (numbers.count, 940, "940"), (numbers.count, 12_345, "12.3k"), (numbers.count, 4_100_000, "4.1M"),
    ],
)  # fmt: skip
def test_a_number_in_words(words, value, shown):
    assert words(value) == shown


@pytest.mark.parametrize("words", ["score", "points", "percent", "interval", "bounds", "dollars", "seconds", "count"])
def test_what_was_not_measured_is_a_dash(words):
    assert getattr(numbers, words)(None) == "–"


def test_numbers_of_things():
    assert [numbers.plural(n, "trial") for n in (0, 1, 1200)] == ["0 trials", "1 trial", "1,200 trials"]
    assert numbers.plural(2, "more entry", "more entries") == "2 more entries"


def test_a_full_bar_is_for_all_of_them_only():
    assert numbers.curve([0.0, 0.5, 0.99, 1.0]) == "▁▄▇█"
