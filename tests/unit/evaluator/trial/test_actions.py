"""What an agent did, from what it had its tools do; and what became of planned faults."""

import pytest

from evaluator.trial.actions import acted, command_kinds, faulted, shell_command
from harness.gateway import Call


@pytest.mark.parametrize(
    ("command", "kinds"),
    [
        ("ls -la && grep -rn total . | head", ["command"]),
        ("python3 -m pytest -q 2>&1 | tail -3", ["test"]),
        ("cd /workspace && FOO=1 timeout 60 uv run pytest -x", ["test"]),
        ("npm run test -- --silent", ["test"]),
        ("go test ./...", ["test"]),
        ("make check", ["test"]),
        ("python tests/test_total.py", ["test"]),
        ("/usr/bin/pytest", ["test"]),
        ("cat pytest.ini; echo 'run pytest > now'", ["command"]),
        ("sed -i 's/a/b/' a.py && pytest", ["edit", "test"]),
        ("pytest; git apply fix.patch; pytest", ["test", "edit", "test"]),
        ("git apply <<'END'\n--- a\n+++ b\npytest\nEND\npython3 -m pytest", ["edit", "test"]),
        ("cat > a.py <<EOF\nimport pytest\nEOF", ["edit"]),
        ("echo x >> notes.md", ["edit"]),
        ("cat > a.py <<EOF && pytest\nEOF\npytest", ["edit", "test"]),
        ("cat > a.py <<EOF\npytest", ["edit"]),
        ("cat > a.py <<-EOF\nx\n\tEOF\npytest", ["edit", "test"]),
        ("pytest > /tmp/out 2>&1; cat /tmp/out", ["test"]),
        ("ask-reporter 'which pytest?'", ["question"]),
        ("bash -lc 'pytest -q'", ["test"]),
        ("echo 'unclosed", ["command"]),
        ("", ["command"]),
    ],
)
def test_a_shell_command_is_what_it_does(command, kinds):
    assert list(command_kinds(command)) == kinds


@pytest.mark.parametrize(
    ("name", "given", "command"),
    [
        ("shell", {"command": "ls"}, "ls"),
        ("shell", {"command": ["bash", "-lc", "ls; pwd"]}, "ls; pwd"),
        ("exec_command", {"cmd": "ls"}, "ls"),
        ("local_shell", {"command": ["ls", "a b"]}, "ls 'a b'"),
        ("str_replace_based_edit_tool", {"command": "create"}, None),
        ("read_file", {"path": "a.py"}, None),
        ("shell", {"command": 3}, None),
    ],
)
def test_shell_tools_are_known_by_what_they_are_given(name, given, command):
    assert shell_command(name, given) == command


def call(id_, **more):
    about = {"id": id_, "at": "", "began_s": id_ * 1.0, "round": 1, "hand_in": 1, "between_turns": False,
             "method": "POST", "path": "/", "kind": "generate", "outcome": "ok", "total_s": 0.5}  # fmt: skip
    return Call(**{**about, **more})


def step(id_, *uses, round_=1, hand_in=1, **extra):
    """An agent's step: uses are (tool, arguments, what it gave, is_error)."""
    calls = [{"tool_call_id": str(n), "function_name": use[0], "arguments": use[1]} for n, use in enumerate(uses)]
    results = [
        {"source_call_id": str(n), "content": use[2], "extra": {} if use[3] is None else {"is_error": use[3]}}
        for n, use in enumerate(uses)
        if use[2] is not None
    ]
    return {"source": "agent", "message": "", "extra": {"round": round_, "hand_in": hand_in, "calls": [id_], **extra},
            "tool_calls": calls, "observation": {"results": results}}  # fmt: skip


def done(*steps, tools=({"type": "function"},)):
    """(round, hand-in, [(kind, ok)]) of each turn."""
    made = acted({"agent": {"tool_definitions": list(tools)}, "steps": list(steps)}, [call(n) for n in range(1, 9)])
    return [(one.round, one.hand_in, [(action.kind, action.ok) for action in one.actions]) for one in made]


@pytest.mark.parametrize(
    ("given", "is_error", "ok"),
    [
        ("out\n[exit status 0]", None, True),
        ("out\n[exit status 1]", None, False),
        ('{"output": "x", "metadata": {"exit_code": 2}}', None, False),
        ("Process exited with code 0\nOutput: ...", None, True),
        ("<returncode>1</returncode>", None, False),
        ("...\n[killed after 120 s]", None, False),
        ("fine", False, True),
        ("bad", True, False),
        ("who knows", None, None),
        (None, None, None),
        ("exit status 1\n" + "x" * 1000 + "\n[exit status 0]", None, True),
    ],
)
def test_the_outcome_is_what_the_tool_reported(given, is_error, ok):
    assert done(step(1, ("shell", {"command": "ls"}, given, is_error))) == [(1, 1, [("command", ok)])]


def test_of_a_command_that_failed_only_the_last_part_is_known_to_have():
    assert done(step(1, ("shell", {"command": "git apply x; pytest"}, "[exit status 1]", None))) == [
        (1, 1, [("edit", None), ("test", False)])
    ]


def test_actions_belong_to_the_turn_in_which_they_were_asked_for():
    steps = [
        step(1, ("Read", {"file_path": "a"}, "", False), ("Edit", {"file_path": "a"}, "", False)),
        step(2, ("ask_reporter", {"question": "?"}, "yes", None), hand_in=2),
        step(3, round_=2),
        step(4, ("shell", {"command": "ls"}, "", None), auxiliary=True, round_=2),
        step(5, ("shell", {"command": "ls"}, "", None), round_=0, hand_in=0),
    ]
    assert done(*steps) == [(1, 1, [("other", True), ("edit", True)]), (1, 2, [("question", None)]), (2, 1, [])]


def test_an_agent_whose_model_has_no_tools_is_one_of_which_nothing_is_known():
    assert done(step(1), tools=()) == []


def test_long_actions_are_cut_and_still_told_apart():
    long = [step(1, ("shell", {"command": "x" * 500 + end}, "", None)) for end in "ab"]
    (one,) = acted({"agent": {"tool_definitions": [{}]}, "steps": long}, [call(1)])
    assert len({action.text for action in one.actions}) == 2
    assert {len(action.text) for action in one.actions} <= set(range(301))
    assert one.at == 1.5


def recovered(*calls):
    return [(one.round, one.fault.id, one.fault.kind, one.fault.recovered) for one in faulted(calls)]


def struck(id_, **more):
    return call(id_, **{"fault": "busy", "fault_reached": True, "outcome": "fault", "status": 429, **more})


@pytest.mark.parametrize(
    ("calls", "events"),
    [
        ([struck(1), call(2)], [(1, "busy", "status 429", True)]),
        ([struck(1)], [(1, "busy", "status 429", False)]),
        ([call(1), struck(2)], [(1, "busy", "status 429", False)]),
        ([struck(1), call(2), struck(3)], [(1, "busy", "status 429", False)]),
        ([struck(1), call(2, round=2)], [(1, "busy", "status 429", False)]),
        ([struck(1), struck(2, round=2), call(3, round=2)],
         [(1, "busy", "status 429", False), (2, "busy", "status 429", True)]),
        ([struck(1, status=None), call(2)], [(1, "busy", "drop", True)]),
        ([struck(1, status=200), call(2)], [(1, "busy", "cut stream", True)]),
        ([struck(1, outcome="ok", status=200)], [(1, "busy", "delay", True)]),
        ([struck(1, fault_reached=False), call(2)], []),
        ([struck(1, round=0, hand_in=0)], []),
    ],
)  # fmt: skip
def test_a_fault_is_recovered_from_when_the_round_went_on(calls, events):
    assert recovered(*calls) == events


NASTY = ["<<a\n", "\n", "\t", "/", "sed -", "python /", "a=1 ", "timeout -", "'", "exit code "]


@pytest.mark.parametrize("nasty", NASTY)
def test_however_long_a_command_is_it_is_one(nasty):
    command = f"python {nasty * 200_000}"  # with patterns that look too far this would take minutes
    long = step(1, ("sh", {"command": command}, command, None))
    (one,) = acted({"agent": {"tool_definitions": [{}]}, "steps": [long]}, [call(1)])
    assert one.actions
