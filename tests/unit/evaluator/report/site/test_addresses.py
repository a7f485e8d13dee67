from pathlib import PurePosixPath

from hypothesis import given
from hypothesis import strategies as st

from evaluator.report.site import addresses

names = st.text(st.characters(exclude_categories=[]), max_size=300)


@given(names)
def test_any_name_becomes_one_safe_part_of_a_path(name):
    slug = addresses.slug(name)
    assert PurePosixPath(slug).parts == (slug,)
    assert slug not in ("", ".", "..")
    assert slug.isascii()
    assert slug.isprintable()
    assert not set(slug) & set(" /\\?#%&\"'<>:;*|")
    assert not slug.startswith(".")
    assert len(slug) <= 130


@given(st.sets(names, max_size=20))
def test_names_stay_apart(some):
    assert len({addresses.slug(name) for name in some}) == len(some)


@given(st.sets(st.tuples(names, names), max_size=20))
def test_pairs_stay_apart(some):
    assert len({addresses.pair(a, b) for a, b in some}) == len(some)


def test_plain_names_stay_as_they_are():
    for name in ("claude-code--coupon-checkout--1+from2", "my_agent.v2", "_"):
        assert addresses.slug(name) == name


def test_pairs_of_names_that_hold_what_parts_them():
    pairs = [("a", "b--c"), ("a--b", "c"), ("a-", "b"), ("a", "-b")]
    assert len({addresses.pair(a, b) for a, b in pairs}) == 4


@given(st.lists(st.sampled_from(["run", "assets", "events", "index.html", "..", "run~2"]), max_size=8))
def test_runs_get_folders_of_their_own(ids):
    places = addresses.places(ids)
    assert len({*places, "assets", "events", "index.html"}) == len(ids) + 3


def test_the_way_back_is_as_long_as_the_way():
    for address in (addresses.INDEX, addresses.agent("a"), addresses.trial("t"), addresses.diff("t", "1-fix", 2)):
        assert (PurePosixPath(address).parent / addresses.root(address)).parts.count("..") == address.count("/")
