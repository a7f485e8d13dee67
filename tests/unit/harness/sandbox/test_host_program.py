"""What bubblewrap boxes take from this machine for languages besides Python, with programs that only say who."""

import pytest

from harness.sandbox import ImageError, host_program
from harness.sandbox.host_program import Program, find_program, folders, put
from harness.sandbox.images import LANGUAGES

NODE, GO = LANGUAGES["javascript"], LANGUAGES["go"]


@pytest.fixture
def on_path(tmp_path, monkeypatch):
    """Puts a program on an otherwise empty PATH; it prints `says`."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def program(name, *says):
        path = tmp_path / name
        path.write_text("#!/bin/sh\n" + "".join(f"echo '{line}'\n" for line in says))
        path.chmod(0o755)
        return path

    return program


@pytest.fixture
def site(tmp_path):
    (tmp_path / "site" / "bin").mkdir(parents=True)
    return tmp_path / "site"


def test_python_is_looked_for_elsewhere():
    assert find_program(LANGUAGES["python"]) is None


def test_a_program_says_itself_where_it_is(on_path, tmp_path):
    on_path("node", tmp_path / "elsewhere" / "node", "22.1.0")
    assert find_program(NODE) == Program("node", str(tmp_path / "elsewhere" / "node"), "22.1.0")
    on_path("go", tmp_path / "go-1.22", "go1.22")
    assert find_program(GO) == Program("go", str(tmp_path / "go-1.22"), "1.22")


def test_a_missing_program_names_the_remedy(on_path):
    with pytest.raises(ImageError, match=r"own `go`: none is on the PATH; `apt-get install golang-go` is enough"):
        find_program(GO)


@pytest.mark.parametrize(("says", "why"), [(["/n", "16.20.0"], "is 16.20.0"), ([], "does not say what it is")])
def test_one_too_old_or_silent_is_refused(on_path, says, why):
    on_path("node", *says)
    with pytest.raises(ImageError, match=rf"node {why}; `apt-get install nodejs`"):
        find_program(NODE)


def test_a_node_that_boxes_can_see_is_linked_and_another_is_copied(on_path, site):
    assert put(Program("node", "/usr/bin/node", "20.0"), NODE, site, "/usr/local", print) == {}
    assert (site / "bin" / "node").readlink().as_posix() == "/usr/bin/node"
    (site / "bin" / "node").unlink()
    path = on_path("node", "hello")
    put(Program("node", str(path), "20.0"), NODE, site, "/usr/local", print)
    assert (site / "bin" / "node").read_bytes() == path.read_bytes()
    assert not (site / "bin" / "node").is_symlink()
    assert folders(Program("node", str(path), "20.0")) == ()


def test_go_gets_a_root_of_its_own_with_a_compiled_library(site, tmp_path, monkeypatch):
    root = tmp_path / "go"
    for name in ("bin", "src", "pkg/tool", "pkg/linux_amd64"):
        (root / name).mkdir(parents=True)
    (root / "bin" / "go").write_text("#!/bin/sh\necho $CGO_ENABLED $* > $GOROOT/pkg/compiled\n")
    (root / "bin" / "go").chmod(0o755)
    program, said = Program("go", str(root), "1.22"), []
    env = put(program, GO, site, "/opt/site", said.append)
    assert (env["GOROOT"], env["CGO_ENABLED"]) == ("/opt/site/lib/go", "0")
    ours = site / "lib" / "go"
    assert sorted(path.name for path in (ours / "pkg").iterdir()) == ["compiled", "tool"]
    assert (ours / "pkg" / "compiled").read_text() == "0 install std\n"
    assert (ours / "src").readlink() == root / "src"
    assert said == ["compiling Go's standard library, for boxes"]
    assert folders(program) == (str(root),)
    (root / "bin" / "go").write_text("#!/bin/sh\necho no room; exit 1\n")
    other = tmp_path / "other"
    (other / "bin").mkdir(parents=True)
    with pytest.raises(ImageError, match=r"could not compile its own library.*\n.*no room"):
        host_program.put(program, GO, other, "/opt/site", print)
