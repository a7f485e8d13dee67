"""A run as a person sees it: in a terminal of its own, whose screen is looked at while it goes on and afterwards."""

import codecs
import fcntl
import os
import pty
import re
import signal
import struct
import termios
import threading
import time

import pytest

pytestmark = [pytest.mark.engine, pytest.mark.timeout(180)]


class Screen:
    """A terminal of `columns` and what stands on it; it knows what the live table uses, and fails at anything else."""

    SEQUENCE = re.compile(r"\x1b\[(\??\d*(?:;\d+)*)([A-Za-z])")

    def __init__(self, columns):
        self.columns, self.lines, self.row, self.column = columns, [""], 0, 0
        self.cursor, self.coloured = True, False
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def close(self):
        os.close(self.slave)
        self._reader.join(10)
        os.close(self.master)

    def _read(self):
        left = ""
        decode = codecs.getincrementaldecoder("utf-8")().decode
        while True:
            try:
                data = os.read(self.master, 65536)
            except OSError:  # nobody has the other end open
                return
            left = self._feed(left + decode(data))

    def _feed(self, text):
        """Show `text`; what of it is the beginning of something longer is handed back."""
        while text:
            if text[0] == "\x1b":
                found = self.SEQUENCE.match(text)
                if not found:
                    return text
                self._control(*found.groups())
                text = text[found.end() :]
            else:
                self._print(text[0])
                text = text[1:]
        return ""

    def _control(self, number, letter):
        match letter, number:
            case "m", _:
                self.coloured = self.coloured or bool(re.search(r"(^|;)[349]\d", number))
            case "A", _:
                self.row -= int(number or 1)
                assert self.row >= 0
            case "K", "2":
                self.lines[self.row] = ""
            case (("l" | "h"), "?25"):
                self.cursor = letter == "h"
            case _:
                raise AssertionError(f"ESC [ {number} {letter}")

    def _print(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.row += 1
            self.lines += [""] * (self.row + 1 - len(self.lines))
        else:
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[: self.column] + character + line[self.column + 1 :]
            self.column += 1

    def shown(self):
        return [line.rstrip() for line in self.lines]


@pytest.fixture
def screen():
    made = []

    def of(columns):
        made.append(Screen(columns))
        return made[-1]

    yield of
    for one in made:
        one.close()


@pytest.fixture
def watched(start, small, tmp_path):
    """The command, its standard error on a screen."""

    def run(screen, *arguments, **env):
        command = ["run", "--agent", "reference", "--task", small, "--run-dir", "out", *arguments]
        environment = {**os.environ, "TERM": "xterm-256color", **env}
        environment.pop("COLUMNS", None)
        return start(tmp_path, *command, stderr=screen.slave, env=environment)

    return run


@pytest.mark.parametrize(("columns", "env"), [(80, {"NO_COLOR": "1"}), (120, {})])
def test_the_table_is_there_while_trials_run_and_gone_afterwards(watched, screen, soon, columns, env):
    seen = screen(columns)
    with watched(seen, "--attempts", 2, **env) as process:
        assert soon(lambda: any("works on the report" in line or "grading" in line for line in seen.shown()), 60)
        during = seen.shown()
        assert process.wait(120) == 0
        out, _ = process.communicate()
    assert re.search(r"^[01] of 2 trials done · 0:\d\d · ", "\n".join(during), re.MULTILINE)
    assert any(re.search(r"1/1 fix +0:0\d/", line) for line in during)
    left = [line for line in seen.shown() if line]
    assert [re.sub(r"\d+\.\d s", "T", line) for line in left if line.startswith("[")] == [
        "[1/2] reference--small--1: 1 of 1 rounds strict, T",
        "[2/2] reference--small--2: 1 of 1 rounds strict, T",
    ]
    assert not any("trials done" in line or "grading" in line for line in left)
    assert max(map(len, seen.lines)) <= columns
    assert seen.cursor
    assert not seen.coloured
    assert "\x1b" not in out  # a pipe
    assert "reference  2 trials of 1 task" in out


def test_interrupted_it_leaves_a_clean_screen_and_says_how_to_go_on(watched, screen, soon):
    seen = screen(80)
    with watched(seen) as process:
        assert soon(lambda: any("1/1 fix" in line for line in seen.shown()), 60)
        process.send_signal(signal.SIGINT)
        assert process.wait(90) == 130
    time.sleep(0.2)
    said = seen.shown()
    assert not any("trials done" in line or "1/1 fix" in line for line in said)
    assert "Go on with the same command and --resume --run-dir out" in " ".join(said)
    assert seen.cursor
