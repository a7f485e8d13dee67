"""What may stand after `--agent`, and what is said about everything else."""

import sys
import uuid
from pathlib import Path

import pytest

from harness.agents import AgentError, load_agent
from harness.agents.agent_file import load_agent_file
from harness.agents.command import CommandAgent
from harness.agents.nop import Nop
from harness.agents.reference import Reference

FILE = 'name = "mine"\n[command]\nfirst = ["run", "{message_file}"]\n'
WHOLE = """
class Whole:
    files = None
    def enter(self, box, ask): ...
    def turn(self, turn): ...
    def leave(self): ...
"""


def agent_file(folder: Path, text: str = FILE, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Writes a module of a fresh name into the current folder."""
    monkeypatch.chdir(tmp_path)
    made = []

    def write(text: str) -> str:
        made.append(f"agents_{uuid.uuid4().hex}")
        (tmp_path / f"{made[-1]}.py").write_text(text)
        return made[-1]

    yield write
    for name in made:
        sys.modules.pop(name, None)


def error(text: str) -> str:
    with pytest.raises(AgentError) as caught:
        load_agent(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "kind"), [("nop", Nop), ("reference", Reference), ("reference-1", Reference), ("reference-12", Reference)]
)
def test_built_in_agents_have_names(text, kind):
    name, make = load_agent(text)
    assert name == text
    assert isinstance(make({}), kind)


def test_a_maker_makes_a_new_agent_for_each_trial():
    _, make = load_agent("nop")
    assert make({}) is not make({})


@pytest.mark.parametrize("text", ["refrence", "reference-0", "reference-x", "noop", ""])
def test_an_unknown_name_lists_what_is_possible(text):
    said = error(text)
    assert f"no agent `{text}`" in said
    assert all(name in said for name in ("chat", "human", "nop", "reference", "codex"))
    assert ".toml" in said
    assert "module:Class" in said


def test_a_near_name_is_suggested():
    assert "Did you mean `reference`?" in error("refrence")


def test_a_class_that_wants_models_is_given_its_access(module):
    text = WHOLE.replace(
        "files = None", "files = None\n    models = 'one'\n    def __init__(self, session): self.s = session"
    )
    _, make = load_agent(f"{module(text)}:Whole")
    assert make.models == "one"
    assert make({}, "session").s == "session"


def test_an_agent_file_gives_its_name_and_its_agent(tmp_path):
    name, make = load_agent(str(agent_file(tmp_path)))
    assert name == "mine"
    assert isinstance(make({}), CommandAgent)
    assert make({}).files is None


class TestClasses:
    def test_a_class_is_found_in_the_current_folder_and_the_path_stays_as_it_was(self, module):
        before = list(sys.path)
        name, make = load_agent(f"{module(WHOLE)}:Whole")
        assert name == "Whole"
        assert type(make({})).__name__ == "Whole"
        assert sys.path == before

    def test_a_class_that_lacks_something_is_told_what(self, module):
        name = module("class Half:\n    files = None\n    def turn(self, turn): ...\n")
        said = error(f"{name}:Half")
        assert "is not an agent: it has no enter, leave" in said
        assert "protocol.py" in said

    @pytest.mark.parametrize("text", ["no_such_module_here:Agent", ":Agent", "..up:Agent", "json:"])
    def test_what_cannot_be_imported_is_said_in_words(self, text):
        assert f"`{text}` cannot be imported" in error(text)

    def test_a_module_without_the_class_says_so(self, module):
        name = module(WHOLE)
        assert "Other" in error(f"{name}:Other")

    @pytest.mark.parametrize("text", ["def broken(", "1 / 0", "import no_such_thing"])
    def test_a_module_that_fails_is_said_in_words_and_the_path_stays_as_it_was(self, module, text):
        before = list(sys.path)
        assert "cannot be imported" in error(f"{module(text)}:Agent")
        assert sys.path == before


class TestFiles:
    def test_files_is_a_folder_beside_the_agent_file(self, tmp_path):
        (tmp_path / "stuff").mkdir()
        spec = load_agent_file(agent_file(tmp_path, 'files = "stuff"\n' + FILE))
        assert spec.files == (tmp_path / "stuff").resolve()
        assert spec.files.is_absolute()

    @pytest.mark.parametrize("what", ["gone", "mine.toml"])
    def test_files_that_are_no_folder_are_refused(self, tmp_path, what):
        path = agent_file(tmp_path, f'files = "{what}"\n' + FILE)
        with pytest.raises(AgentError, match=f"`files`: found '{what}', which is not a folder"):
            load_agent_file(path)

    def test_an_absent_agent_file_says_so(self, tmp_path):
        assert "no such file" in error(str(tmp_path / "gone.toml"))

    @pytest.mark.parametrize("name", ["", "-x", "a/b", "../x", "a b", "x" * 41, "a|b", "a\\nb", "é", ".hidden"])
    def test_a_name_that_could_not_be_a_folder_is_refused(self, tmp_path, name):
        said = error(str(agent_file(tmp_path, FILE.replace('"mine"', f'"{name}"'))))
        assert "`name`: found" in said

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("first", "frist", "did you mean `first`?"),
            ("[command]", "[comand]", "did you mean `command`?"),
            ('["run", "{message_file}"]', "[]", "`command.first`: found []"),
            ('["run", "{message_file}"]', '"run"', "`command.first`: found 'run'"),
        ],
    )
    def test_a_mistake_is_told_with_file_and_key(self, tmp_path, old, new, said):
        path = agent_file(tmp_path, FILE.replace(old, new))
        text = error(str(path))
        assert str(path) in text
        assert said in text

    @pytest.mark.parametrize("line", ['next = ["{gateway_url}"]', 'env = { URL = "{gateway_url}/v1" }'])
    def test_access_to_models_is_asked_for_by_naming_the_gateway(self, tmp_path, line):
        assert load_agent(str(agent_file(tmp_path, FILE + line + "\n")))[1].models == "its own"
        named = line.replace("{gateway_url}", "{gateway_url} {model}")
        assert load_agent(str(agent_file(tmp_path, FILE + named + "\n")))[1].models == "one"
        assert load_agent(str(agent_file(tmp_path)))[1].models == "none"
