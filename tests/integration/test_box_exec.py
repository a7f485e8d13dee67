"""Running a command in a box: its input, its outputs, its end."""

import time

import pytest

pytestmark = [pytest.mark.engine, pytest.mark.timeout(120)]

MIB = 1 << 20


@pytest.mark.parametrize(
    ("script", "code"), [("true", 0), ("exit 3", 3), ("exit 255", 255), ("kill -9 $$", 137), ("kill -TERM $$", 143)]
)
def test_the_exit_code_is_the_programs(shared, script, code):
    done = shared.run(["sh", "-c", script], timeout_s=20)
    assert (done.code, done.timed_out, done.overrun_s) == (code, False, 0.0)


def test_the_two_outputs_are_told_apart(shared):
    done = shared.run(["sh", "-c", "echo out; echo err >&2; printf end"], timeout_s=20)
    assert (done.stdout, done.stderr, done.truncated) == (b"out\nend", b"err\n", False)


def test_it_runs_in_the_workspace_as_the_agent_with_what_it_is_given(shared, sh):
    assert (
        sh(shared, 'echo "$PWD $(id -un) $HOME $ROUND"', env={"ROUND": "zwei 2"})
        == "/workspace agent /home/agent zwei 2"
    )
    assert sh(shared, 'echo "${ROUND-unset}"') == "unset"


def test_arguments_are_passed_as_they_are(shared):
    words = ["a b", "$HOME", "'\"", "*", "", "é\n"]
    done = shared.run(["python3", "-c", "import sys; print(ascii(sys.argv[1:]))", *words], timeout_s=20)
    assert done.stdout.decode().strip() == ascii(words)


def test_input_reaches_the_program_and_ends(shared):
    data = bytes(range(256)) * 1000
    done = shared.run(["sha256sum"], stdin=data, timeout_s=20)
    import hashlib

    assert done.stdout.split()[0].decode() == hashlib.sha256(data).hexdigest()
    assert shared.run(["cat"], timeout_s=20).stdout == b""


def test_input_that_nobody_reads_is_no_trouble(shared):
    done = shared.run(["sh", "-c", "exec 0<&-; echo done"], stdin=b"x" * 8 * MIB, timeout_s=20)
    assert (done.code, done.stdout) == (0, b"done\n")


def test_large_input_while_output_floods_does_not_block(shared):
    """A writer that waits for its reader, who waits for its own reader, would hang here until the deadline."""
    flood = "import sys; sys.stdout.write('o' * (8 << 20)); sys.stdout.flush(); print(len(sys.stdin.buffer.read()))"
    done = shared.run(["python3", "-c", flood], stdin=b"i" * 8 * MIB, timeout_s=60, output_cap=16 * MIB)
    assert done.code == 0
    assert done.stdout[: 8 * MIB] == b"o" * 8 * MIB
    assert int(done.stdout[8 * MIB :]) == 8 * MIB


def test_output_is_cut_at_the_cap_and_says_so(shared):
    done = shared.run(
        ["sh", "-c", "head -c 5000 /dev/zero | tr '\\0' x; echo whole >&2"], timeout_s=20, output_cap=1000
    )
    assert (done.stdout, done.stderr, done.truncated, done.code) == (b"x" * 1000, b"whole\n", True, 0)
    exact = shared.run(["printf", "x" * 1000], timeout_s=20, output_cap=1000)
    assert (len(exact.stdout), exact.truncated) == (1000, False)


@pytest.mark.parametrize("argv", [["no-such-program"], ["/workspace/absent"], ["/etc/passwd"]])
def test_a_program_that_is_missing_or_none_is_a_failed_command(shared, argv):
    done = shared.run(argv, timeout_s=20)
    assert done.code in (126, 127)  # engines differ
    assert argv[0].encode() in done.stdout + done.stderr


def test_a_command_is_over_when_its_program_is_though_a_child_holds_its_output(shared, sh):
    started = time.monotonic()
    done = shared.run(["sh", "-c", "sleep 30 & echo started"], timeout_s=15)
    assert (done.code, done.timed_out, done.stdout) == (0, False, b"started\n")
    assert time.monotonic() - started < 8
    assert "sleep" in shared.reap()


def test_a_program_that_closes_its_outputs_is_still_waited_for(shared):
    done = shared.run(["sh", "-c", "exec >&- 2>&-; sleep 0.5; exit 7"], timeout_s=20)
    assert done.code == 7
    assert done.wall_s >= 0.5


def test_files_for_an_agent_can_be_read_and_run_but_not_changed(boxes, host, sh, tmp_path):
    tool = tmp_path / "bin" / "tool"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho ran\n")
    tool.chmod(0o700)
    (tmp_path / "data.txt").write_text("text\n")
    (tmp_path / "data.txt").chmod(0o600)
    script = """
cat /opt/agent/data.txt; /opt/agent/bin/tool
exec 2>/dev/null
echo x >/opt/agent/data.txt || rm /opt/agent/data.txt || mv /opt/agent/bin /opt/agent/x || touch /opt/agent/new ||
chmod 777 /opt/agent/bin || echo unchanged
"""
    with boxes(host, files=tmp_path) as box:
        assert sh(box, script).split() == ["text", "ran", "unchanged"]
    assert tool.stat().st_mode & 0o777 == 0o700
