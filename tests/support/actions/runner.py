"""Runs a workflow as it stands: conditions, matrices, composite actions and every shell step, for real.

Actions of others are played: what they leave behind is what the next step finds. An event is the `github` context.
"""

from __future__ import annotations

import fnmatch
import itertools
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from actions.expressions import Refused, evaluate, resolve, truthy, written

STATUS = re.compile(r"\b(success|failure|cancelled|always)\(\)")
SHELLS = {
    "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"],
    "": ["bash", "-e"],  # where none is named
}
# What the actions of others take; a word that is not here is a typing error there, which they would only warn of.
INPUTS = {
    "actions/cache": {"path", "key", "restore-keys"},
    "actions/checkout": {"persist-credentials", "fetch-depth", "ref"},
    "actions/deploy-pages": {"artifact_name"},
    "actions/download-artifact": {"name", "path", "pattern"},
    "actions/setup-python": {"python-version", "cache", "cache-dependency-path", "update-environment"},
    "actions/upload-artifact": {"name", "path", "retention-days", "if-no-files-found", "overwrite"},
    "actions/upload-pages-artifact": {"name", "path"},
}
UNSAID = ("GITHUB_", "RUNNER_", "OPENAI_", "ANTHROPIC_", "GEMINI_", "GOOGLE_", "GH_")


def read_yaml(path: Path) -> Any:
    """A file as GitHub reads it: YAML 1.2, in which `on` is a word."""
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


@dataclass
class Ran:
    """One shell step: where it stands, what it ended with, what it saw and what it said."""

    job: str
    name: str
    status: int
    environment: dict[str, str]
    output: str


@dataclass
class JobRun:
    """What became of a job, or of all jobs of its matrix."""

    result: str
    outputs: dict[str, str] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """What jobs after it see."""
        return {"result": self.result, "outputs": Names(self.outputs)}


@dataclass
class Runner:
    """A run of a workflow. `checkout` is what the repository holds; the rest is what GitHub would know."""

    checkout: Path
    folder: Path
    github: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    path: Sequence[Path] = ()
    published: Path | None = None  # what `relaybench/relaybench@...` is
    jobs: dict[str, JobRun] = field(default_factory=dict)
    ran: list[Ran] = field(default_factory=list)
    summaries: dict[str, str] = field(default_factory=dict)
    artifacts: dict[str, Path] = field(default_factory=dict)
    deployed: Path | None = None

    def run(
        self, workflow: Path, *, inputs: Mapping[str, Any] | None = None, given: Mapping[str, JobRun] | None = None
    ) -> dict[str, JobRun]:
        """Run its jobs, each after those that it needs, but for those that are `given`; what became of them."""
        found = read_yaml(workflow)
        known = {"github": self._github(), "vars": Names(self.variables), "secrets": Names(self.secrets)}
        known["inputs"] = inputs if inputs is not None else self._inputs(found)
        known["env"] = {key: written(resolve(value, known)) for key, value in found.get("env", {}).items()}
        jobs: dict[str, JobRun] = {}
        for name, job in found["jobs"].items():
            needs = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
            here = {**known, "needs": {need: jobs[need].told() for need in needs}}
            good = all(jobs[need].result == "success" for need in _ancestors(found["jobs"], name))
            if given and name in given:
                jobs[name] = given[name]
            elif _holds(job.get("if"), here, good=good):
                jobs[name] = self._job(name, job, here, found.get("defaults", {}).get("run", {}).get("shell", ""))
            else:
                jobs[name] = JobRun("skipped")
            self.jobs[name] = jobs[name]
        return jobs

    def step(self, name: str, job: str = "") -> Ran:
        """The one step of this name that ran, in this job if one is named. Raises `ValueError`."""
        (found,) = (one for one in self.ran if one.name == name and job in ("", one.job))
        return found

    def _github(self) -> dict[str, Any]:
        usual = {
            "repository": "relay/bench", "token": "the-token", "ref": "refs/heads/main", "run_id": "77", "base_ref": "",
            "run_attempt": "1", "server_url": "https://github.com", "event_name": "workflow_dispatch", "event": {},
            "workflow": "Evaluation",
        }  # fmt: skip
        return {**usual, **self.github}

    def _inputs(self, workflow: dict[str, Any]) -> dict[str, Any]:
        """Of somebody who started it by hand; all of them are there, and null, when something else did."""
        triggers = workflow["on"] if isinstance(workflow["on"], dict) else {}
        declared = (triggers.get("workflow_dispatch") or {}).get("inputs", {})
        if unknown := self.inputs.keys() - declared.keys():
            raise Refused(f"there is no input {unknown}")
        by_hand = self._github()["event_name"] == "workflow_dispatch"
        empty = {key: False if about.get("type") == "boolean" else "" for key, about in declared.items()}
        return {**(empty if by_hand else dict.fromkeys(declared)), **self.inputs}

    def _job(self, name: str, job: dict[str, Any], known: dict[str, Any], shell: str) -> JobRun:
        if "uses" in job:
            called = job["uses"].removeprefix("$/").removeprefix("./")
            given = {key: resolve(value, known) for key, value in job.get("with", {}).items()}
            results = self.run(self.checkout / called, inputs=given).values()
            return JobRun("success" if all(one.result == "success" for one in results) else "failure")
        matrix = resolve(job.get("strategy", {}).get("matrix"), known)
        runs = [
            self._machine(name, job, {**known, "matrix": combination}, shell) for combination in _combinations(matrix)
        ]
        result = "success" if all(one.result == "success" for one in runs) else "failure"
        return JobRun(result, runs[-1].outputs)

    def _machine(self, name: str, job: dict[str, Any], known: dict[str, Any], shell: str) -> JobRun:
        """One job on a machine of its own."""
        label = written(resolve(job.get("name", name), known))
        home = self.folder / f"{len(list(self.folder.iterdir()))}-{re.sub(r'[^a-z0-9]+', '-', label.lower())}"
        machine = _Machine(self, label, home, shell)
        contexts = {**known, "runner": {"temp": str(home / "temp"), "os": "Linux", "arch": "X64"}, "steps": {}}
        contexts["env"] = {
            **known["env"], **{key: written(resolve(value, known)) for key, value in job.get("env", {}).items()}
        }  # fmt: skip
        good = machine.steps(job["steps"], contexts)
        self.summaries[label] = (home / "summary").read_text()
        outputs = {key: written(resolve(value, contexts)) for key, value in job.get("outputs", {}).items()}
        return JobRun("success" if good else "failure", outputs)


class Names(dict[str, str]):
    """Variables or secrets: one that is not set is null."""

    def __contains__(self, _: object) -> bool:
        return True

    def __missing__(self, _: str) -> None:
        return None


class _Machine:
    """A runner's machine, for one job."""

    def __init__(self, runner: Runner, job: str, home: Path, shell: str) -> None:
        self.runner, self.job, self.home, self.shell = runner, job, home, shell
        self.workspace, self.temp = home / "workspace", home / "temp"
        for folder in (self.workspace, self.temp):
            folder.mkdir(parents=True)
        for name in ("summary", "env", "path"):
            (home / name).touch()

    def steps(self, steps: Sequence[dict[str, Any]], contexts: dict[str, Any], action: Path | None = None) -> bool:
        """Run steps in order; whether all went well. `contexts["steps"]` gets what they put out."""
        good = True
        for step in steps:
            done, outputs = True, {}
            if _holds(step.get("if"), contexts, good=good):
                environment = {
                    **contexts["env"],
                    **{key: written(resolve(value, contexts)) for key, value in step.get("env", {}).items()},
                }
                if "run" in step:
                    done, outputs = self._shell(step, contexts, environment, action)
                else:
                    given = {key: written(resolve(value, contexts)) for key, value in step.get("with", {}).items()}
                    done, outputs = self._use(step["uses"], given, contexts, environment)
                good = good and (done or bool(step.get("continue-on-error")))
            if "id" in step:
                contexts["steps"][step["id"]] = {"outputs": Names(outputs), "outcome": done}
        return good

    def _shell(
        self, step: dict[str, Any], contexts: dict[str, Any], environment: dict[str, str], action: Path | None
    ) -> tuple[bool, dict[str, str]]:
        script, output = self.home / "step.sh", self.home / "output"
        script.write_text(written(resolve(step["run"], contexts)))
        output.write_text("")
        said = {line.partition("=")[0]: line.partition("=")[2] for line in _lines(self.home / "env")}
        added = [*reversed(_lines(self.home / "path")), *map(str, self.runner.path), os.environ["PATH"]]
        everything = {
            **{key: value for key, value in os.environ.items() if not key.startswith(UNSAID)},
            **self.runner.environment, "CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temp), "GITHUB_OUTPUT": str(output), "GITHUB_ENV": str(self.home / "env"),
            "GITHUB_PATH": str(self.home / "path"), "GITHUB_STEP_SUMMARY": str(self.home / "summary"),
            "GITHUB_ACTION_PATH": str(action or ""), **said, **environment, "PATH": ":".join(added),
        }  # fmt: skip
        done = subprocess.run(
            [*SHELLS[step.get("shell", self.shell)], script], cwd=self.workspace, env=everything, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=250,
        )  # fmt: skip
        name = step.get("name") or step.get("id") or step["run"].splitlines()[0]
        print(f"== {self.job}: {name} ended with {done.returncode}\n{done.stdout}")
        self.runner.ran.append(Ran(self.job, name, done.returncode, everything, done.stdout))
        return done.returncode == 0, dict(line.split("=", 1) for line in _lines(output))

    def _use(
        self, uses: str, given: dict[str, str], contexts: dict[str, Any], environment: dict[str, str]
    ) -> tuple[bool, dict[str, str]]:
        if uses.startswith("./"):
            return self.composite(self.workspace / uses, given, contexts, environment)
        name = uses.partition("@")[0]
        if name == "relaybench/relaybench" and self.runner.published:
            return self.composite(self.runner.published, given, contexts, environment)
        if name not in INPUTS or (unknown := given.keys() - INPUTS[name]):
            raise Refused(f"{uses}: not known here, or not with {unknown if name in INPUTS else 'any input'}")
        return getattr(self, "_" + name.partition("/")[2].replace("-", "_"))(given)

    def composite(
        self, folder: Path, given: dict[str, str], contexts: dict[str, Any], environment: dict[str, str]
    ) -> tuple[bool, dict[str, str]]:
        """A composite action, with the inputs that it declares; (whether it went well, its outputs)."""
        action = read_yaml(folder / "action.yml")
        declared = action["inputs"]
        if unknown := given.keys() - declared.keys():
            raise Refused(f"{folder}: there is no input {unknown}")
        if missing := [key for key, about in declared.items() if about.get("required") and not given.get(key)]:
            raise Refused(f"{folder}: the input {missing} is missing")
        inputs = {key: given.get(key, about.get("default", "")) for key, about in declared.items()}
        inner = {
            "inputs": inputs, "steps": {}, "runner": contexts["runner"], "github": contexts["github"],
            "env": Names(environment),
        }  # fmt: skip
        good = self.steps(action["runs"]["steps"], inner, folder)
        outputs = action.get("outputs", {})
        return good, {key: written(resolve(about["value"], inner)) for key, about in outputs.items()}

    def _checkout(self, _: dict[str, str]) -> tuple[bool, dict[str, str]]:
        shutil.copytree(self.runner.checkout, self.workspace, dirs_exist_ok=True, symlinks=True)
        return True, {}

    def _setup_python(self, _: dict[str, str]) -> tuple[bool, dict[str, str]]:
        return True, {"python-path": shutil.which("python3") or ""}

    def _cache(self, _: dict[str, str]) -> tuple[bool, dict[str, str]]:
        return True, {}

    def _upload_artifact(self, given: dict[str, str]) -> tuple[bool, dict[str, str]]:
        source = self.workspace / given["path"]
        root = source if source.is_dir() else source.parent
        files = [path for path in ([source] if source.is_file() else source.rglob("*")) if path.is_file()]
        seen = [path for path in files if not any(part.startswith(".") for part in path.relative_to(root).parts)]
        if not seen:
            return given.get("if-no-files-found") != "error", {}
        if bad := [path for path in seen if set(str(path.relative_to(root))) & set('":<>|*?\r\n')]:
            raise Refused(f"an artifact cannot hold {bad[0]}")
        if given["name"] in self.runner.artifacts and given.get("overwrite") != "true":
            return False, {}
        place = self.runner.folder.parent / "artifacts" / given["name"]
        shutil.rmtree(place, ignore_errors=True)
        for path in seen:
            target = place / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)  # no modes, as in an artifact
        self.runner.artifacts[given["name"]] = place
        return True, {}

    def _download_artifact(self, given: dict[str, str]) -> tuple[bool, dict[str, str]]:
        wanted = given.get("name") or given["pattern"]
        found = {name: place for name, place in self.runner.artifacts.items() if fnmatch.fnmatch(name, wanted)}
        for name, place in found.items():
            flat = len(found) == 1  # a single one is not put in a folder of its name
            shutil.copytree(place, self.workspace / given["path"] / ("" if flat else name), dirs_exist_ok=True)
        return bool(found) or "name" not in given, {}

    def _upload_pages_artifact(self, given: dict[str, str]) -> tuple[bool, dict[str, str]]:
        return self._upload_artifact({**given, "if-no-files-found": "error"})

    def _deploy_pages(self, given: dict[str, str]) -> tuple[bool, dict[str, str]]:
        self.runner.deployed = self.runner.artifacts[given["artifact_name"]]
        return True, {"page_url": "https://relay.github.io/bench/"}


def _holds(condition: Any, contexts: Mapping[str, Any], *, good: bool) -> bool:
    """Whether a job or step runs; without a word on how it went, only after what went well."""
    text = str(condition if condition is not None else "success()").strip().removeprefix("${{").removesuffix("}}")
    status = {"success": lambda: good, "failure": lambda: not good, "cancelled": lambda: False, "always": lambda: True}
    value = truthy(evaluate(text, {**contexts, "functions": status}))
    return value and (good or bool(STATUS.search(text)))


def _ancestors(jobs: Mapping[str, Any], name: str) -> set[str]:
    needs = jobs[name].get("needs", [])
    direct = {needs} if isinstance(needs, str) else set(needs)
    return direct.union(*(_ancestors(jobs, need) for need in direct))


def _combinations(matrix: Any) -> list[dict[str, Any]]:
    if not matrix:
        return [{}]
    axes = {key: values for key, values in matrix.items() if key != "include"}
    if not axes:
        return list(matrix["include"])
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines()
