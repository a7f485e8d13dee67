"""The command line: help without heavy imports, errors as a paragraph, JSON and nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from evaluator import cli
from evaluator.evidence import TrialResult
from evaluator.run.folder import RunError, RunFolder, RunInfo
from evaluator.task import TaskError
from harness.agents import AgentError
from harness.sandbox import EngineUnavailable, SandboxError

VERBS = [
    (), ("run",), ("report",), ("compare",), ("matrix",), ("merge",), ("rescore",), ("task",), ("task", "list"),
    ("task", "check"), ("task", "new"), ("task", "show"), ("doctor",), ("clean",),
]  # fmt: skip
TALLY = Path(__file__).parents[4] / "evaluator/task/smallest/tally"
MAIN = "import sys; from evaluator.cli import main; main()"


def invoke(*arguments: str):
    return CliRunner().invoke(cli.relaybench, arguments)


@pytest.fixture
def main(monkeypatch, capsys, tmp_path):
    """Runs the whole entry point; (status, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)

    def run(*arguments: str):
        monkeypatch.setattr(sys, "argv", ["relaybench", *arguments])
        try:
            cli.main()
            status = 0
        except SystemExit as end:
            status = end.code or 0
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def stored(tmp_path):
    path = tmp_path / "run"
    info = RunInfo(
        id="r",
        created="c",
        agents=("nop",),
        tasks=(),
        attempts=1,
        deadline_scale=1,
        sandbox="auto",
        versions={},
        machine={},
    )
    with RunFolder(path) as folder:
        folder.write_info(info)
        folder.save_failure(
            TrialResult(
                agent="nop", task="t", task_version=1, task_digest="d", attempt=1, sandbox="docker", outcome="completed"
            ).model_copy(update={"outcome": "infrastructure_error", "error": "boom"}),
            [], "",
        )  # fmt: skip
    return path


class TestHelp:
    @pytest.mark.parametrize("verb", VERBS, ids=" ".join)
    @pytest.mark.parametrize("option", ["--help", "-h"])
    def test_every_verb_explains_itself(self, verb, option):
        done = invoke(*verb, option)
        assert done.exit_code == 0
        assert done.output.startswith("Usage: ")
        assert len(done.output.splitlines()) > 4
        assert max(map(len, done.output.splitlines())) <= 80

    def test_all_verbs_are_listed(self):
        text = invoke("--help").output
        assert all(verb in text for verb in ("run", "report", "compare", "matrix", "merge", "task", "doctor"))

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--help"],
            ["run", "--help"],
            ["report", "--help"],
            ["compare", "--help"],
            ["matrix", "--help"],
            ["task", "check", "--help"],
        ],
    )
    def test_help_loads_nothing_heavy(self, arguments):
        program = (
            "import sys, atexit\n"
            "heavy = ('docker', 'pydantic', 'git', 'requests', 'httpx', 'rich', 'junitparser', 'rapidfuzz')\n"
            "atexit.register(lambda: print('LOADED', [m for m in heavy if m in sys.modules]))\n" + MAIN
        )
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=60, check=True
        )
        assert done.stdout.rstrip().endswith("LOADED []")

    def test_the_version_is_told(self, main):
        status, out, _ = main("--version")
        assert status == 0
        assert out.startswith("relaybench, version ")


class TestWrongUsage:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["rnu"], "No such command 'rnu'"),
            (["run", "--agnt", "nop"], "--agent"),
            (["run"], "--agent"),
            (["run", "--agent", "nop", "--attempts", "0"], "--attempts"),
            (["run", "--agent", "nop", "--jobs", "many"], "--jobs"),
            (["run", "--agent", "nop", "--deadline-scale", "0"], "--deadline-scale"),
            (["run", "--agent", "nop", "--sandbox", "jail"], "--sandbox"),
            (["run", "--agent", "nop", "--model", "gpt"], "none of the agents given takes a model"),
            (["run", "--agent", "chat", "--task", str(TALLY)], "say which: --model NAME"),
            (["run", "--agent", "chat", "--task", str(TALLY), "--model", "m"], "set OPENAI_API_KEY"),
            (["run", "--agent", "nop", "--resume"], "--resume needs --run-dir"),
            (["report"], "RUNS"),
            (["compare"], "RUNS"),
            (["compare", ".", "--at-least", "correctness"], "`correctness` is not AXIS=VALUE"),
            (["compare", ".", "--at-least", "=.7"], "`=.7` is not AXIS=VALUE"),
            (["compare", ".", "--at-least", "correctness=nan"], "is not AXIS=VALUE"),
            (["compare", ".", "--json", "--markdown", "-"], "both want standard output"),
            (["compare", "."], "run.json: cannot be read"),
            (["merge", "."], "--run-dir"),
            (["report", "/no/such/run"], "does not exist"),
            (["report", ".", "--csv", "-", "--json"], "Standard output is for one of --json, --csv -."),
            (["report", ".", "--csv", "-", "--junit", "-"], "Standard output is for one of --junit -, --csv -."),
            (["rescore", "/no/such/run"], "does not exist"),
            (["task", "chek"], "No such command"),
            (["clean", "extra"], "extra"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else None,
    )
    def test_it_is_told_with_status_2(self, main, monkeypatch, arguments, said):
        for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
            monkeypatch.delenv(name, raising=False)
        status, out, err = main(*arguments)
        assert (status, out) == (2, "")
        assert said in err
        assert "Traceback" not in err

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["run", "--agent", "refrence", "--task", str(TALLY)], "Did you mean `reference`?"),
            (["run", "--agent", "nop", "--task", "nothing"], "There is no task `nothing`"),
            (["run", "--agent", "./gone.toml"], "no such file"),
            (["run", "--agent", "nop"], "there are none in ./task_repos"),
            (["task", "list"], "There are no tasks in ./task_repos"),
            (["run", "--agent", "nop", "--task", str(TALLY), "--run-dir", "gone", "--resume"], "gone does not exist"),
        ],
        ids=lambda value: value if isinstance(value, str) else None,
    )
    def test_what_cannot_be_used_is_one_paragraph_with_status_2(self, main, arguments, said):
        status, out, err = main(*arguments)
        assert (status, out) == (2, "")
        assert err.startswith("relaybench: ")
        assert said in err
        assert "Traceback" not in err
        assert "\n\n" not in err

    def test_a_report_that_cannot_be_written_is_told(self, main, stored):
        status, _, err = main("report", str(stored), "--markdown", "/no/such/folder/x.md")
        assert status == 2
        assert "/no/such/folder/x.md cannot be written" in err


class TestErrors:
    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (AgentError("what happened."), 2),
            (TaskError("what happened."), 2),
            (RunError("what happened."), 2),
            (SandboxError("what happened."), 1),
            (EngineUnavailable("what happened."), 1),
        ],
    )
    def test_a_known_error_is_its_sentence(self, main, monkeypatch, error, status):
        self.failing(monkeypatch, error)
        assert main("clean") == (status, "", "relaybench: what happened.\n")

    def test_an_unknown_error_is_a_sentence_and_a_file_with_the_rest(self, main, monkeypatch, tmp_path):
        self.failing(monkeypatch, ZeroDivisionError("a bug"))
        status, out, err = main("clean")
        assert (status, out) == (1, "")
        assert "an error nobody foresaw: ZeroDivisionError: a bug" in err
        assert "Traceback" not in err
        (log,) = tmp_path.glob("relaybench-error-*.log")
        assert str(log) in err
        assert "Traceback" in log.read_text()
        assert "clean" in log.read_text()

    def test_an_interrupt_is_130(self, main, monkeypatch):
        self.failing(monkeypatch, KeyboardInterrupt())
        assert main("clean")[0] == 130

    def test_a_closed_pipe_is_not_complained_about(self, stored):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run(
            [sys.executable, "-c", MAIN, "report", str(stored), "--json"],
            check=False,
            stdout=write,
            stderr=subprocess.PIPE,
            timeout=60,
        )
        os.close(write)
        assert done.stderr == b""

    def failing(self, monkeypatch, error):
        def remove_orphans(**_):
            raise error

        monkeypatch.setattr("evaluator.run.hosts.remove_orphans", remove_orphans)


class TestJson:
    def test_a_run_prints_its_summary_and_nothing_else(self, main, monkeypatch, tmp_path):
        asked = []

        def run(request, watcher):
            asked.append(request)
            watcher.say("an image is built")
            return tmp_path / "there", {"trials": 1, "infrastructure_errors": 0, "agents": []}

        monkeypatch.setattr("evaluator.run.run.run", run)
        monkeypatch.setattr("signal.signal", lambda *_: None)
        status, out, err = main(
            "run", "--agent", "a", "--agent", "b", "--task", "t", "--attempts", "3", "-j", "2", "--json"
        )
        assert status == 0
        assert json.loads(out)["run_dir"] == str(tmp_path / "there")
        assert "an image is built" in err
        (request,) = asked
        assert (request.agents, request.tasks, request.attempts, request.jobs) == (("a", "b"), ("t",), 3, 2)

    def test_a_run_with_infrastructure_errors_has_status_1(self, main, monkeypatch, tmp_path):
        summary = {"trials": 1, "infrastructure_errors": 1, "agents": []}
        monkeypatch.setattr("evaluator.run.run.run", lambda request, watcher: (tmp_path, summary))
        monkeypatch.setattr("signal.signal", lambda *_: None)
        assert main("run", "--agent", "a", "--json")[0] == 1

    def test_an_interrupted_run_says_how_to_go_on(self, main, monkeypatch, tmp_path):
        def run(request, watcher):
            watcher.planned(tmp_path / "here", [], 0.0)
            raise KeyboardInterrupt

        monkeypatch.setattr("evaluator.run.run.run", run)
        monkeypatch.setattr("signal.signal", lambda *_: None)
        status, out, err = main("run", "--agent", "a", "--json")
        assert (status, out) == (130, "")
        assert f"--resume --run-dir {tmp_path / 'here'}" in err

    def test_a_report(self, main, stored):
        status, out, err = main("report", str(stored), "--json")
        assert (status, err) == (0, "")
        (found,) = json.loads(out)
        assert found["agents"][0]["infrastructure_errors"] == 1

    def test_the_tasks(self, main, tmp_path):
        (tmp_path / "task_repos").mkdir()
        (tmp_path / "task_repos" / "tally").symlink_to(TALLY)
        status, out, _ = main("task", "list", "--json")
        assert status == 0
        assert [task["id"] for task in json.loads(out)] == ["tally"]

    def test_what_was_cleaned(self, main, monkeypatch):
        monkeypatch.setattr("evaluator.run.hosts.remove_orphans", lambda every: ["container x"] if every else [])
        assert json.loads(main("clean", "--json")[1]) == {"removed": []}
        assert json.loads(main("clean", "--all", "--json")[1]) == {"removed": ["container x"]}


class TestReport:
    def test_markdown_goes_to_a_file_or_to_standard_output(self, main, stored, tmp_path):
        assert main("report", str(stored), "--markdown", str(tmp_path / "r.md")) == (0, "", "")
        status, out, _ = main("report", str(stored), "--markdown", "-")
        assert status == 0
        assert out == (tmp_path / "r.md").read_text()
        assert "\n## relaybench r\n" in out

    def test_several_files_are_written_in_one_call(self, main, stored, tmp_path):
        names = {"--markdown": "r.md", "--junit": "r.xml", "--csv": "r.csv", "--parquet": "r.parquet"}
        asked = [part for option, name in names.items() for part in (option, str(tmp_path / name))]
        assert main("report", str(stored), *asked) == (0, "", "")
        heads = {name: (tmp_path / name).read_bytes()[:4] for name in names.values()}
        assert heads == {"r.md": b"<!--", "r.xml": b"<tes", "r.csv": b"run,", "r.parquet": b"PAR1"}
        status, out, _ = main("report", str(stored), *asked, "--json")
        assert (status, json.loads(out)[0]["trials"]) == (0, 1)

    def test_what_cannot_be_made_leaves_nothing_written(self, main, stored, tmp_path):
        (tmp_path / "empty").mkdir()
        csv = tmp_path / "r.csv"
        assert main("report", str(stored), str(tmp_path / "empty"), "--csv", str(csv), "--junit", "r.xml")[0] == 2
        assert not csv.exists()

    def test_several_runs_are_shown_after_one_another(self, main, stored):
        assert main("report", str(stored), str(stored))[1].count("infrastructure error, not scored: boom") == 2

    def test_a_folder_that_is_no_run_is_told(self, main, tmp_path):
        (tmp_path / "empty").mkdir()
        status, _, err = main("report", str(tmp_path / "empty"))
        assert status == 2
        assert "is this a run folder?" in err
