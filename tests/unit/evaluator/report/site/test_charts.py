import math
import re

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.report.site import charts
from evaluator.report.site.charts import Point, Series

shares = st.none() | st.floats(0, 1)


def sound(svg):
    html5lib.HTMLParser(strict=True).parseFragment(svg)
    numbers = [
        float(n)
        for n in re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", re.sub(r"<text.*?</text>|<title.*?</title>", "", svg))
    ]
    assert "nan" not in svg
    assert all(-10 <= number <= 2000 for number in numbers)


@settings(max_examples=20)
@given(st.lists(st.lists(shares, min_size=3, max_size=3), max_size=12))
def test_curves_stay_in_their_picture(found):
    svg = charts.curve(
        [Series(f"<b>{n}", one, n, dashed=n % 2 == 0) for n, one in enumerate(found)], ["a", "b", "c"], "says"
    )
    sound(svg)
    assert "<b>" not in svg


def test_a_gap_is_not_drawn_as_nothing():
    svg = charts.curve([Series("one", [None, 0.5, None], 0)], ["a", "b", "c"], "says")
    assert svg.count('class="mark') == 1


costs = st.floats(0, 1e6, allow_subnormal=False)


@settings(max_examples=20)
@given(
    st.lists(st.tuples(costs, st.floats(0, 100), st.booleans()), min_size=2, max_size=20),
    st.sampled_from(["dollars", "seconds"]),
)
def test_a_scatter_stays_in_its_picture(found, unit):
    points = [Point(f"p{n}", x, y, y / 2, y, n, best) for n, (x, y, best) in enumerate(found)]
    sound(charts.scatter(points, unit, "says"))


@pytest.mark.parametrize("found", [[0.0, 0.0], [1e-9, 1e-9], [1e-12, 1e6], [5.0, 5.0], [0.1, 0.9], [1, 8.1]])
def test_costs_of_every_size_have_a_scale(found):
    points = [Point("p", x, 50, 40, 60, 0, best=True) for x in found]
    svg = charts.scatter(points, "dollars", "says")
    sound(svg)
    assert 1 <= len(re.findall(r"<text[^>]*>\$", svg)) <= 7


def test_a_picture_says_what_it_shows():
    assert 'role="img" aria-label="a &amp; &#34;b&#34; \\u202e"' in charts.curve([], ["a"], 'a & "b" \u202e')


@settings(max_examples=20)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_whiskers_lie_on_their_rail(mean, low, high):
    sound(charts.whisker(mean, min(low, high), max(low, high)))


def test_more_series_than_colours_share_the_last():
    assert "s7" in charts.mark(99)
    assert not math.isnan(len(charts.mark(99)))
