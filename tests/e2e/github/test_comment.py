"""Comments on pull requests, as the workflow writes them: one for each thing, found again, never somebody else's."""

import pytest
from actions.api import GitHub, Server
from actions.runner import Runner

MARKER = "<!-- relaybench: gates -->"


@pytest.fixture
def comment(checkout, github, gh, tmp_path):
    """Runs the workflow with this text."""
    count = iter(range(9))

    def run(text):
        home = tmp_path / f"run-{next(count)}"
        (home / "jobs").mkdir(parents=True)
        (home / "artifact").mkdir()
        (home / "artifact/gates.md").write_text(text)
        context = {"event_name": "pull_request", "event": {"pull_request": {"number": 7}}}
        with Server(github, home / "gh") as server:
            runner = Runner(
                checkout, home / "jobs", github=context, environment=server.environment,
                artifacts={"gates": home / "artifact"},
            )  # fmt: skip
            inputs = {"about": "gates", "artifact": "gates", "file": "gates.md"}
            runner.run(checkout / ".github/workflows/comment.yml", inputs=inputs)
        return runner.jobs["comment"].result

    return run


def test_the_first_time_it_is_written_and_then_it_is_updated(comment, github):
    assert comment("| gate |\n") == "success"
    assert comment("| other |\n") == "success"
    assert [one["body"] for one in github.comments] == [f"{MARKER}\n| other |\n"]


def test_only_our_own_is_touched(comment, github):
    github.comment(f"{MARKER} I am the robot", login="stranger")
    github.comment("<!-- relaybench: evaluation -->\nother")
    github.comment(f"quoting {MARKER}")
    before = [one["body"] for one in github.comments]
    comment("text\n")
    assert [one["body"] for one in github.comments] == [*before, f"{MARKER}\ntext\n"]


def test_it_is_found_on_a_later_page_and_the_first_of_two_is_taken(comment, github):
    github.per_page = 3
    for n in range(7):
        github.comment(f"remark {n}", login="somebody")
    github.comment(f"{MARKER}\nold")
    github.comment(f"{MARKER}\nolder still")
    comment("new\n")
    assert [one["body"] for one in github.comments[7:]] == [f"{MARKER}\nnew\n", f"{MARKER}\nolder still"]


def test_what_is_too_long_is_cut_at_a_line_with_the_way_to_the_rest(comment, github):
    comment("".join(f"line {n:05} é\n" for n in range(9000)))
    body = github.comments[0]["body"]
    assert 55_000 < len(body.encode()) < 65_536
    assert body.endswith("The rest is [on the page of the run](https://github.com/relay/bench/actions/runs/77).\n")
    assert "line 00000 é\nline 00001 é\n" in body


@pytest.mark.parametrize(
    "text", ["$(touch x) `touch x` \"; touch x; '\n", "@/etc/passwd\n", "a=b&c=<d>\n", "\\n %s \t{}\n"]
)
def test_text_is_text(comment, github, text):
    comment(text)
    assert github.comments[0]["body"] == f"{MARKER}\n{text}"


def test_github_that_does_not_answer_fails_it(comment, github):
    github.broken = True
    assert comment("text\n") == "failure"


def test_the_helper_answers_as_github_does_to_what_it_does_not_know():
    assert GitHub().answer("GET", "/repos/relay/bench/secrets", b"")[0] == 404
