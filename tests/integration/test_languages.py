"""Languages besides Python, in boxes of each kind: what a task's work needs to run, offline and as nobody special."""

import os
import shutil
import uuid

import pytest

from harness.sandbox import BoxSpec, EngineUnavailable, File, Limits
from harness.sandbox.images import LANGUAGES

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("languages")]

SMALL = Limits(cpus=1.0, memory_mb=512, pids=128, workspace_mb=64)
LISBON = "console.log(new Date(Date.UTC(2026, 2, 31)).toLocaleString('en-GB', { timeZone: 'Europe/Lisbon' }))"
MAIN = """package main

import (
	"encoding/json"
	"net/http"
	"os"
	"time"
)

func main() {
	_ = http.Server{ReadTimeout: time.Second}
	_ = json.NewEncoder(os.Stdout).Encode(map[string]int{"args": len(os.Args)})
}
"""
TEST = 'package main\n\nimport "testing"\n\nfunc TestNothing(t *testing.T) {}\n'


def docker_host():
    from harness.sandbox.docker import DockerHost

    return DockerHost(f"test-{uuid.uuid4().hex[:8]}")


def bubblewrap_host():
    from harness.sandbox.bubblewrap import BubblewrapHost

    return BubblewrapHost(f"test-{uuid.uuid4().hex[:8]}")


def refused(reason):
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(docker_host, id="docker", marks=pytest.mark.engine),
        pytest.param(bubblewrap_host, id="bubblewrap", marks=pytest.mark.bubblewrap),
    ],
)
def any_host(request):
    try:
        host = request.param()
    except EngineUnavailable as error:
        refused(str(error))
    yield host
    assert host.remove_all() == 0


@pytest.fixture
def box(any_host, request):
    language = request.param
    if any_host.kind == "bubblewrap" and not shutil.which(LANGUAGES[language].program):
        refused(f"bubblewrap boxes for {language} need it on this machine: {LANGUAGES[language].remedy}")
    image = any_host.image(language, (), print)
    with any_host.open(BoxSpec(image, "agent", SMALL, keep_workspace=True)) as opened:
        yield opened


@pytest.mark.parametrize("box", ["javascript"], indirect=True)
def test_node_runs_and_knows_time_zones(box, sh):
    assert sh(box, f'node -e "{LISBON}"') == "31/03/2026, 01:00:00"
    box.copy_in({"test/a.test.mjs": File(b'import test from "node:test"; test("it", () => {});')})
    assert "# pass 1" in sh(box, "node --test")


@pytest.mark.parametrize("box", ["go"], indirect=True)
def test_go_builds_and_tests_offline(box, sh):
    box.copy_in({"go.mod": File(b"module example\n\ngo 1.19\n"), "main.go": File(MAIN.encode()),
                 "main_test.go": File(TEST.encode())})  # fmt: skip
    assert sh(box, "git init -q && go build -o /tmp/work . && /tmp/work a b", timeout_s=120) == '{"args":3}'
    assert sh(box, "go vet ./... && go test ./...", timeout_s=120).startswith("ok")


@pytest.mark.parametrize("box", ["javascript", "go"], indirect=True)
def test_our_programs_run_beside_it(box, sh):
    script = "python3 -c 'import sys; print(sys.version_info >= (3, 11))'; command -v ask-reporter; git --version"
    assert sh(box, script).split()[:2] == ["True", "/usr/local/bin/ask-reporter"]
