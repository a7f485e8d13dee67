"""Files into a box and out of it again, whatever the agent made of them."""

import resource
import time

import pytest

from harness.sandbox import Caps, File

pytestmark = [pytest.mark.engine, pytest.mark.timeout(120)]

MIB = 1 << 20


def test_a_tree_goes_in_and_comes_out_the_same(box, sh):
    tree = {
        "plain.txt": File(b"text\n"),
        "empty": File(b""),
        "bin/run.sh": File(b"#!/bin/sh\necho ran\n", executable=True),
        "deep/er/and deeper/é ü.bin": File(bytes(range(256)) * 100),
        ".hidden/.file": File(b"dot"),
    }
    box.copy_in(tree)
    assert (
        sh(box, "bin/run.sh; stat -c %u:%g . bin bin/run.sh | sort -u; echo more >>deep/new && rm deep/new")
        == "ran\n1000:1000"
    )
    out = box.copy_out(Caps())
    assert out.tree == tree
    assert (out.dropped, out.breach) == ((), None)


def test_what_the_agent_changed_comes_out(box, sh, copied):
    box.copy_in({"a": File(b"1"), "b": File(b"2"), "c/d": File(b"3")})
    sh(box, "echo -n new >a; rm b; chmod +x c/d; mkdir e; echo -n more >e/f")
    assert copied(box) == {"a": b"new", "c/d": b"3", "e/f": b"more"}
    assert box.copy_out(Caps()).tree["c/d"].executable


def test_unreadable_modes_hide_nothing_from_us(box, sh, copied):
    box.copy_in({"secret/file": File(b"seen")})
    sh(box, "chmod 000 secret/file secret .")
    assert copied(box) == {"secret/file": b"seen"}


def test_a_frozen_box_can_be_copied_out_of(box, sh, copied):
    box.copy_in({"a": File(b"1")})
    box.freeze()
    assert copied(box) == {"a": b"1"}
    box.thaw()
    assert sh(box, "cat a") == "1"


def test_a_deleted_workspace_is_an_empty_one(box, sh, copied):
    box.copy_in({"a": File(b"1"), ".git/config": File(b"x"), "b/c": File(b"2")})
    assert box.run(["rm", "-rf", "/workspace"], timeout_s=20).code == 1  # the mount itself stays
    assert copied(box) == {}
    sh(box, "echo back >a")
    assert copied(box) == {"a": b"back\n"}


def test_a_full_workspace_is_the_agents_trouble_not_ours(box, sh):
    done = box.run(["sh", "-c", "head -c 20000000 /dev/zero >big"], timeout_s=30)
    assert done.code != 0
    assert b"No space left" in done.stderr
    out = box.copy_out(Caps())
    assert out.breach == "big is larger than 4 MiB"
    assert sh(box, "rm big; echo -n x >small; cat small") == "x"


def test_links_and_special_files_are_dropped_and_named(box, sh):
    script = """
    echo x >real; ln -s /etc/passwd link; ln -s . loop; ln -s /proc/self/root out; mkfifo pipe; ln real hard
    python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
    cp /bin/id setuid; chmod 6755 setuid; mkdir linked; ln -s ../real linked/up
    """
    sh(box, script)
    out = box.copy_out(Caps())
    assert out.breach is None
    assert out.tree.keys() == {"real", "hard", "setuid"}
    assert out.tree["hard"] == out.tree["real"] == File(b"x\n")
    assert sorted(name for name in out.dropped if "socket" not in name) == [
        "device: pipe", "link: link", "link: linked/up", "link: loop", "link: out",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["a\\nb", "\\x1b[31mred", "\\xff\\xfe", "\\xe2\\x80\\xaetxt.exe", "back\\x08space"], ids=ascii
)
def test_a_name_that_is_no_plain_text_is_dropped_and_shown_as_escapes(shared, python, name):
    python(shared, f"import os; os.mkdir('odd'); open(b'odd/{name}', 'w').close(); open('odd/fine', 'w').close()")
    try:
        out = shared.copy_out(Caps())
        assert out.breach is None
        assert [path for path in out.tree if path.startswith("odd/")] == ["odd/fine"]
        (shown,) = out.dropped
        assert shown.startswith("unprintable name: odd/")
        assert shown.isprintable()
    finally:
        shared.run(["rm", "-rf", "odd"], timeout_s=20)


def test_too_many_files_are_a_breach(boxes, host, python):
    with boxes(host) as box:
        python(box, "for n in range(6000): open(f'f{n}', 'w').close()")
        out = box.copy_out(Caps())
    assert out.breach == "more than 5,000 files and folders"
    assert out.tree == {}


def test_folders_nested_without_end_are_a_breach(shared, sh):
    sh(shared, "mkdir -p $(printf 'd/%.0s' $(seq 40))")
    try:
        assert shared.copy_out(Caps()).breach == "folders nested deeper than 20"
    finally:
        sh(shared, "rm -rf d")


@pytest.mark.parametrize("name", ["big", ".git/objects/big"])
def test_a_file_that_claims_to_be_huge_is_a_breach_soon_and_in_little_memory(box, python, name):
    """A file of 20 GiB is refused in the box; sparse ones below that limit add up to the same."""
    script = f"""
import os
os.makedirs(os.path.dirname("/workspace/{name}"), exist_ok=True)
for number in range(20):
    with open(f"/workspace/{name}{{number}}", "w") as file: file.truncate(1 << 30)
try:
    open("/workspace/{name}", "w").truncate(20 << 30)
except OSError as error: print(error.strerror)
"""
    assert python(box, "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n" + script) == "File too large\n"
    box.freeze()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    out = box.copy_out(Caps())
    took = time.monotonic() - started
    grown_mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert out.breach
    assert "large" in out.breach
    assert took < 20
    assert grown_mib < 100


def test_files_of_another_user_cannot_be_slipped_in(box, sh):
    """copy_in to the agent gives the agent its files, to the keeper the keeper's."""
    from harness.sandbox import KEEPER

    box.copy_in({"theirs": File(b"x")}, user=KEEPER)
    assert sh(box, "stat -c %u theirs; echo y 2>/dev/null >theirs || echo refused") == "65534\nrefused"
