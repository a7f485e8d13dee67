"""Mistakes in files that people write are told with file, key, what was found and what is allowed."""

from typing import Annotated, Literal

import pytest
from pydantic import Field

from harness.formats import FormatError, Strict, read_text, read_toml


class Leaf(Strict):
    size: Annotated[int, Field(gt=0)] = 1
    colour: Literal["red", "green"] = "red"


class Plant(Strict):
    name: str
    leaf: Leaf = Leaf()
    by_number: dict[int, Leaf] = {}
    many: tuple[Leaf, ...] = ()
    listed: list[Leaf] = []
    maybe: Leaf | None = None


def told(tmp_path, text: str | bytes) -> str:
    path = tmp_path / "plant.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(FormatError) as caught:
        read_toml(path, Plant)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{path}: ") for line in lines)
    return "\n".join(line.removeprefix(f"{path}: ") for line in lines)


def test_a_right_file_is_read(tmp_path):
    (tmp_path / "p.toml").write_text('name = "fern"\n[by_number.3]\nsize = 2\n')
    assert read_toml(tmp_path / "p.toml", Plant) == Plant(name="fern", by_number={3: Leaf(size=2)})


@pytest.mark.parametrize(
    ("text", "place", "near"),
    [
        ("nam = 1", "nam", "name"),
        ("[leaf]\nsizes = 1", "leaf.sizes", "size"),
        ("[by_number.2]\ncolor = 'red'", "by_number.2.color", "colour"),
        ("[[many]]\n[[many]]\nsze = 1", "many.1.sze", "size"),
        ("[[listed]]\nsze = 1", "listed.0.sze", "size"),
        ("[maybe]\nsze = 1", "maybe.sze", "size"),
    ],
)
def test_an_unknown_key_names_its_place_and_the_nearest_known_key(tmp_path, text, place, near):
    said = told(tmp_path, 'name = "x"\n' + text)
    assert f"`{place}`: unknown key; did you mean `{near}`? known here: " in said


def test_an_unknown_key_like_no_other_lists_what_is_known_there(tmp_path):
    assert told(tmp_path, 'name = "x"\nleaf.zzz = 1') == "`leaf.zzz`: unknown key; known here: colour, size"


def test_a_missing_key_is_named(tmp_path):
    assert told(tmp_path, "") == "`name`: missing; it is required"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = 3", "`name`: found 3; input should be a valid string"),
        ("name = 'x'\nleaf.size = 0", "`leaf.size`: found 0; input should be greater than 0"),
        ("name = 'x'\nleaf.colour = 'blue'", "`leaf.colour`: found 'blue'; input should be 'red' or 'green'"),
        ("name = 'x'\nleaf = 1", "`leaf`: found 1; input should be a valid dictionary"),
        ("name = 'x'\nby_number.two.size = 1", "`by_number.two`: found 'two'; input should be a valid integer"),
    ],
)
def test_a_wrong_value_is_shown_with_what_is_allowed(tmp_path, text, said):
    assert told(tmp_path, text).startswith(said)


def test_a_long_value_is_cut(tmp_path):
    assert len(told(tmp_path, f"name = {list(range(500))}")) < 200


def test_every_mistake_is_a_line(tmp_path):
    assert len(told(tmp_path, "nam = 1\nleaf.size = 0").splitlines()) == 3


def test_invalid_toml_says_where(tmp_path):
    assert "not valid TOML" in (said := told(tmp_path, 'name = "x"\nleaf = ='))
    assert "line 2" in said


def test_bytes_that_are_no_text_say_so(tmp_path):
    assert "cannot be read" in told(tmp_path, b'name = "\xff"')


def test_an_absent_file_says_so(tmp_path):
    with pytest.raises(FormatError, match=r"gone\.toml: no such file"):
        read_toml(tmp_path / "gone.toml", Plant)


def test_a_folder_is_not_a_file(tmp_path):
    with pytest.raises(FormatError, match="cannot be read"):
        read_text(tmp_path)
