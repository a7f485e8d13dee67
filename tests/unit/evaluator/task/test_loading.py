"""A task's folder is read whole, or one sentence says what is wrong with it."""

import shutil
from pathlib import Path

import pytest

from evaluator.task import TaskError, find_tasks, load_task
from harness.sandbox.tree import File

TALLY = Path(__file__).parents[4] / "evaluator/task/smallest/tally"


@pytest.fixture
def copy(tmp_path):
    """A copy of the smallest task, to spoil."""
    return Path(shutil.copytree(TALLY, tmp_path / "tally", ignore=shutil.ignore_patterns("__pycache__")))


def replace(file: str, old: str, new: str):
    def change(task: Path) -> None:
        text = (task / file).read_text()
        assert old in text
        (task / file).write_text(text.replace(old, new, 1))

    return change


def both(*changes):
    return lambda task: [change(task) for change in changes]


def add(file: str, text: str):
    def change(task: Path) -> None:
        path = task / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((path.read_text() if path.exists() else "") + text)

    return change


def drop(name: str):
    return lambda task: shutil.rmtree(task / name) if (task / name).is_dir() else (task / name).unlink()


def rename(old: str, new: str):
    return lambda task: (task / old).rename(task / new)


def link(name: str, to: str):
    return lambda task: (task / name).symlink_to(to)


FACT = '[[fact]]\nid = "{}"\nvalue = "v"\nquestions = ["how so?", "why so?"]\n'

MISTAKES = {
    # unknown keys
    "key in task.toml": (
        replace("task.toml", "title", "titel"),
        "task.toml: `titel`: unknown key; did you mean `title`",
    ),
    "key in [run]": (replace("task.toml", "health =", "helth ="), "`run.helth`: unknown key; did you mean `health`"),
    "key in a round": (replace("task.toml", "tries", "trys"), "`rounds.1.trys`: unknown key; did you mean `tries`"),
    "key in a group": (replace("task.toml", "critical", "critcal"), "`base.groups.total.critcal`: unknown key"),
    "key in [sandbox]": (replace("task.toml", "memory_mb", "memory"), "did you mean `memory_mb`"),
    "key in facts": (add("facts.toml", FACT.format("x") + "rouds = [1]\n"), "did you mean `rounds`"),
    "key in constraints": (replace("constraints.toml", "probe", "prob"), "did you mean `probe`"),
    # values
    "kind": (replace("task.toml", '"fix"', '"bugfix"'), "`rounds.1.kind`: found 'bugfix'"),
    "language": (replace("task.toml", '"python"', '"cobol"'), "`language`: found 'cobol'"),
    "calls of another language": (
        replace("task.toml", 'language = "python"', 'language = "go"'),
        "`run.call` is 'python', but boxes for go",
    ),
    "packages of another language": (
        both(
            replace("task.toml", 'language = "python"', 'language = "go"'),
            replace("task.toml", 'call = "python"', ""),
        ),
        "only tasks in Python have packages",
    ),
    "deadline": (replace("task.toml", "deadline_s = 20", "deadline_s = 0"), "`rounds.1.deadline_s`: found 0"),
    "canary": (replace("task.toml", "relaybench-canary-", "canary-"), "`canary`: found 'canary-"),
    "nobody owns it": (replace("task.toml", '["@relaybench/maintainers"]', "[]"), "`owners`: found []"),
    "rounds not counted": (replace("task.toml", "[rounds.3]", "[rounds.4]"), "rounds are numbered 1, 2, 3"),
    "round is no number": (replace("task.toml", "[rounds.3]", "[rounds.three]"), "`rounds.three`: found 'three'"),
    "id is not the folder": (replace("task.toml", 'id = "tally"', 'id = "talley"'), "the folder is called 'tally'"),
    "complaint is no text": (add("rounds/2-feature/complaints.toml", "history = 1\n"), "`history`: one text for each"),
    "no default complaint": (
        replace("rounds/2-feature/complaints.toml", "default", "history"),
        "complaints.toml: `default`: one text",
    ),
    # not TOML, not text
    "task.toml is no TOML": (add("task.toml", "= ="), "task.toml: not valid TOML"),
    "complaints are no TOML": (add("rounds/1-fix/complaints.toml", "x ="), "complaints.toml: not valid TOML"),
    "facts are no TOML": (add("facts.toml", "[["), "facts.toml: not valid TOML"),
    # missing
    "no task.toml": (drop("task.toml"), "task.toml: no such file"),
    "no repo": (drop("repo"), "repo: missing; it holds what the agent gets"),
    "no base tests": (drop("base/test_total.py"), "base: no test_*.py"),
    "no report": (drop("rounds/1-fix/report.md"), "rounds/1-fix/report.md: no such file"),
    "no clear report": (drop("rounds/2-feature/clear.md"), "clear.md: no such file"),
    "no complaints": (drop("rounds/1-fix/complaints.toml"), "complaints.toml: no such file"),
    "no hidden tests": (drop("rounds/3-refactor/tests"), "tests: no test_*.py"),
    "no probe": (
        rename("constraints/test_no_floats.py", "constraints/test_other.py"),
        "no file constraints/test_no_fl",
    ),
    "no solution": (drop("rounds/1-fix/solution.patch"), "solution.patch is needed"),
    # names
    "round folder of another kind": (rename("rounds/1-fix", "rounds/1-feature"), "1-feature: not part of task.toml's"),
    "round folder missing": (drop("rounds/2-feature"), "2-feature: missing; round 2 is of kind 'feature'"),
    "a round too many": (add("rounds/4-fix/report.md", "x"), "4-fix: not part of task.toml's rounds"),
    "stray file with a near name": (add("fact.toml", ""), "fact.toml: not part of a task; did you mean `facts.toml`"),
    "stray folder": (add("zzz/x", ""), "zzz: not part of a task (known: README.md, base"),
    "stray folder in a round": (
        rename("rounds/1-fix/wrong", "rounds/1-fix/wrongs"),
        "wrongs: not part of a round; did you mean `wrong`",
    ),
    "solution numbering": (
        rename("rounds/1-fix/solution.patch", "rounds/1-fix/solution-2.patch"),
        "further shapes are solution-2.patch",
    ),
    "solution gap": (add("rounds/1-fix/solution-3.patch", "x"), "further shapes are solution-2.patch"),
    "solution without a dash": (add("rounds/1-fix/solution2.patch", "x"), "further shapes are solution-2.patch"),
    "link in the seed": (link("repo/link.py", "tally.py"), "repo/link.py: a seed holds plain files"),
    "dangling link in the seed": (link("repo/link.py", "/nowhere"), "repo/link.py: a seed holds plain files"),
    # references
    "unknown group in groups": (
        replace("task.toml", "[base.groups.total]", "[base.groups.totals]"),
        "group `totals`: no base/test_totals.py; did you mean `total`",
    ),
    "unknown group in a round's groups": (
        add("task.toml", "[rounds.3.groups.x]\nweight = 2.0\n"),
        "group `x`: no tests/test_x.py",
    ),
    "unknown group in complaints": (
        replace("rounds/1-fix/complaints.toml", "negative", "negativ"),
        "`negativ`: there is no group `negativ`; did you mean `negative`",
    ),
    "unknown group in retires": (
        add("task.toml", 'retires = ["1-fix/negativ"]\n'),
        "`rounds.3.retires`: there is no group `1-fix/negativ`; did you mean `1-fix/negative`",
    ),
    "a round that retires itself": (
        add("task.toml", 'retires = ["3-refactor/structure"]\n'),
        "`rounds.3.retires`: there is no group `3-refactor/structure`",
    ),
    "fact for an absent round": (add("facts.toml", FACT.format("x") + "rounds = [4]\n"), "there is no round 4"),
    "two facts of one id": (add("facts.toml", FACT.format("x") * 2), "'x' names more than one fact"),
    "fact with one question": (
        add("facts.toml", FACT.format("x").replace(', "why so?"', "")),
        "`fact.2.questions`: found ['how so?']",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_its_place_and_remedy(copy, name):
    change, said = MISTAKES[name]
    change(copy)
    with pytest.raises(TaskError) as caught:
        load_task(copy)
    assert said in str(caught.value)
    assert str(copy) in str(caught.value)


def test_a_task_that_runs_nothing_is_refused(copy):
    for line in ("service = ", "cli = ", "call = "):
        text = (copy / "task.toml").read_text()
        (copy / "task.toml").write_text("\n".join(kept for kept in text.splitlines() if not kept.startswith(line)))
    with pytest.raises(TaskError, match="one of `service`, `cli` or `call` is needed"):
        load_task(copy)


def test_the_smallest_task_is_read_whole(tally):
    assert [round_.slug for round_ in tally.rounds] == ["1-fix", "2-feature", "3-refactor"]
    assert tally.seed["tally.py"] == File((TALLY / "repo" / "tally.py").read_bytes())
    assert [(group.id, group.critical) for group in tally.base] == [("base/total", True)]
    assert [group.id for group in tally.probes] == ["constraint/no_floats"]
    assert tally.rounds[0].complaints["negative"].startswith("Refunds")
    assert set(tally.rounds[0].wrong) == {"ignore", "special-case"}
    assert set(tally.mutants) == {"abs", "order"}


def test_optional_parts_may_be_absent(copy):
    for name in ("facts.toml", "constraints.toml", "constraints", "mutants", "environment", "README.md", "conftest.py"):
        drop(name)(copy)
    task = load_task(copy)
    assert (task.facts, task.constraints, task.probes, task.mutants, task.requirements) == ((), (), (), {}, ())


def test_requirements_are_sorted_and_without_remarks(copy):
    (copy / "environment" / "requirements.txt").write_text("# ours\nzebra==1\n\nant==2  # small\n")
    assert load_task(copy).requirements == ("ant==2", "zebra==1")


def test_tasks_are_found_by_their_task_toml(tmp_path, copy):
    (tmp_path / "notes").mkdir()
    assert find_tasks(tmp_path) == [copy]
    assert find_tasks(tmp_path / "nowhere") == []


class TestDigest:
    def test_it_is_the_same_for_the_same_bytes_anywhere(self, copy, tally):
        assert load_task(copy).digest == load_task(TALLY).digest == tally.digest

    @pytest.mark.parametrize(
        "file",
        [str(path.relative_to(TALLY)) for path in sorted(TALLY.rglob("*")) if path.suffix in (".md", ".py", ".patch")],
    )
    def test_it_changes_with_any_byte(self, copy, tally, file):
        add(file, "\n")(copy)
        assert load_task(copy).digest != tally.digest

    def test_it_changes_with_a_name_and_a_mode(self, copy, tally):
        (copy / "repo" / "tally.py").chmod(0o755)
        changed = load_task(copy).digest
        assert changed != tally.digest
        rename("repo/README.md", "repo/README.txt")(copy)
        assert load_task(copy).digest not in (changed, tally.digest)

    def test_it_does_not_change_with_what_python_leaves_behind(self, copy, tally):
        add("repo/__pycache__/tally.cpython-311.pyc", "x")(copy)
        add("base/__pycache__/x.pyc", "x")(copy)
        add(".DS_Store", "x")(copy)
        task = load_task(copy)
        assert task.digest == tally.digest
        assert task.seed == tally.seed

    def test_a_checkout_below_a_folder_named_like_litter_is_still_read(self, tmp_path, tally):
        copy = Path(shutil.copytree(TALLY, tmp_path / "__pycache__" / "tally"))
        task = load_task(copy)
        assert (task.seed, task.digest) == (tally.seed, tally.digest)


class TestRequired:
    def test_each_round_adds_its_groups(self, tally):
        ids = [[group.id for group in tally.required(n)] for n in (1, 2, 3)]
        assert ids[0] == ["base/total", "1-fix/negative"]
        assert ids[1] == [*ids[0], "2-feature/history"]
        assert ids[2] == [*ids[1], "3-refactor/structure"]

    def test_what_a_round_retires_is_required_no_more(self, copy):
        add("task.toml", 'retires = ["1-fix/negative"]\n')(copy)
        task = load_task(copy)
        assert "1-fix/negative" in [group.id for group in task.required(2)]
        assert "1-fix/negative" not in [group.id for group in task.required(3)]


class TestSolutions:
    def test_a_chain_takes_its_own_shape_where_there_is_one(self, copy):
        add("rounds/2-feature/solution-2.patch", "second")(copy)
        task = load_task(copy)
        first = [round_.solutions[0] for round_ in task.rounds]
        assert task.chains == 2
        assert list(task.solution(1).values()) == first
        assert list(task.solution(2).values()) == [first[0], b"second", first[2]]
        assert task.solution(9) == task.solution(1)

    def test_shapes_are_counted_not_sorted_by_name(self, copy):
        for number in range(2, 12):
            add(f"rounds/2-feature/solution-{number}.patch", f"{number}")(copy)
        assert load_task(copy).rounds[1].solutions[1:] == tuple(b"%d" % n for n in range(2, 12))


def test_a_turn_is_never_longer_than_its_round(copy):
    add("task.toml", "turn_deadline_s = 50\n")(copy)
    assert [round_.turn_deadline_s for round_ in load_task(copy).rounds] == [20, 20, 20]
