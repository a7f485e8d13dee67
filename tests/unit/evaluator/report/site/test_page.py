import json
import math
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup
from read_pages import read_page

from evaluator.report.site import page

texts = st.text(st.characters(exclude_categories=[]), max_size=200)


def test_what_cannot_be_seen_is_shown_as_an_escape():
    assert page.visible("a\u202eb\x00c\x1b[1m\ud800\ttab\u200b") == r"a\u202eb\x00c\x1b[1m\ud800" + "\t" + r"tab\u200b"
    assert page.visible("plain ünïcödé, 日本語") == "plain ünïcödé, 日本語"


def test_a_long_line_is_cut():
    assert page.visible("x" * 5000) == "x" * page.LONGEST_LINE + "…"
    assert page.visible("\x00" * 5000).endswith("…")


def test_lines_are_escaped_and_colours_of_a_terminal_left_out():
    assert page.lines("\x1b[31mred\x1b[0m <b>\n&\t\x1b[2J") == Markup("red &lt;b&gt;\n&amp;\t\\x1b[2J")


def test_many_lines_are_counted():
    assert page.lines("a\nb\nc\nd", 2) == "a\nb\n… and 2 more lines"
    assert page.lines("a\nb", 1) == "a\n… and 1 more line"


@pytest.mark.parametrize("line", ["x" * 3000, "\x00" * 2000, "&" * 900, "\U000e0001" * 50, "日本" * 40, ""])
def test_a_text_takes_no_more_room_than_there_is(line):
    shown = page.lines("\n".join([line] * 12_000))
    assert len(shown) <= page.LONGEST_TEXT + 5 * page.MOST_GROWTH * page.LONGEST_LINE
    assert "more lines" in shown


@given(texts)
def test_weight_is_never_less_than_what_is_shown(text):
    assert page.weight(text) >= len(page.lines(text)) or len(text) > page.LONGEST_LINE


def test_prose_that_was_broken_flows_and_lists_stay():
    long = "This line of a report was broken by somebody's editor at about eighty columns"
    assert page.flowed(f"{long}\nand goes on.\n- one\n- two") == f"{long} and goes on.\n- one\n- two".replace(
        "'", "&#39;"
    )
    assert page.flowed("short\nlines\nstay") == "short\nlines\nstay"


@settings(max_examples=20)
@given(st.recursive(st.none() | texts | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(texts, inner)))
def test_data_cannot_end_its_element(value):
    written = page.data(value)
    assert not set(written) & set("<>&")
    assert json.loads(written) == value


def test_data_of_a_hostile_name():
    written = page.data({"__proto__": ["</script><script>alert(1)</script>", "<!--", "]]>"]})
    found = read_page(f'<script type="application/json">{written}</script>')
    assert found.skeleton == [("script", "type")]
    assert found.faults == []


@pytest.mark.parametrize(
    ("value", "shade"), [(None, "none"), (0.0, "h0"), (0.55, "h6"), (7.0, "h10"), (-1.0, "h0"), (math.nan, "h0")]
)
def test_a_value_has_a_shade(value, shade):
    assert page.heat(value) == shade


@pytest.mark.parametrize(
    "text", ["plain", "a<b", "&amp;", "\"'", "a\u202eb", *(f"{'x' * n}{odd}" for n in (199, 200, 201) for odd in "<\0")]
)
def test_whatever_a_template_prints_is_escaped_once(text):
    written = page._templates().from_string("<p>{{ text }}{{ text | lines }}{{ [text] | join }}</p>").render(text=text)
    assert read_page(written).text == page.visible(text) * 3
    assert read_page(written).skeleton == [("p",)]


class _Attributes(HTMLParser):
    def handle_starttag(self, tag, attrs):
        self.found = dict(attrs)


@given(texts)
def test_no_text_leaves_its_attribute_or_element(text):
    template = page._templates().from_string('<p title="{{ text }}">{{ text }}</p>')
    written = template.render(text=text)
    assert read_page(written).skeleton == [("p", "title")]
    reader = _Attributes()
    reader.feed(written)
    assert reader.found["title"] == read_page(written).text
