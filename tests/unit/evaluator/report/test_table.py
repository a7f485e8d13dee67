"""All trials as a table: true to what is stored, the same in CSV and Parquet, and inert in a spreadsheet."""

import csv
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pyarrow import parquet

from evaluator.evidence import Message, Metered, Usage
from evaluator.report.table import trial_table
from evaluator.report.table_files import csv_text, parquet_bytes


@pytest.fixture
def rows(store_run):
    """The table of a run with these trials, as dicts."""

    def made(*trials, **changes):
        table = trial_table([store_run("run", *trials, **changes)])
        return [dict(zip(table.columns, row, strict=True)) for row in table.rows]

    return made


def test_a_row_says_what_was_run_and_what_came_of_it(rows, make_trial):
    trial = make_trial(
        "codex", "t", 3, score=0.5, strict=(True, False), flags=("box_lost", "left_running"), dollars=0.25, questions=2,
        composites={"ship": 40.0}, subskills={"verify": 1.0, "ask": None},
    )  # fmt: skip
    (row,) = rows(trial, model="gpt-5", versions={"relaybench": "1", "python": "3.11", "codex": "@openai/codex@0.1"})
    expected = {
        "run": "run", "agent": "codex", "task": "t", "attempt": 3, "variant": "vague", "start": 1, "counted": True,
        "outcome": "completed", "error": "", "flags": "box_lost; left_running", "score_correctness": 0.5,
        "score_composite": 50.0, "score_composite_ship": 40.0, "skill_verify": 1.0, "skill_ask": None,
        "first_try": 0.25, "whole_chain": False, "dollars": 0.25, "calls": None, "questions": 2, "agent_wall_s": 10.0,
        "wall_s": 12.0, "sandbox": "docker", "limits": "full", "profile": "plain", "model": "gpt-5",
        "deadline_scale": 1.0, "relaybench": "1", "python": "3.11", "agent_version": "@openai/codex@0.1",
        "round_kind_1": "fix", "round_strict_1": True, "round_strict_2": False, "round_correctness_2": 0.5,
        "round_hand_ins_1": 1, "round_red_1": "",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_an_agent_has_the_model_that_it_was_given(rows, make_trial):
    found = rows(make_trial("a"), make_trial("b"), models={"a": "gpt-5", "b": "kimi-k3"})
    assert [(row["agent"], row["model"]) for row in found] == [("a", "gpt-5"), ("b", "kimi-k3")]


def test_red_groups_are_listed(rows, make_trial):
    trial = make_trial(strict=(False,))
    groups = {"1-fix/late": "failed", "base/total": "passed", "1-fix/early": "failed"}
    trial = trial.model_copy(update={"rounds": (trial.rounds[0].model_copy(update={"groups": groups}),)})
    assert rows(trial)[0]["round_red_1"] == "1-fix/late; 1-fix/early"


def test_what_broke_or_serves_a_comparison_is_there_and_not_counted(rows, make_trial):
    found = rows(
        make_trial(), make_trial(attempt=2, broken=True), make_trial(variant="clear"), make_trial(task="t.noisy")
    )
    assert {(row["task"], row["attempt"], row["variant"]): row["counted"] for row in found} == {
        ("t", 1, "vague"): True, ("t", 2, "vague"): False, ("t", 1, "clear"): False, ("t.noisy", 1, "vague"): False,
    }  # fmt: skip
    (broken,) = [row for row in found if row["outcome"] != "completed"]
    assert (broken["error"], broken["whole_chain"], broken["score_correctness"]) == ("boom", None, None)


def test_calls_and_tokens_are_the_sums_over_metered_turns(store_run, make_trial):
    run = store_run("run", make_trial())
    turns = [
        Usage(calls=3, failed=1, input_tokens=100, output_tokens=10),
        Usage(calls=2, input_tokens=50, cached_tokens=5),
    ]
    events = [Metered(at=1, round=1, hand_in=n, usage=usage) for n, usage in enumerate(turns, 1)]
    said = Message(at=0, round=1, hand_in=1, kind="report", text='{"event":"metered", and more')
    lines = [event.model_dump_json() for event in (said, *events)]
    (run / "trials" / "a--t--1" / "events.jsonl").write_text("\n".join(lines) + "\n")
    table = trial_table([run])
    (row,) = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert [row[name] for name in ("calls", "failed_calls", "input_tokens", "cached_tokens", "output_tokens")] == [
        5, 1, 150, 5, 10,
    ]  # fmt: skip


def test_several_runs_are_one_table_with_the_columns_of_all(store_run, make_trial):
    short = store_run("short", make_trial(strict=(True,)))
    long = store_run("long", make_trial(strict=(True, True, True), scores={"quality": 1.0, "composite": 1.0}))
    table = trial_table([short, long])
    assert [dict(zip(table.columns, row, strict=True))["run"] for row in table.rows] == ["short", "long"]
    assert {"score_correctness", "score_quality", "round_red_3"} <= set(table.columns)
    assert {len(row) for row in table.rows} == {len(table.columns)}


def test_a_run_without_trials_is_a_table_without_rows(store_run):
    table = trial_table([store_run("empty")])
    assert csv_text(table).startswith("run,agent,task,")
    assert csv_text(table).count("\n") == 1
    assert parquet.read_table(io.BytesIO(parquet_bytes(table))).num_rows == 0


def test_every_column_is_explained_on_the_page_about_it(store_run, make_trial):
    table = trial_table([store_run("run", make_trial(subskills={"ask": 1.0}, composites={"ship": 1.0}))])
    page = (Path(__file__).parents[4] / "docs" / "analysis.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`([a-z_<>]+)`", page.partition("## Load")[0]))
    for name in table.columns:
        general = re.sub(r"^score_(?!composite).*", "score_<axis>", name)
        general = re.sub(r"^score_composite_.*", "score_composite_<weights>", general)
        general = re.sub(r"^skill_.*", "skill_<name>", general)
        assert re.sub(r"^round_(.*)_\d+$", r"\1", general) in told, name


class TestFiles:
    def read_csv(self, text):
        return list(csv.DictReader(io.StringIO(text)))

    def test_csv_and_parquet_say_the_same(self, store_run, make_trial):
        table = trial_table([store_run("run", make_trial(score=1 / 3), make_trial(attempt=2, broken=True))])
        typed = parquet.read_table(io.BytesIO(parquet_bytes(table))).to_pylist()
        assert [list(row.values()) for row in typed] == table.rows
        for plain, row in zip(self.read_csv(csv_text(table)), typed, strict=True):
            for name, value in row.items():
                text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
                assert plain[name] == text

    def test_a_column_keeps_its_type_where_nothing_was_measured(self, store_run, make_trial):
        table = trial_table([store_run("run", make_trial(broken=True))])
        schema = parquet.read_table(io.BytesIO(parquet_bytes(table))).schema
        assert [str(schema.field(name).type) for name in ("calls", "dollars", "whole_chain", "model")] == [
            "int64", "double", "bool", "string",
        ]  # fmt: skip

    @pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "\t=", "\r="])
    def test_no_text_is_a_formula(self, store_run, make_trial, sign):
        error = f'{sign}HYPERLINK("http://x.y","click"),2'
        text = csv_text(trial_table([store_run("run", make_trial(f"{sign.strip()}cmd", broken=True, error=error))]))
        (row,) = self.read_csv(text)
        for name in ("agent", "error"):
            assert row[name][0] in "'\\"
        assert not any(cell[:1] in ("=", "+", "-", "@", "\t", "\r") for cell in row.values())

    def test_a_negative_number_stays_one(self, store_run, make_trial):
        table = trial_table([store_run("run", make_trial(scores={"correctness": -0.5, "composite": 0.0}))])
        assert self.read_csv(csv_text(table))[0]["score_correctness"] == "-0.5"

    def test_hostile_text_stays_in_its_cell(self, store_run, make_trial):
        text = csv_text(trial_table([store_run("run", make_trial(broken=True, error='a",b\n"c\x00\u202e'))]))
        assert text.count("\n") == 2
        assert self.read_csv(text)[0]["error"] == 'a",b\\n"c\\x00\\u202e'


def test_without_pyarrow_it_says_what_to_install(store_run, make_trial):
    run = store_run("run", make_trial())
    program = "import sys; sys.modules['pyarrow'] = None; from evaluator.cli import main; main()"
    command = [sys.executable, "-c", program, "report", str(run), "--csv", str(run / "t.csv"), "--parquet", "t.parquet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert done.stderr == (
        "relaybench: --parquet needs pyarrow, which is not installed: pip install 'relaybench[parquet]'\n"
    )
    assert not (run / "t.csv").exists()
