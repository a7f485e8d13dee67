"""What people are shown: true at 80 columns, and inert whatever came out of a run."""

import html
import io
import re

import pytest
from rich.console import Console

from evaluator.evidence import RoundResult, TrialResult
from evaluator.report.findings import read_findings
from evaluator.report.gates import print_verdicts
from evaluator.report.markdown import markdown
from evaluator.report.terminal import interval, print_run
from evaluator.run.folder import RunFolder, RunInfo, TaskRef
from evaluator.run.gates import Verdict

HOSTILE = (
    "a|b <script>x</script> @team #12 `code` *b* _i_ [l](http://x.y) www.z.com ![i](u)\n# head\n\n---\n"
    "\x1b[2J\u202e&lt;"
)
KINDS = ("fix", "feature", "refactor", "fix", "feature")


def trial(agent="nop", task="t0", attempt=1, strict=(True, True, False), error="", **changes) -> TrialResult:
    rounds = tuple(
        RoundResult(
            n=n, kind=KINDS[n - 1], strict=ok, isolated=ok, correctness=1.0 if ok else 0.4, first_try=0.3, hand_ins=2,
            groups={"1-fix/good": "passed", **({} if ok else {f"{n}-x/red-{k}": "failed" for k in range(6)})},
            constraints={}, wall_s=1, timed_out=not ok,
        )
        for n, ok in enumerate(strict, 1)
    )  # fmt: skip
    score = sum(strict) / len(strict) * 0.617
    return TrialResult(**{
        "agent": agent, "task": task, "task_version": 1, "task_digest": "d", "attempt": attempt, "sandbox": "docker",
        "outcome": "infrastructure_error" if error else "completed", "error": error,
        "scores": {} if error else {"correctness": score, "composite": 100 * score},
        "rounds": () if error else rounds, **changes,
    })  # fmt: skip


@pytest.fixture
def run(tmp_path):
    def make(*results: TrialResult, tasks: int = 3, attempts: int = 1):
        info = RunInfo(
            id="20260101-1", created="c", agents=tuple(dict.fromkeys(r.agent for r in results)) or ("nop",),
            tasks=tuple(TaskRef(id=f"t{n}", version=1, digest="d", folder="t") for n in range(tasks)),
            attempts=attempts, deadline_scale=1, sandbox="auto", versions={}, machine={},
        )  # fmt: skip
        with RunFolder(tmp_path / "run") as folder:
            folder.write_info(info)
            for result in results:
                folder.save_failure(result, [], "")
        return tmp_path / "run"

    return make


def shown(path, width: int) -> str:
    console = Console(file=io.StringIO(), width=width, no_color=True, force_terminal=False)
    print_run(path, console)
    return console.file.getvalue()


class TestFindings:
    def test_a_red_round_says_what_is_red(self, run):
        found = read_findings(run(trial(), tasks=1))
        assert found.troubles == [
            "nop--t0--1, round 3 (refactor): red after 2 hand-ins, at the deadline: "
            "3-x/red-0, 3-x/red-1, 3-x/red-2, 3-x/red-3 and 2 more"
        ]
        assert found.rounds == ["1 fix", "2 feature", "3 refactor"]

    def test_work_that_did_not_run_says_why(self, run):
        result = trial(strict=(False,))
        rounds = (result.rounds[0].model_copy(update={"reason": "the service ended with status 1"}),)
        found = read_findings(run(result.model_copy(update={"rounds": rounds})))
        assert found.troubles == ["nop--t0--1, round 1 (fix): the service ended with status 1"]

    def test_an_infrastructure_error_is_shown_and_not_scored(self, run):
        found = read_findings(run(trial(error="the engine hung up"), tasks=1))
        assert found.troubles == ["! nop--t0--1: infrastructure error, not scored: the engine hung up"]
        assert any("take no number here for a result" in note for note in found.notes)

    def test_flags_are_shown(self, run):
        found = read_findings(run(trial(strict=(True,), flags=("protected_path", "box_lost"))))
        assert found.troubles == ["nop--t0--1: flagged protected_path, box_lost"]

    def test_a_green_run_has_no_troubles(self, run):
        assert read_findings(run(trial(strict=(True, True, True)))).troubles == []

    def test_an_unfinished_run_says_how_to_go_on(self, run):
        path = run(trial(), attempts=2)
        assert f"1 of 6 trials are stored; --resume --run-dir {path} runs the rest." in read_findings(path).notes

    def test_few_tasks_are_said_to_show_little(self, run):
        assert any(
            "1 task can show only large differences" in note for note in read_findings(run(trial(), tasks=1)).notes
        )
        many = run(*(trial(task=f"t{n}") for n in range(20)), tasks=20)
        assert not any("can show only" in note for note in read_findings(many).notes)

    def test_the_kind_of_box_is_said(self, run):
        assert any("Boxes: docker (limits: full)." in note for note in read_findings(run(trial())).notes)

    def test_troubles_are_one_printable_line_each(self, run):
        assert all(line.isprintable() for line in read_findings(run(trial(error=HOSTILE))).troubles)


class TestTerminal:
    AGENTS = ("claude-code", "a-name-of-forty-characters-which-is-most")

    @pytest.fixture
    def path(self, run):
        return run(*(
            trial(agent, f"t{n}", strict=(True, n == 0, False)) for agent in self.AGENTS for n in range(3)
        ))  # fmt: skip

    @pytest.mark.parametrize("width", [80, 100, 110, 120, 200])
    def test_no_line_is_wider_than_the_terminal_and_nothing_is_cut(self, path, width):
        text = shown(path, width)
        assert max(map(len, text.splitlines())) <= width
        assert "…" not in text
        for word in ("agent", "trials", "composite", "correctness", "first", "try", "fix", "feature", "refactor"):
            assert re.search(rf"\b{word}\b", text.partition("claude-code")[0]), word
        for number in ("27", "(21–41)", "0.27", "(0.21–0.41)", "0.30", "100%", "33%", "0%"):
            assert number in text, number

    def test_a_long_name_is_folded_not_cut(self, path):
        lines = shown(path, 80).splitlines()
        start = next(n for n, line in enumerate(lines) if line.startswith("a-name"))
        name = ""
        for line in lines[start:]:
            name += line[:16].split(" ")[0]
            if name == self.AGENTS[1]:
                break
        assert name == self.AGENTS[1]

    def test_five_rounds_fit_in_80_columns(self, run):
        text = shown(run(trial(strict=(True, False, True, False, True), task="t0")), 80)
        assert max(map(len, text.splitlines())) <= 80
        assert "…" not in text
        assert re.search(r" 1 +2 +3 +4 +5 *\n", text)

    def test_what_the_trials_say_together_stands_under_what_went_wrong(self, run):
        agents = [
            trial(agent, f"t{n}", strict=(True, agent == "good", False)) for agent in ("good", "poor") for n in (0, 1)
        ]
        path = run(*agents)
        text = " ".join(shown(path, 80).split())
        assert "No agent beats these in both time (cost is unknown) and composite, fastest first: good." in text
        assert "The order by composite (good > poor) holds under 100% of weightings" in text
        assert text.index("red after") < text.index("No agent beats") < text.index("Boxes: docker")
        assert "\n- The order by composite \\(good > poor\\) holds" in markdown(path)

    def test_a_long_list_of_what_went_wrong_is_cut_and_markdown_has_it_all(self, run):
        path = run(*(trial(task=f"t{n}", strict=(False, False)) for n in range(30)), tasks=30)
        assert len(re.findall(r"nop--t\d+--1, round", shown(path, 200))) == 40
        assert "... and 20 more lines; relaybench report --markdown FILE has all." in shown(path, 200)
        assert len(re.findall(r"nop--t\d+--1, round", markdown(path))) == 60

    def test_an_agent_without_completed_trials_has_dashes(self, run):
        text = shown(run(trial(error="boom")), 80)
        assert re.search(r"nop +0 +– +– +–", text)

    def test_nothing_from_a_run_reaches_the_terminal_as_more_than_text(self, run):
        text = shown(run(trial(error=HOSTILE), trial("n[red]op", "t1", flags=("[bold]x",))), 120)
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "n[red]op" in text
        assert "[bold]x" in text

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (None, "–"),
            ({"mean": 0.614, "low": 0.4, "high": 0.8}, "0.61 (0.40–0.80)"),
            ({"mean": 1.0, "low": 1.0, "high": 1.0}, "1.00"),
        ],
    )
    def test_an_interval_is_a_mean_and_a_range(self, value, text):
        assert interval(value) == text


class TestMarkdown:
    def test_a_table_row_for_each_agent(self, run):
        text = markdown(run(trial("a"), trial("b", strict=(True, True, True))))
        head, rule, *rows = [line for line in text.splitlines() if line.startswith("|")]
        assert (
            head
            == "| agent | trials | composite | correctness | first try | 1 fix | 2 feature | 3 refactor | whole chain |"
        )
        assert rows == [
            "| a | 1 | 41 | 0.41 | 0.30 | 100% | 100% | 0% | 0% |",
            "| b | 1 | 62 | 0.62 | 0.30 | 100% | 100% | 100% | 100% |",
        ]
        assert {line.count("|") for line in (head, rule, *rows)} == {10}

    def test_an_agent_without_completed_trials_has_dashes(self, run):
        assert "| a | 0 | – | – | – | – | – | – | – |" in markdown(run(trial("a", error="x"), trial("b")))

    def test_an_agent_whose_tasks_are_shorter_keeps_its_columns(self, run):
        text = markdown(run(trial("a", strict=(True,)), trial("b")))
        assert "| a | 1 | 62 | 0.62 | 0.30 | 100% | – | – | 100% |" in text

    def test_nothing_from_a_run_is_markup(self, run):
        text = markdown(run(trial(error=HOSTILE), trial(agent="x|y<b>`", task="t1")))
        lines = text.splitlines()
        (trouble,) = [line for line in lines if "not scored" in line]
        assert trouble.startswith("- ")
        assert "<script" not in text
        assert "<b>" not in text
        resolved = html.unescape(trouble.replace("\\", ""))  # what GitHub looks for mentions and links in
        assert not re.search(r"@\w|#\d|://|www\.", resolved)
        for sign in "|`*_[]!":
            assert not re.search(rf"(?<!\\)\{sign}", trouble.replace("&#8203;", "")), sign
        assert all(line.isprintable() for line in lines)
        assert sum(line.startswith("#") for line in lines) == 1
        assert not any(line.strip("-") == "" and line for line in lines)
        assert {re.sub(r"\\\|", "", line).count("|") for line in lines if line.startswith("|")} == {10}

    def test_entities_in_a_run_stay_as_they_were_written(self, run):
        assert "&amp;lt;" in markdown(run(trial(error="&lt;")))

    def test_a_green_run_has_no_troubles_section(self, run):
        assert "<details>" not in markdown(run(trial(strict=(True,))))


class TestGates:
    def shown(self, *verdicts: Verdict) -> str:
        console = Console(file=io.StringIO(), width=100, no_color=True)
        print_verdicts("tally", verdicts, console)
        return console.file.getvalue()

    def test_repeats_that_agree_are_one_line(self):
        text = self.shown(*(Verdict("repeat", f"{n} of 3", True, "4 groups green") for n in (1, 2, 3)))
        assert text.count("repeat") == 1
        assert "3 shuffled runs" in text
        assert "all 3 gates passed" in text

    def test_a_gate_that_holds_a_task_back_is_shown_with_its_evidence(self):
        text = self.shown(
            Verdict("wrong", "1-fix/guard", False, "every group is [green]"), Verdict("seed", "x", True, "y")
        )
        assert re.search(r"wrong +NO +1-fix/guard +every group is \[green\]", text)
        assert "1 of 2 gates hold it back" in text
