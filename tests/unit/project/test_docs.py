"""The guide, the README and other pages for people: links lead somewhere, commands exist, the reference is right."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import markdown
import pytest

ROOT = Path(__file__).parents[3]
sys.path.append(str(ROOT / "docs" / "tools"))

from cli_reference import reference  # noqa: E402
from guide import address_of_sources, link_sources, outside_the_navigation, problems_of  # noqa: E402
from pages import is_remote, read_page, split  # noqa: E402

from evaluator.cli import relaybench  # noqa: E402
from harness.agents.agent_file import load_agent_file  # noqa: E402

PAGES = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "benchmarks/*.md", "evaluator/README.md", "harness/README.md")
    for path in ROOT.glob(pattern)
)
TOP = {path.name for path in ROOT.iterdir()}
# Words in commands that stand for something: a placeholder is no wrong value.
STANDS_FOR = re.compile(r"^[A-Z_]+(=[A-Z]+)?(\.\.\.)?$")

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def test_the_guide_builds_and_its_links_lead_somewhere(tmp_path):
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "tools" / "guide.py", "--check", "--to", tmp_path / "site"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "index.html").exists()


def test_a_reader_would_run_into_these(tmp_path):
    (tmp_path / "index.html").write_text(
        '<a href="#gone">a</a> <a href="gone.html">b</a> <a href="../gone.py">c</a> <img src="gone.png">'
        '<script src="https://elsewhere.example/x.js"></script> <a href="https://elsewhere.example">fine</a>'
        '<a href="../README.md">fine</a> <h2 id="here"></h2> <a href="index.html#here">fine</a>'
    )
    (tmp_path / "a.css").write_text("@font-face { src: url(https://elsewhere.example/font.woff2) }")
    assert list(problems_of(tmp_path)) == [
        "index.html: gone.png: there is no such file",
        "index.html: loads https://elsewhere.example/x.js from another server",
        "index.html: #gone: there is no such heading",
        "index.html: gone.html: there is no such page",
        "index.html: ../gone.py: there is no such file in the repository",
        "a.css: loads https://elsewhere.example/font.woff2 from another server",
    ]


def test_a_page_outside_the_navigation_is_told(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "found.md").touch()
    (tmp_path / "docs" / "lost.md").touch()
    (tmp_path / "zensical.toml").write_text('[project]\nnav = [{ "A" = ["index.md", { "B" = "found.md" }] }]')
    assert list(outside_the_navigation(tmp_path)) == ["docs/lost.md: not in the navigation (zensical.toml, `nav`)"]


@pytest.mark.parametrize(
    "env, found",
    [
        ({}, "see the README"),
        (
            {"GITHUB_SERVER_URL": "https://forge", "GITHUB_REPOSITORY": "us/it", "GITHUB_SHA": "abc"},
            'see <a href="https://forge/us/it/blob/abc/README.md#more">the README</a>',
        ),
    ],
)
def test_links_to_sources_lead_to_where_they_are_if_that_is_known(tmp_path, env, found):
    (tmp_path / "index.html").write_text('see <a href="../index.html#more">the README</a>')  # as Zensical names it
    link_sources(tmp_path, address_of_sources(env))
    assert (tmp_path / "index.html").read_text() == found


@every_page
def test_links_lead_somewhere_where_the_repository_is_shown(page):
    """There, a link is to a file as it lies, and headings have the anchors that GitHub gives them."""
    found = read_page(markdown.markdown(page.read_text(), extensions=["tables", "fenced_code"]))
    for link in [*found.links, *found.loads]:
        if is_remote(link):
            continue
        path, anchor = split(link)
        target = page.parent / path if path else page
        assert target.exists(), f"{link}: there is no such file"
        assert not anchor or anchor in headings(target), f"{link}: there is no such heading"


def headings(page):
    """The anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S)
    titles = [re.sub(r"[`*\[\]]", "", title) for title in re.findall(r"^#+ (.+)$", text, flags=re.M)]
    return {re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-") for title in titles}


@every_page
def test_files_that_are_named_exist(page):
    spans = re.findall(r"`([\w.-]+/[\w./-]*)`", page.read_text())
    assert [span for span in spans if span.split("/")[0] in TOP and not (ROOT / span).exists()] == []


@every_page
def test_commands_that_are_shown_exist(page):
    for command in commands(page.read_text(), in_text=page.name != "cli.md"):  # whose text is the commands' own
        parse(command)


def commands(text, *, in_text=True):
    """Every `relaybench ...` in code, without what a shell does with it."""
    text = text.replace("\\\n", " ")  # a command that goes on in the next line
    code = [line for block in re.findall(r"^```\w*\n(.*?)^```", text, flags=re.M | re.S) for line in block.splitlines()]
    prose = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S).replace("\n", " ")
    for line in [*code, *(re.findall(r"`([^`]+)`", prose) if in_text else [])]:
        found = re.match(r"(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?relaybench (.*)", line.strip())
        if found and not found[1].startswith(("COMMAND", "-h", "--version")) and "[OPTIONS]" not in line:
            yield re.split(r"\s+#|\s{3,}|[|>;]", found[1])[0]


def parse(command):
    """Fails where click would: no such command, option or value. Files need not be there."""
    group, words = relaybench, shlex.split(command)
    while isinstance(group, click.Group):
        assert words, f"relaybench {command}: which command?"
        found = group.get_command(click.Context(group), words.pop(0))
        assert found, f"relaybench {command}: there is no such command"
        group = found
    context = click.Context(group, info_name=command)
    try:
        values, rest, _ = group.make_parser(context).parse_args(list(words))
    except click.UsageError as error:
        pytest.fail(f"relaybench {command}: {error.format_message()}")
    assert not rest, f"relaybench {command}: {rest} is too much"
    for parameter in group.params:
        given = values.get(parameter.name)
        for value in given if isinstance(given, (list, tuple)) else [given]:
            if isinstance(value, str) and not STANDS_FOR.match(value) and not isinstance(parameter.type, click.Path):
                try:
                    parameter.type.convert(value, parameter, context)
                except click.UsageError as error:
                    pytest.fail(f"relaybench {command}: {error.format_message()}")


@pytest.mark.parametrize(
    "command", ["runn", "run --agents nop", "run --attempts none", "run --sandbox vm", "task chekc", "merge --run-dir"]
)
def test_a_command_that_does_not_exist_is_noticed(command):
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        parse(command)


def test_agent_files_that_are_shown_are_agent_files(tmp_path):
    text = (ROOT / "docs" / "adding-an-agent.md").read_text()
    (tmp_path / "my-agent").mkdir()
    shown = [block for block in re.findall(r"^```toml\n(.*?)^```", text, flags=re.M | re.S) if "[command]" in block]
    assert len(shown) == 2
    for block in shown:
        file = tmp_path / "shown.toml"
        file.write_text(block if "name =" in block else f'name = "shown"\n{block}')
        assert load_agent_file(file).command.first[0] == "/opt/agent/run"


def test_every_page_that_shows_commands_is_read():
    assert [*commands((ROOT / "README.md").read_text())]
    assert len([*commands((ROOT / "docs" / "quickstart.md").read_text())]) > 8
    assert [*commands("```sh\nA=1 relaybench run --agent x  # why\n```\nor `relaybench doctor`")] == [
        "run --agent x",
        "doctor",
    ]


def test_the_reference_of_commands_is_what_they_say():
    assert (ROOT / "docs" / "cli.md").read_text() == reference(), "`make docs` writes docs/cli.md anew"
