"""`relaybench run` and what one does with its folder afterwards."""

import json
import subprocess
from types import SimpleNamespace

import junitparser
import pytest
import unidiff

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def finished(relaybench, tally_folder, tmp_path_factory, engine):
    """A run of the reference, twice, two at a time."""
    folder = tmp_path_factory.mktemp("run")
    command = ["run", "--agent", "reference", "--task", tally_folder, "--attempts", 2, "--jobs", 2]
    code, out, err = relaybench(folder, *command, "--json")
    return SimpleNamespace(code=code, out=out, err=err, folder=folder, command=command)


@pytest.fixture(scope="module")
def run_dir(finished):
    return finished.folder / json.loads(finished.out)["run_dir"]


def test_it_prints_one_json_document_and_ends_with_0(finished):
    document = json.loads(finished.out)
    assert finished.code == 0
    assert document["trials"] == 2
    assert document["infrastructure_errors"] == 0
    (agent,) = document["agents"]
    assert agent["scores"]["composite"]["mean"] == pytest.approx(100)
    assert document["run_dir"].startswith("runs/")
    assert "[2/2]" in finished.err


def test_the_run_folder_holds_what_the_design_promises(run_dir):
    info = json.loads((run_dir / "run.json").read_text())
    assert info["agents"] == ["reference"]
    assert info["attempts"] == 2
    assert [task["id"] for task in info["tasks"]] == ["tally"]
    assert {"relaybench", "python"} <= info["versions"].keys()
    summary = json.loads((run_dir / "summary.json").read_text())
    assert {"agents", "trials"} <= summary.keys()
    (agent,) = summary["agents"]
    assert {"agent", "trials", "infrastructure_errors", "scores", "strict_by_round"} <= agent.keys()
    assert all({"mean", "low", "high"} <= score.keys() for score in agent["scores"].values())
    assert [round_["mean"] for round_ in agent["strict_by_round"]] == [1.0, 1.0, 1.0]
    assert sorted(entry.name for entry in (run_dir / "trials").iterdir()) == [
        "reference--tally--1", "reference--tally--2",
    ]  # fmt: skip


def test_a_trials_folder_holds_what_the_design_promises(run_dir, tmp_path):
    trial = run_dir / "trials" / "reference--tally--1"
    result = json.loads((trial / "result.json").read_text())
    assert {"agent", "task", "attempt", "sandbox", "outcome", "flags", "scores", "rounds"} <= result.keys()
    assert (result["agent"], result["task"], result["attempt"], result["sandbox"]) == (
        "reference",
        "tally",
        1,
        "docker",
    )
    assert result["outcome"] == "completed"
    keys = {"n", "kind", "strict", "isolated", "correctness", "first_try", "groups", "wall_s", "timed_out"}
    assert all(keys <= round_.keys() for round_ in result["rounds"])
    assert [(round_["n"], round_["kind"], round_["strict"]) for round_ in result["rounds"]] == [
        (1, "fix", True), (2, "feature", True), (3, "refactor", True),
    ]  # fmt: skip
    lines = [json.loads(line) for line in (trial / "events.jsonl").read_text().splitlines()]
    assert [line["event"] for line in lines] == ["message", "turn_began", "turn_ended", "handed_in", "graded"] * 3
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    for slug in ("1-fix", "2-feature", "3-refactor"):
        home = trial / "rounds" / slug
        assert (home / "message.md").read_text()
        assert unidiff.PatchSet((home / "diff.patch").read_text())
        assert json.loads((home / "grade.json").read_text())["groups"]["base/total"]["passed"]
        cases = [case for suite in junitparser.JUnitXml.fromfile(str(home / "junit.xml")) for case in suite]
        assert {"base/total", "constraint/no_floats"} <= {case.classname for case in cases}
        assert all(case.is_passed for case in cases)
    subprocess.run(["git", "clone", "-q", trial / "history.bundle", tmp_path / "history"], check=True)
    assert (tmp_path / "history" / "book.py").exists()


def test_no_run_leaves_half_a_file(run_dir):
    assert [path for path in run_dir.rglob("*") if "partial" in path.name] == []


def test_a_finished_run_is_not_overwritten_and_resuming_it_does_nothing(finished, run_dir, relaybench):
    again = [*finished.command, "--run-dir", run_dir]
    code, out, err = relaybench(finished.folder, *again)
    assert code == 2
    assert out == ""
    assert "already holds a run" in err
    assert "--resume" in err
    before = {path: path.stat().st_mtime_ns for path in (run_dir / "trials").rglob("*")}
    code, out, _ = relaybench(finished.folder, *again, "--resume", "--json")
    assert code == 0
    assert json.loads(out)["trials"] == 2
    assert {path: path.stat().st_mtime_ns for path in (run_dir / "trials").rglob("*")} == before


@pytest.mark.parametrize(
    ("changed", "said"),
    [(["--attempts", 3], "attempts = 2, not 3"), (["--agent", "nop"], "agents = reference, not reference, nop")],
)
def test_a_run_is_resumed_as_it_was_started(finished, run_dir, relaybench, changed, said):
    code, _, err = relaybench(finished.folder, *finished.command, *changed, "--run-dir", run_dir, "--resume")
    assert code == 2
    assert said in " ".join(err.split())


def test_report_in_the_terminal(finished, run_dir, relaybench):
    code, out, err = relaybench(finished.folder, "report", run_dir)
    assert (code, err) == (0, "")
    assert "reference" in out
    assert "100" in out
    assert max(map(len, out.splitlines())) <= 80 + len(str(run_dir))


def test_report_as_markdown_and_json(finished, run_dir, relaybench, tmp_path):
    code, out, _ = relaybench(finished.folder, "report", run_dir, "--markdown", "-")
    assert code == 0
    assert out.startswith("<!-- relaybench -->")
    assert "| reference | 2 | 1.00 | 1.00 |" in out
    code, nothing, _ = relaybench(finished.folder, "report", run_dir, "--markdown", tmp_path / "page.md")
    assert (code, nothing) == (0, "")
    assert (tmp_path / "page.md").read_text() == out
    code, out, _ = relaybench(finished.folder, "report", run_dir, "--json")
    assert json.loads(out)[0]["agents"][0]["agent"] == "reference"


def test_report_for_dashboards_and_notebooks(finished, run_dir, relaybench, tmp_path):
    files = {"--junit": tmp_path / "junit.xml", "--csv": tmp_path / "trials.csv", "--html": tmp_path / "site"}
    code, out, _ = relaybench(finished.folder, "report", run_dir, *(part for pair in files.items() for part in pair))
    assert (code, out) == (0, "")
    suites = [
        suite for suite in junitparser.JUnitXml.fromfile(str(files["--junit"])) if suite.name.startswith("reference")
    ]
    assert [[case.name for case in suite if case.is_passed] for suite in suites] == [
        [f"{n} {kind}, attempt {attempt}" for n, kind in enumerate(("fix", "feature", "refactor"), 1)]
        for attempt in (1, 2)
    ]
    assert files["--csv"].read_text().count("\n") == 1 + len(list((run_dir / "trials").iterdir()))
    assert (files["--html"] / "index.html").exists()


def test_report_of_no_run_says_so(finished, relaybench, tmp_path):
    code, out, err = relaybench(finished.folder, "report", tmp_path)
    assert (code, out) == (2, "")
    assert "is this a run folder?" in err


def test_an_agent_file_is_run_and_its_failure_is_a_score(relaybench, small, tmp_path):
    (tmp_path / "agent.toml").write_text('name = "idler"\n[command]\nfirst = ["sh", "-c", "echo idle; exit 4"]\n')
    command = ["run", "--agent", "agent.toml", "--agent", "reference", "--task", small, "--jobs", 2, "--run-dir", "out"]
    code, out, err = relaybench(tmp_path, *command)
    assert code == 0, err
    assert "idler--small--1, round 1 (fix): red after 3 hand-ins: 1-fix/negative" in " ".join(out.split())
    result = json.loads((tmp_path / "out/trials/idler--small--1/result.json").read_text())
    assert result["scores"]["composite"] == 0
    home = tmp_path / "out/trials/idler--small--1/rounds/1-fix"
    assert "Refunds" in (home / "message.md").read_text()
    assert "adding stuff breaks" in (home / "hand-in-1/message.md").read_text()
    assert (home / "hand-in-2/grade.json").exists()
