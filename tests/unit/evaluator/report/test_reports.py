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
from evaluator.report.terminal import print_run
from evaluator.run.folder import RunFolder, RunInfo, TaskRef
from evaluator.run.gates import Verdict

HOSTILE = (
    "a|b <script>x</script> @team #12 `code` *b* _i_ [l](http://x.y) www.z.com ![i](u)\n# head\n\n---\n"
    "\x1b[2J\u202e&lt;"
)
KINDS = ("fix", "feature", "refactor", "fix", "feature")
AXES = (
    "correctness", "adaptability", "quality", "efficiency", "recovery", "clarification", "calibration", "deployability",
)  # fmt: skip


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

    def test_what_is_red_most_often_is_said_of_many_trials(self, run):
        many = [trial("x", "t0", n, strict=(n > 3, True)) for n in range(1, 13)]
        assert read_findings(run(*many)).often_red == [
            f"t0, 1-x/red-{group}: red in 3 of 12 trials" for group in range(5)
        ]

    def test_few_trials_and_controls_have_no_most_often(self, run):
        few = [trial("x", f"t{n}") for n in range(4)]
        assert read_findings(run(*few, *(trial("nop", f"t{n}") for n in range(20)))).often_red == []

    def test_infrastructure_errors_come_first(self, run):
        found = read_findings(run(trial("a"), trial("z", error="boom")))
        assert [line[0] for line in found.troubles] == ["!", "a"]

    def test_troubles_are_one_printable_line_each(self, run):
        assert all(line.isprintable() for line in read_findings(run(trial(error=HOSTILE))).troubles)


class TestTerminal:
    AGENTS = ("claude-code", "a-name-of-forty-characters-which-is-most")

    @pytest.fixture
    def path(self, run):
        return run(*(
            trial(agent, f"t{n}", strict=(True, n == 0, False), agent_wall_s=41.0, dollars=0.5)
            for agent in self.AGENTS for n in range(3)
        ))  # fmt: skip

    @pytest.fixture
    def whole_vector(self, run):
        """Twelve agents of forty characters, every axis, with intervals."""
        return run(*(
            trial(
                f"{n:02}-{'x' * 37}", f"t{task}", strict=(True, False, True, False, True),
                scores=dict.fromkeys(AXES, 0.03 + task / 4) | {"composite": 30.0 + 35 * task},
            )
            for n in range(12) for task in range(3)
        ))  # fmt: skip

    @pytest.mark.parametrize("width", [80, 100, 120, 200])
    def test_no_line_is_wider_than_the_terminal_and_nothing_is_cut(self, path, width):
        text = shown(path, width)
        table, _, below = text.partition("More:")
        assert max(map(len, table.splitlines())) <= width
        assert "…" not in text
        for number in ("27", "21–41", "0.27", ".21–.41", "0.30", "100%", "33%", "0%", "41 s of work and $0.50 a trial"):
            assert number in table, number
        assert f"relaybench report {path} --html DIR" in below

    @pytest.mark.parametrize("width", [80, 120])
    def test_twelve_agents_with_every_axis_and_five_rounds_fit(self, whole_vector, width):
        lines = shown(whole_vector, width).partition("More:")[0].splitlines()
        assert max(map(len, lines)) <= width
        assert sum(line.startswith("11-xxx") and "3 trials of 3 tasks" in line for line in lines) == 1
        assert sum(line.split() == ["0.28", *["0.28"] * 7, "65"] for line in lines) == 12
        assert sum(line.split() == ["95", "%", *[".03–.53"] * 8, "30–100"] for line in lines) == 12

    @pytest.mark.parametrize("width", [80, 120])
    def test_every_axis_is_named_whole_and_the_composite_comes_last(self, whole_vector, width):
        lines = shown(whole_vector, width).splitlines()
        head = next(n for n, line in enumerate(lines) if line.startswith("scores"))
        above = lines[head - 1].split() if width == 80 else []
        named = " ".join([*above, *lines[head].split()[1:]])
        if width == 80:
            assert named.startswith("correct- adapta- effi- recov- clarifi- calib- deploy- com- ness bility quality")
        else:
            assert named == " ".join([*AXES, "composite"])

    def test_an_axis_that_nobody_was_scored_on_is_a_column_of_dashes(self, run):
        text = shown(run(trial(scores={"correctness": 0.5, "recovery": None, "composite": 50.0})), 120)
        assert "correctness  recovery  composite" in text
        assert re.search(r"0\.50 +– +50", text)

    def test_rounds_are_a_curve_with_its_numbers(self, run):
        lines = shown(run(trial(strict=(True, True, False)), trial(task="t1", strict=(True, False, False))), 80)
        lines = [line for line in lines.splitlines() if line.strip()]
        head, strict, right = (next(line for line in lines if line.lstrip().startswith(word))
                               for word in ("rounds", "strict", "correctness"))  # fmt: skip
        assert head.split() == ["rounds", "1", "fix", "2", "feature", "3", "refactor", "whole", "chain", "first", "try"]
        assert strict.split() == ["strict", "█▄▁", "100%", "50%", "0%", "0%"]
        assert right.split() == ["correctness", "█▅▃", "1.00", "0.70", "0.40", "0.30"]
        assert [strict.index(text) + len(text) for text in ("100%", " 50%")] == [
            head.index(text) + len(text) for text in ("1 fix", "2 feature")
        ]  # a number stands under its round

    def test_the_best_agent_comes_first(self, run):
        text = shown(run(trial("a", strict=(False, False)), trial("b", strict=(True, True))), 80)
        assert text.index("\nb ") < text.index("\na ")

    def test_an_agent_whose_tasks_are_shorter_keeps_its_columns(self, run):
        text = shown(run(trial("a", strict=(True,)), trial("b", strict=(False, True))), 80)
        assert re.search(r"strict +█ +100% +100%\n", text)

    def test_what_the_trials_say_together_stands_under_what_went_wrong(self, run):
        agents = [
            trial(agent, f"t{n}", strict=(True, agent == "good", False)) for agent in ("good", "poor") for n in (0, 1)
        ]
        path = run(*agents)
        text = " ".join(shown(path, 80).split())
        assert "No agent beats these in both time (cost is unknown) and composite, fastest first: good." in text
        assert "The order by composite (good > poor) holds under 100% of weightings" in text
        assert text.index("red after") < text.index("No agent beats") < text.index("Boxes: docker")
        assert "\n- The order by composite \\(good > poor\\) holds" in markdown([path])

    def test_a_long_list_of_what_went_wrong_is_cut_and_markdown_has_it_all(self, run):
        path = run(*(trial("x", f"t{n}", strict=(False, False)) for n in range(30)), tasks=30)
        assert len(re.findall(r"x--t\d+--1, round", shown(path, 200))) == 40
        assert "... and 20 more lines; relaybench report --markdown FILE has all." in shown(path, 200)
        assert len(re.findall(r"x--t\d+--1, round", markdown([path]))) == 60
        assert shown(path, 200).count("red in 1 of 1 trials") == 5

    def test_one_thing_that_went_wrong_takes_three_lines_at_most(self, run):
        text = shown(run(trial(error="word " * 150)), 80)
        start = text.index("! nop--t0--1")
        assert text[start:].partition("\n\n")[0].count("\n") == 2
        assert " …\n" in text

    def test_an_agent_without_completed_trials_has_dashes(self, run):
        text = shown(run(trial("x", error="boom"), trial("y")), 80)
        assert re.search(r"\nx  0 trials of 0 tasks, 1 broke\n +– +–\n", text)
        assert "\nx " not in text.partition("rounds")[2]

    def test_a_run_in_which_nothing_was_scored_is_still_shown(self, run):
        assert "! nop--t0--1: infrastructure error, not scored: boom" in shown(run(trial(error="boom")), 80)

    def test_a_run_without_trials_is_still_shown(self, run):
        assert shown(run(), 80).startswith("\n0 of 3 trials are stored; --resume")

    def test_nothing_from_a_run_reaches_the_terminal_as_more_than_text(self, run):
        text = shown(run(trial(error=HOSTILE), trial("n[red]op", "t1", flags=("[bold]x",))), 120)
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "n[red]op" in text
        assert "[bold]x" in text


class TestMarkdown:
    def rows(self, text: str) -> list[list[str]]:
        return [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]

    def test_it_begins_with_the_mark_by_which_a_comment_is_found(self, run):
        assert markdown([run(trial())]).startswith("<!-- relaybench -->\n## relaybench 20260101-1\n")

    def test_vectors_and_rounds_are_a_row_for_each_agent(self, run):
        text = markdown([run(trial("a", agent_wall_s=41.0, dollars=0.5), trial("b", strict=(True, True, True)))])
        vectors, rounds = self.rows(text)[:4], self.rows(text)[4:]
        assert vectors[0] == ["agent", "trials", "correctness", "composite"]
        assert vectors[2:] == [["b", "1", "0.62", "62"], ["a", "1", "0.41", "41"]]
        assert rounds[0] == ["agent", "", "1 fix", "2 feature", "3 refactor", "whole chain", "first try",
                             "work a trial", "cost a trial"]  # fmt: skip
        assert rounds[3] == ["a", "██▁", "100% · 1.00", "100% · 1.00", "0% · 0.40", "0%", "0.30", "41 s", "$0.50"]

    def test_an_interval_stands_under_its_mean(self, run):
        text = markdown([run(trial(), trial(task="t1", strict=(False, False, False)))])
        assert "0.21<br><sub>0.00–0.41</sub>" in text

    def test_an_agent_without_completed_trials_has_dashes(self, run):
        text = markdown([run(trial("a", error="x"), trial("b"))])
        assert ["a", "0", "–", "–"] in self.rows(text)
        assert ["a", *["–"] * 8] in self.rows(text)

    def test_an_agent_whose_tasks_are_shorter_keeps_its_columns(self, run):
        text = markdown([run(trial("a", strict=(True,)), trial("b"))])
        assert ["a", "█", "100% · 1.00", "–", "–", "100%", "0.30", "0 s", "–"] in self.rows(text)

    def test_nothing_from_a_run_is_markup(self, run):
        text = markdown([run(trial(error=HOSTILE), trial(agent="x|y<b>`", task="t1"))])
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
        columns = [re.sub(r"\\\|", "", line).count("|") for line in lines if line.startswith("|")]
        assert columns == [5] * 4 + [10] * 4

    def test_entities_in_a_run_stay_as_they_were_written(self, run):
        assert "&amp;lt;" in markdown([run(trial(error="&lt;"))])

    def test_a_green_run_has_no_troubles_section(self, run):
        assert "<details>" not in markdown([run(trial(strict=(True,)))])

    def test_a_page_too_long_for_github_says_what_it_leaves_out(self, run):
        path = run(*(trial("x" * 90, f"t{n}", strict=(False,) * 5) for n in range(40)), tasks=40)
        text = markdown([path, path])
        assert 60_000 < len(text) <= 65_000
        first, second = text.split("## relaybench")[1:]
        assert "left out" not in first  # what is furthest down goes first
        kept = second.count(", round ")
        assert f"… and {200 - kept} more lines. They are left out: GitHub takes no longer page." in second
        assert second.count("<details>") == second.count("</details>") == 1
        assert first.count(", round ") == 200
        assert "Boxes: docker" in second

    def test_tables_are_cut_too_if_they_must_be(self, run):
        path = run(*(trial(f"{n:03}{'x' * 200}", strict=(True, True, True)) for n in range(200)))
        text = markdown([path])
        assert len(text) <= 65_000
        assert "more agents. They are left out" in text


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
