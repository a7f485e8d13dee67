"""Images on a real engine: what is in them, and what they cost the second time."""

import io
import tarfile
import threading
import time

import docker
import pytest

from harness.sandbox.images import ImageError, ImageSpec, ensure_image

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600), pytest.mark.xdist_group("images")]

ORACLE = ImageSpec("python", ("pytest==9.0.0",))


def run(engine, tag, command, files=None, **options):
    """Run a command in a box with no network and a read-only root; (exit status, output)."""
    host = engine.create_host_config(network_mode="none", cap_drop=["ALL"], read_only=files is None, **options)
    box = engine.create_container(tag, command, labels={"relaybench": "test"}, host_config=host)["Id"]
    try:
        if files:
            engine.put_archive(box, "/", files)
        engine.start(box)
        return engine.wait(box, timeout=60)["StatusCode"], engine.logs(box).decode()
    finally:
        engine.remove_container(box, force=True, v=True)


@pytest.fixture
def tag(engine):
    said = []
    tag = ensure_image(engine, ORACLE, said.append)
    # Either it was here, or each slow step was announced, or another test beside this one built it.
    assert not said or said[-1].startswith((f"image {tag} built", "waiting for another run to finish"))
    return tag


def test_requirements_are_installed_and_compiled(engine, tag):
    script = "import pytest, pathlib; print(pytest.__version__, pathlib.Path(pytest.__cached__).exists())"
    assert run(engine, tag, ["python3", "-c", script]) == (0, "9.0.0 True\n")


def test_the_agent_owns_its_home_and_workspace_and_nothing_else(engine, tag):
    script = "id -un; id -u; pwd; stat -c %u . ~; git config safe.directory; ls -A /tmp; "
    script += "find / -xdev -user 1000 2>/dev/null | sort"
    status, output = run(engine, tag, ["sh", "-c", script])
    assert status == 0
    assert output.split() == ["agent", "1000", "/workspace", "1000", "1000", "*", "/home/agent", "/workspace"]


def test_the_environment_is_small_and_says_nothing_of_us(engine, tag):
    _, output = run(engine, tag, ["env"])
    assert "relay" not in output.lower()
    assert {"PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1", "LANG=C.UTF-8"} <= set(output.split())
    assert engine.inspect_image(tag)["Config"]["Labels"]["relaybench"] == "image"


def test_pip_works_without_a_network(engine, tag):
    status, output = run(engine, tag, ["python3", "-m", "pip", "list", "--format=freeze"])
    assert status == 0
    assert "pytest==9.0.0" in output


def test_ask_reporter_without_a_reporter(engine, tag):
    assert run(engine, tag, ["ask-reporter", "which", "one?"]) == (1, "The reporter is not available right now.\n")


def test_ask_reporter_asks(engine, tag):
    reporter = (
        "import json, os, socket, subprocess\n"
        "listener = socket.socket(socket.AF_UNIX)\n"
        "listener.bind('/tmp/ask.sock')\n"
        "listener.listen()\n"
        "for command, stdin in ((['ask-reporter', 'which', 'one?'], None), (['ask-reporter'], 'x' * 9000)):\n"
        "    asking = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,\n"
        "                              env={**os.environ, 'RELAY_ASK': '/tmp/ask.sock'})\n"
        "    if stdin: asking.stdin.write(stdin)\n"
        "    asking.stdin.close()\n"
        "    connection, _ = listener.accept()\n"
        "    question = json.loads(connection.makefile().readline())['question']\n"
        "    connection.sendall(json.dumps({'answer': f'{len(question)} é'}).encode() + b'\\n')\n"
        "    print(asking.stdout.read().strip(), asking.wait())\n"
    )
    status, output = run(engine, tag, ["python3", "-c", reporter], tmpfs={"/tmp": ""})
    assert (status, output.splitlines()) == (0, ["10 é 0", "4000 é 0"])


def test_the_second_time_is_free(engine, tag):
    fastest = min(timed(lambda: ensure_image(engine, ORACLE, pytest.fail)) for _ in range(5))
    assert fastest < 0.05


def test_builders_of_one_image_wait_for_the_first(engine, tag):
    spec = ImageSpec("python", ("iniconfig==2.3.1",))
    for image in engine.images(filters={"reference": [ensure_image(engine, spec, print)]}):
        engine.remove_image(image["Id"], force=True)
    said, tags = [], []

    def build():
        own = docker.from_env(timeout=60).api
        tags.append(ensure_image(own, spec, said.append))

    threads = [threading.Thread(target=build) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tags) == 3
    assert len(set(tags)) == 1
    assert sum(" built in " in line for line in said) == 1
    engine.remove_image(tags[0])


def test_a_failed_build_leaves_nothing_and_says_why(engine, tag, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(ImageError) as caught:
        ensure_image(engine, ImageSpec("python", ("no-such-package-anywhere==1",)), print)
    assert "No matching distribution found for no-such-package-anywhere==1" in str(caught.value)
    assert "name a version that has one" in str(caught.value)
    assert not list((tmp_path / "relaybench" / "wheels").iterdir())


def timed(call):
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def test_files_put_into_a_stopped_box_reach_it(engine, tag):
    """put_archive before start is what builds rely on."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        member = tarfile.TarInfo("opt/hello")
        member.size = 2
        tar.addfile(member, io.BytesIO(b"hi"))
    assert run(engine, tag, ["cat", "/opt/hello"], files=data.getvalue()) == (0, "hi")
