"""What is told of a trial whose files are not as they were left."""

import shutil

import pytest
from read_pages import faults, read_page

TRIAL = "trials/codex--tally--1"
FIRST, CHANGE = f"{TRIAL}/index.html", f"{TRIAL}/diff-1-fix.html"
GARBAGE = [b"\xff\xfe{\n", b'{"steps": 7}\n', b"[" * 100_000 + b"\n"]


@pytest.mark.parametrize("file", ["events.jsonl", "trajectory.json", "models/ledger.jsonl", "rounds/1-fix/grade.json"])
def test_what_cannot_be_read_of_a_trial_is_said_on_its_page(file, own, trial_pages):
    for garbage in GARBAGE:
        (own / TRIAL / file).write_bytes(garbage)
        pages, others = trial_pages()
        assert list(faults(pages, others)) == []
        text = read_page(pages[FIRST]).text
        if (file, garbage) == ("trajectory.json", GARBAGE[1]):  # a trajectory, though one without steps
            continue
        assert "Not everything could be read" in text
        assert file.rpartition("/")[2] in text
        assert "The score, number by number" in text


@pytest.mark.parametrize("file", ["history.bundle", "rounds", "models", "events.jsonl"])
def test_what_is_missing_of_a_trial_does_not_keep_the_rest_from_being_shown(file, own, trial_pages):
    path = own / TRIAL / file
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    pages, others = trial_pages()
    assert list(faults(pages, others)) == []
    assert "The score, number by number" in read_page(pages[FIRST]).text


def test_a_patch_that_is_none_is_shown_as_it_stands(own, trial_pages):
    (own / TRIAL / "rounds/1-fix/diff.patch").write_bytes(b"<b>\xff\nno patch\n")
    pages, others = trial_pages()
    assert list(faults(pages, others)) == []
    assert "<b>\ufffd\nno patch" in read_page(pages[CHANGE]).text
    assert "could not be taken apart" in pages[CHANGE]


def test_two_hand_ins_that_claim_to_be_the_same_one(own, trial_pages):
    home = own / TRIAL / "rounds/1-fix"
    shutil.copytree(home, home / "hand-in-7", ignore=shutil.ignore_patterns("hand-in-*"))
    pages, others = trial_pages()
    assert list(faults(pages, others)) == []


def test_attempts_lead_to_the_next_and_the_one_before(written):
    pages, _ = written
    first, second = (read_page(pages[f"trials/codex--tally--{n}/index.html"]).links for n in (1, 2))
    assert "../../trials/codex--tally--2/index.html" in first
    assert "../../trials/codex--tally--1/index.html" in second
