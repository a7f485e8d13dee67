"""What cannot work is said before anything starts: which thing, why, what instead; the exit status says whose fault."""

import os
import shutil

import pytest

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def refused(relaybench, one_paragraph, tmp_path):
    """Runs a command that must fail at once; what it said, in one line."""

    def run(code, *arguments, **options):
        found, out, err = relaybench(tmp_path, *arguments, timeout=30, **options)
        assert (found, out) == (code, ""), err
        assert one_paragraph(err)
        assert not (tmp_path / "runs").exists()
        return " ".join(err.split())

    return run


def test_without_an_engine(refused, small):
    env = {**os.environ, "DOCKER_HOST": "unix:///nonexistent/docker.sock"}
    said = refused(1, "run", "--agent", "nop", "--task", small, "--sandbox", "docker", env=env)
    assert "No Docker engine answers at unix:///nonexistent/docker.sock" in said
    assert "Start one" in said
    assert "No Docker engine answers" in refused(1, "task", "check", small, "--sandbox", "docker", env=env)


def test_an_unknown_agent(refused, small):
    said = refused(2, "run", "--agent", "referense", "--task", small)
    assert "There is no agent `referense`. Did you mean `reference`?" in said


def test_an_unknown_task(refused, tmp_path, small):
    assert "There is no task `smalll`" in refused(2, "run", "--agent", "nop", "--task", "smalll")
    shutil.copytree(small, tmp_path / "task_repos" / "small")
    said = refused(2, "run", "--agent", "nop", "--task", "smalll")
    assert "Did you mean `small`?" in said


def test_no_task_at_all(refused):
    assert "--task" in refused(2, "run", "--agent", "nop")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("task.toml", "deadline_s", "deadlin_s", "`rounds.1.deadlin_s`: unknown key; did you mean `deadline_s`?"),
        ("task.toml", "version = 1", "version = ", "not valid TOML"),
        ("task.toml", 'difficulty = "easy"', 'difficulty = "odd"', "`difficulty`: found 'odd'"),
        ("rounds/1-fix/complaints.toml", "negative", "negativ", "did you mean `negative`?"),
        ("facts.toml", "value", "valu", "did you mean `value`?"),
    ],
)
def test_a_malformed_task(refused, tmp_path, small, file, old, new, said):
    folder = shutil.copytree(small, tmp_path / "small")
    path = folder / file
    path.write_text(path.read_text().replace(old, new, 1))
    text = refused(2, "run", "--agent", "nop", "--task", folder)
    assert said in text
    assert str(path) in text


def test_a_task_without_a_round(refused, tmp_path, small):
    folder = shutil.copytree(small, tmp_path / "small")
    shutil.rmtree(folder / "rounds" / "1-fix")
    assert "rounds/1-fix: missing" in refused(2, "run", "--agent", "nop", "--task", folder)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no such file"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"name = ", "not valid TOML"),
        (b'name = "x"\n[comand]\nfirst = ["x"]\n', "did you mean `command`?"),
        (b'name = "a/b"\n[command]\nfirst = ["x"]\n', "`name`: found 'a/b'"),
        (b'name = "x"\nfiles = "absent"\n[command]\nfirst = ["x"]\n', "`files`"),
        (b'name = "x"\n[command]\nfirst = []\n', "`command.first`"),
    ],
    ids=["absent", "no text", "no TOML", "misspelt", "bad name", "no files", "empty"],
)
def test_an_agent_file_that_cannot_be_used(refused, tmp_path, small, content, said):
    if content is not None:
        (tmp_path / "agent.toml").write_bytes(content)
    text = refused(2, "run", "--agent", "agent.toml", "--task", small)
    assert said in text
    assert "agent.toml" in text


def test_an_agent_file_that_is_a_folder(refused, tmp_path, small):
    (tmp_path / "agent.toml").mkdir()
    assert "cannot be read" in refused(2, "run", "--agent", "agent.toml", "--task", small)


@pytest.mark.parametrize("name", ["no_such_module:Agent", "json:NoSuchClass", "json:JSONDecoder"])
def test_an_agent_class_that_is_none(refused, small, name):
    assert f"`{name}`" in refused(2, "run", "--agent", name, "--task", small)


def test_a_run_folder_that_is_something_else(refused, tmp_path, small):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_text("cat")
    assert "is not empty and holds no run" in refused(
        2, "run", "--agent", "nop", "--task", small, "--run-dir", "photos"
    )
    said = refused(2, "run", "--agent", "nop", "--task", small, "--run-dir", "absent", "--resume")
    assert "absent does not exist" in said
    assert [entry.name for entry in (tmp_path / "photos").iterdir()] == ["cat.jpg"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "--agent", "nop", "--attempts", "0"],
        ["run", "--agent", "nop", "--resume"],
        ["nonsense"],
        ["report"],
    ],
)
def test_wrong_usage_ends_with_2(relaybench, tmp_path, arguments):
    code, out, err = relaybench(tmp_path, *arguments)
    assert (code, out) == (2, "")
    assert "Error" in err or "Usage" in err
