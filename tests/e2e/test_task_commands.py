"""`relaybench task` and `relaybench clean`."""

import json
import shutil

import pytest

pytestmark = [pytest.mark.timeout(300)]


@pytest.fixture
def here(tmp_path, small):
    """A folder with one task in ./task_repos."""
    shutil.copytree(small, tmp_path / "task_repos" / "small")
    return tmp_path


def test_list(relaybench, here):
    code, out, _ = relaybench(here, "task", "list")
    assert code == 0
    assert "small" in out
    code, out, _ = relaybench(here, "task", "list", "--json")
    (task,) = json.loads(out)
    assert (task["id"], task["language"], task["folder"]) == ("small", "python", str(here / "task_repos" / "small"))
    assert len(task["digest"]) == 64


def test_list_without_tasks(relaybench, tmp_path):
    code, out, err = relaybench(tmp_path, "task", "list")
    assert (code, out) == (2, "")
    assert "There are no tasks in ./task_repos" in err


@pytest.mark.engine
def test_the_smallest_task_passes_every_gate(relaybench, engine, tally_folder, tmp_path):
    code, out, err = relaybench(tmp_path, "task", "check", tally_folder, "--repeats", 1, "--json")
    verdicts = json.loads(out)["tally"]
    assert [verdict for verdict in verdicts if not verdict["passed"]] == []
    assert code == 0, err
    assert {verdict["gate"] for verdict in verdicts} == {
        "finished", "facts", "reports", "sealed", "seed", "reference", "nothing", "wrong", "mutant", "repeat",
    }  # fmt: skip


@pytest.mark.engine
def test_a_task_begun_here_passes_every_gate_but_the_one_that_lists_what_is_left(relaybench, engine, tmp_path):
    code, out, err = relaybench(tmp_path, "task", "new", "mine", "--owner", "@me")
    assert code == 0, err
    assert "task_repos/mine" in out
    code, out, _ = relaybench(tmp_path, "task", "check", "mine", "--repeats", 0, "--markdown", "gates.md")
    assert code == 1
    assert "finished   NO" in out
    assert "1 of 22 gates hold it back" in out
    assert "rounds/1-fix/report.md:1: what a user saw" in (tmp_path / "gates.md").read_text()
    code, out, err = relaybench(tmp_path, "task", "show", "mine", "--json")
    assert json.loads(out)["id"] == "mine", err
    assert relaybench(tmp_path, "task", "new", "mine")[0] == 2


@pytest.mark.engine
def test_a_leak_a_wrong_patch_that_is_right_and_what_holds_already_hold_a_task_back(relaybench, engine, here):
    task = here / "task_repos" / "small"
    first = task / "rounds" / "1-fix"
    shutil.copy(first / "solution.patch", first / "wrong" / "special-case.patch")
    canary = (task / "task.toml").read_text().split('canary = "')[1].split('"')[0]
    (task / "repo" / "notes.txt").write_text(f"{canary}\n")
    shutil.copy(task / "base" / "test_total.py", first / "tests" / "test_held_before.py")
    code, out, err = relaybench(here, "task", "check", "--repeats", 0, "--json")
    assert code == 1
    held = {f"{verdict['gate']} {verdict['subject']}": verdict["evidence"] for verdict in json.loads(out)["small"]
            if not verdict["passed"]}  # fmt: skip
    assert held.keys() == {"sealed agent's box", "wrong 1-fix/special-case", "nothing 1-fix"}
    assert "held before the round: 1-fix/held_before" in held["nothing 1-fix"]
    assert "/workspace/notes.txt holds 'relaybench-canary-" in held["sealed agent's box"]
    assert "not told from a right answer" in held["wrong 1-fix/special-case"]
    assert "small: wrong: 1-fix/special-case" in " ".join(err.split())


@pytest.mark.engine
def test_clean_says_what_it_removed(relaybench, engine, tmp_path):
    code, out, err = relaybench(tmp_path, "clean", "--json")
    assert (code, err) == (0, "")
    assert isinstance(json.loads(out)["removed"], list)


def test_help_is_there_for_every_command(relaybench, tmp_path):
    code, out, _ = relaybench(tmp_path, "--help")
    assert code == 0
    for verb in ("run", "report", "task", "clean"):
        assert f"\n  {verb} " in out
        code, text, _ = relaybench(tmp_path, verb, "--help")
        assert code == 0
        assert "Usage:" in text
