"""The search of an agent's box for what it must not hold."""

import io
import json
import os
import zlib

import pytest

from harness.inside import search


@pytest.fixture
def found(tmp_path, monkeypatch, capsys):
    walk = os.walk
    monkeypatch.setattr(search.os, "walk", lambda top: walk(tmp_path))

    def look(*needles: str):
        monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(needles)))
        search.main()
        return json.loads(capsys.readouterr().out)

    return look


def test_a_line_is_found_in_files_objects_and_variables(tmp_path, found, monkeypatch):
    (tmp_path / "f.py").write_text("a\n   the hidden line  \n")
    (tmp_path / ".git" / "objects" / "aa").mkdir(parents=True)
    (tmp_path / ".git" / "objects" / "aa" / "bb").write_bytes(zlib.compress(b"blob 9\0x\nthe hidden line\n"))
    monkeypatch.setenv("LEAK", "x\nthe hidden line")
    places = {place for place, _ in found("the hidden line")["found"]}
    assert places == {str(tmp_path / "f.py"), str(tmp_path / ".git/objects/aa/bb"), "the environment"}


def test_part_of_a_line_is_not_the_line(tmp_path, found):
    (tmp_path / "f.py").write_text("see the hidden line here\n")
    assert found("the hidden line")["found"] == []


def test_links_and_huge_files_are_passed_by(tmp_path, found, monkeypatch):
    monkeypatch.setattr(search, "LARGEST", 5)
    (tmp_path / "big").write_text("needle line")
    (tmp_path / "link").symlink_to("big")
    assert found("needle line") == {"files": 1, "found": []}
