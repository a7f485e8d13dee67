"""Images by name and by route, with an engine that only remembers what it was asked."""

import json
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest
import requests

from harness.sandbox.images import LANGUAGES, ImageError, ImageSpec, base, ensure_image
from harness.sandbox.images.wheels import PIP
from harness.sandbox.images.workshop import image_name, lock


class Engine:
    """Keeps tags, and makes an image of whatever is committed or imported."""

    base_url, api_version = "http://engine", "1.41"

    def __init__(self, *tags, registry=None):
        self.tags, self.registry, self.calls = set(tags), registry, []

    def __getattr__(self, name):
        def call(*args, **kwargs):
            self.calls.append(name)
            return {}

        return call

    def images(self, filters):
        self.calls.append("images")
        return [{"RepoTags": [tag]} for tag in filters["reference"] if tag in self.tags]

    def get(self, address, timeout):
        self.calls.append("distribution")
        if self.registry is None:
            raise requests.ReadTimeout
        return SimpleNamespace(ok=self.registry == "ok", reason="", json=lambda: {"message": self.registry})

    def pull(self, repository, tag, **_):
        self.tags.add(f"{repository}:{tag}")
        return [{"status": "Downloading", "id": "a", "progressDetail": {"current": 1, "total": 2}}]

    def create_container(self, image, command, **_):
        self.calls.append(f"from {image.partition(':')[0]}")
        return {"Id": "c"}

    def wait(self, container, timeout):
        return {"StatusCode": 0}

    def commit(self, container, repository, tag, changes):
        self.tags.add(f"{repository}:{tag}")

    def version(self):
        return {"Arch": "amd64"}


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.fixture
def no_builder(monkeypatch):
    monkeypatch.setattr(base.shutil, "which", lambda _: None)
    monkeypatch.setattr(base.platform, "machine", lambda: "x86_64")


def test_an_image_that_exists_costs_one_call():
    engine = Engine(registry="ok")
    tag = ensure_image(engine, ImageSpec(), print)
    engine.calls.clear()
    assert ensure_image(engine, ImageSpec(), pytest.fail) == tag
    assert engine.calls == ["images"]


def test_a_registry_that_answers_is_the_first_choice():
    engine, said = Engine(registry="ok"), []
    ensure_image(engine, ImageSpec(), said.append)
    assert [call for call in engine.calls if call.startswith("from ")] == [
        "from python",
        "from relaybench/base-registry",
    ]
    assert "a registry answers" in said[0]


def test_a_local_copy_needs_no_registry():
    engine = Engine(LANGUAGES["python"].registry_image)
    ensure_image(engine, ImageSpec(), print)
    assert "distribution" not in engine.calls


def test_the_base_that_is_there_decides_the_route():
    engine = Engine(base.base_name("debian", LANGUAGES["python"]), registry="ok")
    ensure_image(engine, ImageSpec(), print)
    assert "distribution" not in engine.calls
    assert "from relaybench/base-debian" in engine.calls


@pytest.mark.parametrize(("registry", "reason"), [(None, "no answer in 4 s"), ("no such\nhost", "no such host")])
def test_no_route_at_all_names_both_and_the_remedy(registry, reason, no_builder):
    with pytest.raises(ImageError) as caught:
        ensure_image(Engine(registry=registry), ImageSpec(), lambda _: None)
    for part in (reason, "Neither mmdebstrap nor debootstrap", "apt-get install mmdebstrap"):
        assert part in str(caught.value)


def test_an_engine_that_went_away_is_an_image_error():
    engine = Engine()
    engine.images = lambda **_: (_ for _ in ()).throw(requests.ConnectionError("refused"))
    with pytest.raises(ImageError, match=r"refused.*docker version"):
        ensure_image(engine, ImageSpec(), print)


def test_a_build_that_fails_shows_its_log_and_removes_its_container():
    engine = Engine(base.base_name("debian", LANGUAGES["python"]))
    engine.wait = lambda *_, **__: {"StatusCode": 7}
    engine.logs = lambda *_, **__: b"first\nNo space left on device\n"
    with pytest.raises(ImageError, match=r"status 7[^$]*No space left on device"):
        ensure_image(engine, ImageSpec(), print)
    assert engine.calls[-1] == "remove_container"
    assert not [tag for tag in engine.tags if tag.startswith("relaybench/python")]


def test_the_name_follows_what_goes_in():
    engine = Engine(registry="ok")

    def tag(*lines):
        return ensure_image(engine, ImageSpec("python", lines), print)

    assert tag() == tag("", "# nothing but a comment")
    assert image_name("python", b"a", ("x",)) != image_name("python", b"b", ("x",))
    assert image_name("python", LANGUAGES["python"]) == image_name("python", LANGUAGES["python"])
    assert tag().startswith("relaybench/python:")
    assert len(tag().partition(":")[2]) == 16


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_names_what_every_route_needs(language):
    row = LANGUAGES[language]
    assert "python3" in row.debian_packages
    assert "python3" in row.registry_packages or row.registry_image.startswith("python:")
    assert bool(row.program) == bool(row.remedy) == (language != "python")
    engine = Engine(registry="ok")
    assert ensure_image(engine, ImageSpec(language), print).startswith(f"relaybench/{language}:")
    assert len({base.base_name(route, row) for row in LANGUAGES.values() for route in base.ROUTES}) == 6


def test_what_a_language_sets_and_prepares_goes_into_its_image():
    engine, seen = Engine(registry="ok"), []
    create, commit = engine.create_container, engine.commit
    engine.create_container = lambda image, command, **rest: seen.append(command[-1]) or create(image, command, **rest)
    engine.commit = lambda *args, changes, **rest: seen.append(changes) or commit(*args, changes=changes, **rest)
    ensure_image(engine, ImageSpec("go"), print)
    base_script, _, script, changes = seen
    assert "PACKAGES='python3 ca-certificates git procps'" in base_script
    assert "go install std" in script
    assert "ENV CGO_ENABLED=0" in changes


def test_packages_are_pythons():
    with pytest.raises(ImageError, match="Boxes for go have no packages, and 'flask' was asked for"):
        ensure_image(Engine(), ImageSpec("go", ("# none", "flask")), print)


@pytest.mark.parametrize(
    "line",
    ["-r other.txt", "--index-url=http://h/", "x @ http://host/x.whl", "./x", "../x.whl", "x --pre", "x\n-r y"],
)
def test_requirements_that_could_steer_the_hosts_pip_are_refused(line):
    with pytest.raises(ImageError, match="cannot go into an image"):
        ensure_image(Engine(), ImageSpec("python", (line,)), print)


def test_an_unknown_language_names_the_known_ones():
    with pytest.raises(ImageError, match=r"'cobol'.*python"):
        ensure_image(Engine(), ImageSpec("cobol"), print)


def test_markers_are_read_for_the_box_and_not_for_the_host(tmp_path):
    lines = tmp_path / "requirements.txt"
    lines.write_text('no-such-package-anywhere; sys_platform == "linux"\n')
    command = [sys.executable, "-c", PIP, json.dumps({"sys_platform": "plan9"}), "download", "--no-index", "-r", lines]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "don't match your environment" in done.stdout


def test_a_lock_keeps_threads_of_one_process_apart():
    inside, most, said = [], [], []

    def build():
        with lock("relaybench/python:0", said.append):
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    with lock("relaybench/python:0", said.append):
        threads = [threading.Thread(target=build) for _ in range(3)]
        for thread in threads:
            thread.start()
        while len(said) < 3:
            threads[0].join(0.01)
        assert not most
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1]
