"""Installing an agent's program: once, whole or not at all, and told in a paragraph when it cannot be done."""

import stat
import zipfile

import pytest
from pydantic import ValidationError

from harness.agents import install as module
from harness.agents.agent_file import Install
from harness.agents.install import ensure_install
from harness.agents.protocol import AgentError

WORKS = """
while [ "$1" != --prefix ]; do shift; done
mkdir -p "$2/node_modules/tool/bin" && echo run >"$2/node_modules/tool/bin/tool"
chmod 700 "$2/node_modules/tool/bin/tool"; chmod 700 "$2/node_modules/tool"
echo https://registry.example >"$2/node_modules/.package-lock.json"
"""
TOOL = Install(npm=["tool@1.0.0"], program="node_modules/tool/bin/*")


@pytest.fixture
def npm(tmp_path, monkeypatch):
    """Puts a script in npm's place; the cache is a fresh one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def put(script):
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        (folder / "npm").write_text(f"#!/bin/sh\n{script}")
        (folder / "npm").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    return put


def refused(install=TOOL):
    with pytest.raises(AgentError) as caught:
        ensure_install("a", install, "docker", print)
    return str(caught.value)


def test_it_is_installed_once(npm):
    npm(WORKS)
    said = []
    first = ensure_install("a", TOOL, "docker", said.append)
    npm("exit 1")
    assert ensure_install("a", TOOL, "docker", said.append) == first
    assert first.program == "/opt/cli/node_modules/tool/bin/tool"
    assert len(said) == 1
    assert "tool@1.0.0" in said[0]


def test_another_version_is_another_folder(npm):
    npm(WORKS)
    newer = TOOL.model_copy(update={"npm": ["tool@1.0.1"]})
    assert ensure_install("a", TOOL, "docker", print).folder != ensure_install("a", newer, "docker", print).folder


def test_other_users_can_run_it_and_it_does_not_name_the_registry(npm):
    npm(WORKS)
    folder = ensure_install("a", TOOL, "docker", print).folder
    program = folder / "node_modules/tool/bin/tool"
    assert stat.S_IMODE(program.stat().st_mode) & 0o055 == 0o055
    assert stat.S_IMODE(program.parents[1].stat().st_mode) & 0o055 == 0o055
    assert not [path for path in folder.rglob("*") if path.is_file() and "registry" in path.read_text()]


def test_without_npm_it_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "install Node.js" in refused()


def test_what_npm_says_is_passed_on_and_nothing_is_left(npm, tmp_path):
    npm("echo 404 no such version; exit 1")
    said = refused()
    assert "404 no such version" in said
    assert "npm did not install tool@1.0.0" in said
    assert not list((tmp_path / "cache/relaybench/agents").iterdir())


def test_a_package_without_its_program_is_told_and_not_kept(npm, tmp_path):
    npm(WORKS)
    assert "holds no bin/other" in refused(TOOL.model_copy(update={"program": "bin/other"}))
    assert not list((tmp_path / "cache/relaybench/agents").iterdir())


def test_wheels_are_unpacked(npm, tmp_path, monkeypatch):
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with zipfile.ZipFile(wheels / "tool-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tool.py", "print(1)")
    npm(WORKS)
    monkeypatch.setattr(module, "ensure_wheels", lambda *_, **__: wheels)
    folder = ensure_install("a", Install(pip=["tool==1.0"]), "docker", print).folder
    assert (folder / "site/tool.py").read_text() == "print(1)"


@pytest.mark.parametrize("package", ["tool", "tool@latest", "tool@^1.0.0", "https://example.com/tool.tgz", "--global"])
def test_only_an_exact_version_is_taken(package):
    with pytest.raises(ValidationError):
        Install(npm=[package])


@pytest.mark.parametrize("wheel", ["tool", "tool>=1", "tool==1 --index-url=x", "-r file", "tool @ https://example.com"])
def test_only_an_exact_wheel_is_taken(wheel):
    with pytest.raises(ValidationError):
        Install(pip=[wheel])
