"""The run folder: whole or not at all, one owner, and what broke can be run again."""

import errno
import json
import os

import junitparser
import pytest

from evaluator.evidence import Grade, GroupResult, Message, RoundResult, TrialResult
from evaluator.run import folder as module
from evaluator.run.folder import RunError, RunFolder, RunInfo, junit, read_info, read_results, write_whole
from evaluator.trial.record import RoundRecord, TrialRecord

INFO = RunInfo(
    id="r", created="now", agents=("nop",), tasks=(), attempts=1, deadline_scale=1, sandbox="auto", versions={},
    machine={},
)  # fmt: skip


def result(agent="nop", attempt=1, outcome="completed", error="") -> TrialResult:
    return TrialResult(
        agent=agent, task="tally", task_version=1, task_digest="d", attempt=attempt, sandbox="docker",
        outcome=outcome, error=error,
        rounds=() if error else (
            RoundResult(
                n=1, kind="fix", strict=True, isolated=True, correctness=1, first_try=1, hand_ins=1, groups={},
                constraints={}, wall_s=1, timed_out=False,
            ),
        ),
    )  # fmt: skip


def grade(**tests: str) -> Grade:
    group = GroupResult(round=1, weight=1, critical=False, passed=not any(tests.values()), tests=tests)
    return Grade(round=1, hand_in=1, groups={"1-fix/a": group}, probes={}, start_s=0.1, reason="", wall_s=1.0)


@pytest.fixture
def record(tally):
    played = RoundRecord(
        tally.rounds[0], ["please", "still broken ü"], [b"diff one", b"diff two \xff"], [grade(x="no"), grade(x="")]
    )
    return TrialRecord(result(), [Message(at=0.1, round=1, hand_in=1, kind="report", text="a\nb")], [played], b"bundle")


def files(path) -> dict[str, bytes]:
    return {str(p.relative_to(path)): p.read_bytes() for p in sorted(path.rglob("*")) if p.is_file()}


class TestTrials:
    def test_a_stored_trial_has_every_file(self, tmp_path, record):
        with RunFolder(tmp_path) as folder:
            folder.save(record)
        stored = files(tmp_path / "trials" / "nop--tally--1")
        last, first = "rounds/1-fix", "rounds/1-fix/hand-in-1"
        each = ("diff.patch", "grade.json", "junit.xml", "message.md")
        assert set(stored) == {"events.jsonl", "history.bundle", "measures.json", "result.json"} | {
            f"{place}/{name}" for place in (last, first) for name in each
        }
        assert stored["history.bundle"] == b"bundle"
        assert stored[f"{first}/diff.patch"] == b"diff one"
        assert stored[f"{last}/diff.patch"] == b"diff two \xff"
        assert stored[f"{last}/message.md"].decode() == "still broken ü"
        assert json.loads(stored[f"{last}/grade.json"])["groups"]["1-fix/a"]["passed"] is True
        (event,) = stored["events.jsonl"].splitlines()
        assert json.loads(event)["text"] == "a\nb"
        assert read_results(tmp_path) == [record.result]

    def test_nothing_else_is_left_beside_it(self, tmp_path, record):
        with RunFolder(tmp_path) as folder, folder.scratch("nop--tally--1") as scratch:
            (scratch / "work").write_text("x")
            folder.save(record)
        assert [path.name for path in (tmp_path / "trials").iterdir()] == ["nop--tally--1"]

    def test_a_failure_is_kept_with_its_trace_and_a_later_success_replaces_it(self, tmp_path, record):
        with RunFolder(tmp_path) as folder:
            folder.save_failure(result(outcome="infrastructure_error", error="boom"), [], "Traceback ...")
            home = tmp_path / "trials" / "nop--tally--1"
            assert (home / "error.txt").read_text() == "Traceback ..."
            assert [r.error for r in read_results(tmp_path)] == ["boom"]
            folder.save(record)
        assert not (home / "error.txt").exists()
        assert [r.outcome for r in read_results(tmp_path)] == ["completed"]

    def test_a_failure_without_a_trace_has_no_error_file(self, tmp_path):
        with RunFolder(tmp_path) as folder:
            folder.save_failure(result(outcome="infrastructure_error", error="boom"), [], "")
        assert set(files(tmp_path / "trials" / "nop--tally--1")) == {"events.jsonl", "result.json"}

    def test_half_a_trial_is_never_seen_and_the_next_run_removes_it(self, tmp_path, record, monkeypatch):
        def broken(path, data):
            if path.name == "result.json":
                raise KeyboardInterrupt
            path.write_bytes(data)

        monkeypatch.setattr(module, "_write_synced", broken)
        with RunFolder(tmp_path) as folder, pytest.raises(KeyboardInterrupt):
            folder.save(record)
        assert read_results(tmp_path) == []
        assert [path.name for path in (tmp_path / "trials").iterdir()] == [".partial-nop--tally--1.done"]
        with RunFolder(tmp_path):
            assert list((tmp_path / "trials").iterdir()) == []

    def test_a_scratch_folder_is_empty_and_goes_with_its_trial(self, tmp_path):
        with RunFolder(tmp_path) as folder:
            with pytest.raises(ValueError, match="x"), folder.scratch("t") as scratch:
                (scratch / "a").mkdir()
                raise ValueError("x")
            with folder.scratch("t") as again:
                assert list(again.iterdir()) == []

    def test_every_file_reaches_the_disk_before_the_trial_is_there(self, tmp_path, record, monkeypatch):
        synced = []
        monkeypatch.setattr(os, "fsync", lambda fd: synced.append((tmp_path / "trials" / "nop--tally--1").exists()))
        with RunFolder(tmp_path) as folder:
            folder.save(record)
        assert synced == [False] * 12


class TestDiskErrors:
    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
    def test_a_full_disk_says_what_to_do_and_leaves_no_half_trial(self, tmp_path, record, monkeypatch, code):
        def full(fd):
            raise OSError(code, os.strerror(code))

        with RunFolder(tmp_path) as folder:
            monkeypatch.setattr(os, "fsync", full)
            with pytest.raises(RunError) as caught:
                folder.save(record)
        assert f"{tmp_path}: cannot be written: {os.strerror(code)}. Free some space" in str(caught.value)
        assert "--resume --run-dir" in str(caught.value)
        assert read_results(tmp_path) == []

    def test_another_disk_error_is_told_too(self, tmp_path, monkeypatch):
        def broken(fd):
            raise OSError(errno.EIO, "Input/output error")

        monkeypatch.setattr(os, "fsync", broken)
        with pytest.raises(RunError, match=r"Input/output error\. Mend that"):
            write_whole(tmp_path / "f", b"new")

    def test_a_file_that_could_not_be_written_keeps_its_old_content(self, tmp_path, monkeypatch):
        write_whole(tmp_path / "f", b"old")
        with monkeypatch.context() as patched, pytest.raises(RunError):
            patched.setattr(os, "fsync", lambda fd: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
            write_whole(tmp_path / "f", b"new")
        assert (tmp_path / "f").read_bytes() == b"old"
        write_whole(tmp_path / "f", b"new")
        assert files(tmp_path) == {"f": b"new"}

    def test_a_place_that_cannot_be_made_is_told(self, tmp_path):
        (tmp_path / "file").write_text("x")
        with pytest.raises(RunError, match="cannot be written"), RunFolder(tmp_path / "file" / "run"):
            pass


class TestLock:
    def test_a_second_orchestrator_is_turned_away(self, tmp_path):
        with (
            RunFolder(tmp_path),
            pytest.raises(RunError, match="Another relaybench is working in"),
            RunFolder(tmp_path),
        ):
            pass

    def test_afterwards_the_folder_is_free(self, tmp_path):
        for _ in range(2):
            with RunFolder(tmp_path):
                pass

    def test_a_second_orchestrator_does_not_remove_the_first_ones_work(self, tmp_path):
        with RunFolder(tmp_path) as folder, folder.scratch("t") as scratch:
            with pytest.raises(RunError), RunFolder(tmp_path):
                pass
            assert scratch.is_dir()


class TestInfo:
    def test_what_is_written_is_read(self, tmp_path):
        with RunFolder(tmp_path) as folder:
            assert folder.info() is None
            folder.write_info(INFO)
            assert folder.info() == INFO

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (INFO.model_dump_json()[:-1] + ', "formt": 1}', "`formt`: unknown key; did you mean `format`?"),
            ("{}", "`id`: missing"),
            ("not json", "invalid JSON"),
            ("", "invalid JSON"),
        ],
    )
    def test_a_file_of_another_kind_is_told(self, tmp_path, text, said):
        (tmp_path / "run.json").write_text(text)
        with pytest.raises(RunError) as caught:
            read_info(tmp_path)
        assert said in str(caught.value)
        assert str(tmp_path / "run.json") in str(caught.value)
        assert "another version" in str(caught.value)

    def test_a_folder_without_a_run_is_told(self, tmp_path):
        with pytest.raises(RunError, match="is this a run folder"):
            read_info(tmp_path)


class TestJunit:
    def read(self, xml: bytes):
        return [
            (c.classname, c.name, [r.message for r in c.result])
            for s in junitparser.JUnitXml.fromstring(xml)
            for c in s
        ]

    def test_each_hidden_test_is_a_case(self):
        assert self.read(junit(grade(good="", bad="assert 1 == 2"), "1-fix")) == [
            ("1-fix/a", "good", []),
            ("1-fix/a", "bad", ["assert 1 == 2"]),
        ]

    def test_where_nothing_could_be_tested_each_group_is_a_case(self):
        nothing = grade().model_copy(update={"reason": "it ended"})
        failed = nothing.groups["1-fix/a"].model_copy(update={"passed": False})
        xml = junit(nothing.model_copy(update={"groups": {"1-fix/a": failed}}), "1-fix")
        assert self.read(xml) == [("1-fix/a", "(all)", ["it ended"])]

    def test_markup_in_a_message_stays_text(self):
        why = '<script>&amp; ]]> "quoted" \'s ü\\n'
        assert self.read(junit(grade(**{"t<[&]>": why}), "1-fix")) == [("1-fix/a", "t<[&]>", [why])]
