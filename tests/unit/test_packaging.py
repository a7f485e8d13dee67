"""What the wheel carries: both packages with every data file, and nothing that only a checkout needs."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (path,) = folder.iterdir()
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_it_carries_every_file_of_both_packages(wheel):
    ours = {
        path.relative_to(ROOT).as_posix()
        for package in ("evaluator", "harness")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {name for name in wheel if not name.startswith("relaybench-")}
    assert packed == ours
    assert "harness/inside/ask_reporter.py" in packed


def test_it_names_its_command_its_licence_and_its_python(wheel):
    info = {name.rpartition(".dist-info/")[2]: text.decode() for name, text in wheel.items() if ".dist-info/" in name}
    assert "relaybench = evaluator.cli:main" in info["entry_points.txt"]
    assert "Apache License" in info["licenses/LICENSE"]
    assert "Requires-Python: >=3.11" in info["METADATA"]
    assert "License-Expression: Apache-2.0" in info["METADATA"]


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_name_no_machine_and_hash_more_than_one_file(lock):
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text
    for entry in text.replace("\\\n", "").splitlines():
        if "==" in entry and not entry.startswith("#"):
            assert entry.count("--hash=sha256:") > 1, entry.split()[0]


def test_the_command_needs_nothing_that_only_development_has():
    """Installed from the wheel there is no pytest: the oracle's box has its own."""
    blocked = ("pytest", "_pytest", "hypothesis", "mypy", "hatchling", "xdist", "pyarrow", "pandas", "numpy")
    modules = ("cli.run", "cli.task", "cli.report", "cli.doctor", "cli.clean", "cli.compare", "cli.matrix", "cli.merge",
               "cli.progress", "run.run", "run.gates", "run.doctor", "run.matrix", "run.merge", "report.gates",
               "report.markdown", "report.terminal", "report.comparison_pages", "report.junit",
               "report.table_files")  # fmt: skip
    script = f"import sys; sys.modules.update(dict.fromkeys({blocked})); import importlib; "
    script += f"[importlib.import_module('evaluator.' + name) for name in {modules}]; "
    script += "import harness.sandbox.docker, harness.sandbox.bubblewrap, harness.agents.command"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
