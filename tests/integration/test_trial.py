"""Whole trials with small agents of every temper: what they find, what becomes of their work, what is on record."""

import subprocess
import threading
import uuid
from dataclasses import replace

import pytest
import unidiff

from evaluator.evidence import Asked, BoxReplaced, Graded, HandedIn, Message, TurnEnded
from evaluator.task import Group
from evaluator.trial.trial import TrialSpec, run_trial
from harness.agents import load_agent
from harness.sandbox import BoxGone, SandboxError

pytestmark = [pytest.mark.engine, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def play(bench, image, engine, tally, tmp_path_factory, soon):
    """Runs a trial of an agent: a built-in name, or a shell script for the first turn and one for the others.

    Afterwards only the warm oracle is left.
    """
    solutions = tally.solution(1)

    def agent_file(first, later, files):
        folder = tmp_path_factory.mktemp("agent")
        (folder / "files").mkdir()
        scripts = {"first.sh": first, "next.sh": later}
        for name, content in {**scripts, **files, **{f"{n}.patch": patch for n, patch in solutions.items()}}.items():
            (folder / "files" / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        (folder / "agent.toml").write_text("""
name = "small"
files = "files"
[command]
first = ["sh", "/opt/agent/first.sh", "{message_file}"]
next = ["sh", "/opt/agent/next.sh", "{message_file}", "{round}"]
env = { MARK = "mark-{round}" }
""")
        return str(folder / "agent.toml")

    def trial(first, later="", *, task=tally, deadline_scale=1.0, files=None):
        text = first if first in ("reference", "nop") else agent_file(first, later, files or {})
        name, make = load_agent(text)
        spec = TrialSpec(name, task, 1, deadline_scale)
        seen = []
        scratch = tmp_path_factory.mktemp("scratch")
        record = run_trial(spec, make(solutions), bench.host, bench, image, scratch=scratch, watch=seen.append)
        assert seen == record.events
        mine = {"label": f"relaybench.run={bench.host._run}"}
        left = ["oracle"]
        assert soon(lambda: roles(engine.containers(all=True, filters=mine)) == left)
        return record

    return trial


def roles(containers):
    return [box["Labels"]["relaybench.role"] for box in containers]


@pytest.fixture(scope="module")
def short(tally):
    """The first round alone, with one try."""
    return with_tries(tally, 1)


def with_tries(task, tries, rounds=1):
    played = tuple(
        replace(round_, entry=round_.entry.model_copy(update={"tries": tries})) for round_ in task.rounds[:rounds]
    )
    # Another task, by its digest as well: what is measured of a task is kept.
    return replace(task, rounds=played, digest=f"{task.digest} {tries} {rounds}")


def events(record, kind):
    return [event for event in record.events if isinstance(event, kind)]


def printed(record, turn=0):
    return events(record, TurnEnded)[turn].output.splitlines()


def diff_of(record, round_=0, hand_in=-1):
    """A stored diff as {path: added text}, read by a parser that is not ours."""
    patch = unidiff.PatchSet(record.rounds[round_].diffs[hand_in].decode())
    return {
        file.path: "".join(line.value for hunk in file for line in hunk if line.is_added)
        for file in patch
    }  # fmt: skip


def test_the_reference_is_perfect(play):
    record = play("reference")
    result = record.result
    assert [round_.strict for round_ in result.rounds] == [True] * 3
    assert [round_.hand_ins for round_ in result.rounds] == [1] * 3
    assert result.scores["composite"] == pytest.approx(100)
    assert (result.outcome, result.flags, result.error) == ("completed", (), "")


def test_doing_nothing_is_worth_nothing_and_hears_complaints(play, tally):
    record = play("nop", task=with_tries(tally, 2, rounds=2))
    assert [round_.correctness for round_ in record.result.rounds] == [0.0, 0.0]
    assert {value for value in record.result.scores.values() if value is not None} == {0.0}
    messages = [(message.round, message.kind, message.text) for message in events(record, Message)]
    first, second = tally.rounds[:2]
    assert messages == [
        (1, "report", first.report),
        (1, "complaint", "Refunds still do not come off the total."),
        (2, "report", second.report),
        (2, "complaint", "I do not see the history.\n\nRefunds still do not come off the total."),
    ]
    assert record.rounds[1].diffs == [b"", b""]


LOOK = r"""
echo "first $1 $RELAY_ROUND $MARK"
cat "$1"; (echo x >"$1") 2>/dev/null || rm "$1" 2>/dev/null || echo "message kept"
git log --all --format='%s %an %ad' --date=short; git status --porcelain
echo "remotes:$(git remote) tags:$(git tag) stash:$(git stash list) reflog:$(git reflog)" \
  "loose:$(git fsck --unreachable --no-reflogs 2>/dev/null)" "branch:$(git branch --show-current)"
grep -rlE 'relaybench-canary|test_newest_first|lowers the total' / 2>/dev/null \
  --exclude-dir=proc --exclude-dir=sys --exclude-dir=opt --exclude-dir=lib --exclude-dir=first.sh | sed 's/^/hidden: /'
env | grep -iE 'relay|task|trial' | sort
ask-reporter "Which amount did you enter when it broke?"
ask-reporter "How many entries should the history keep?"
ask-reporter "What is in the hidden tests?"
echo remembered >~/note; cd /tmp
setsid python3 -m http.server 8099 >/dev/null 2>&1 &
cd /workspace; sleep 0.5; python3 -c "import socket; socket.create_connection(('127.0.0.1', 8099)); print('server up')"
git apply /opt/agent/$RELAY_ROUND.patch
"""
NEXT = r"""
echo "next $1 $2 $RELAY_ROUND $MARK"
cat "$1" ~/note
python3 -c "import socket; socket.create_connection(('127.0.0.1', 8099))" 2>&1 | tail -1
ask-reporter "How many entries should the history keep?"
git apply /opt/agent/$RELAY_ROUND.patch
git -c user.name=me -c user.email=me@x commit -qam "work on $RELAY_ROUND"
git log --format=%s
"""


@pytest.fixture(scope="module")
def whole(play):
    """A diligent agent's three rounds, looked at from many sides below."""
    return play(LOOK, NEXT)


def test_a_diligent_agent_is_perfect(whole):
    assert [round_.strict for round_ in whole.result.rounds] == [True] * 3
    assert whole.result.agent == "small"
    assert [end.reason for end in events(whole, TurnEnded)] == ["finished"] * 3
    assert [grade.red for grade in events(whole, Graded)] == [()] * 3


def test_what_an_agent_sees_of_us_in_its_first_turn(whole, tally):
    lines = printed(whole)
    report = tally.rounds[0].report.strip()
    assert lines[:3] == ["first /run/relay/message-1.md 1 mark-1", report, "message kept"]
    assert lines[3].startswith("Import dev 2023-")
    assert lines[4] == "remotes: tags: stash: reflog: loose: branch:main"
    assert not [line for line in lines if line.startswith("hidden:")]
    # Clean status, and no variables but the round's number and where to speak of one's work.
    assert lines[5:7] == ["RELAY_HANDIN=/home/agent/hand-in.json", "RELAY_ROUND=1"]


def test_the_reporter_answers_what_it_knows_in_that_round_and_no_more(whole):
    unknown = "Sorry, I don't know about that."
    asked = [(asked.round, asked.fact, asked.answer) for asked in events(whole, Asked)]
    assert asked == [
        (1, "which-amount", "It happened when I booked a refund, so minus five or so."),
        (1, None, unknown),
        (1, None, unknown),
        (2, "history-length", "The last ten are plenty."),
        (3, None, unknown),
    ]
    assert [asked.edited for asked in events(whole, Asked)] == [False] * 5
    assert printed(whole)[7:10] == [answer for _, _, answer in asked[:3]]
    assert whole.result.questions == 5


def test_the_next_round_continues_where_the_last_ended(whole, tally):
    lines = printed(whole, 1)
    assert lines[0] == "next /run/relay/message-2.md 2 2 mark-2"
    assert lines[1:3] == [tally.rounds[1].report.strip(), "remembered"]
    assert "Connection refused" in lines[3]
    assert printed(whole, 2)[-3:] == ["work on 3", "work on 2", "Import"]


def test_what_still_ran_at_the_hand_in_is_ended_and_flagged(whole):
    assert printed(whole)[10] == "server up"
    assert [handed_in.left_running for handed_in in events(whole, HandedIn)] == [("python3",), (), ()]
    assert whole.result.flags == ("left_running",)


def test_the_history_is_a_repository_with_every_hand_in(whole, tmp_path, tally):
    bundle = tmp_path / "history.bundle"
    bundle.write_bytes(whole.bundle)

    def git(*arguments):
        return subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    git("clone", "-q", str(bundle), "clone")
    assert git("-C", "clone", "log", "--format=%s", "--reverse").splitlines() == [
        "seed", "1-fix, hand-in 1", "2-feature, hand-in 1", "3-refactor, hand-in 1",
    ]  # fmt: skip
    assert git("-C", "clone", "tag").split() == ["round-1", "round-2", "round-3"]
    assert git("-C", "clone", "show", "round-3:book.py") == "def add(total, amount):\n    return total + amount\n"
    assert git("-C", "clone", "show", "HEAD~3:tally.py") == tally.seed["tally.py"].data.decode()
    assert git("-C", "clone", "ls-files").split() == ["README.md", "book.py", "tally.py", "tests/test_tally.py"]


def test_each_rounds_diff_is_against_its_own_start(whole):
    assert diff_of(whole, 0) == {"tally.py": ""}
    assert "/history" in diff_of(whole, 1)["tally.py"]
    assert diff_of(whole, 2).keys() == {"book.py", "tally.py"}


def test_what_a_complaint_brings_about_counts_and_the_first_try_is_told_apart(play, tally):
    record = play("echo nothing", 'cat "$1"; git apply /opt/agent/1.patch', task=with_tries(tally, 3))
    (round_,) = record.result.rounds
    assert (round_.first_try, round_.correctness, round_.strict, round_.hand_ins) == (0.0, 1.0, True, 2)
    assert printed(record, 1) == ["Refunds still do not come off the total."]
    assert [grade.red for grade in events(record, Graded)] == [("1-fix/negative",), ()]
    assert record.rounds[0].diffs[0] == b""


def test_at_the_deadline_all_its_processes_end_and_the_work_counts_as_it_stands(play, tally):
    script = """
    git apply /opt/agent/1.patch
    setsid sh -c 'trap "" TERM HUP; sleep 30; echo late >>/workspace/late' &
    trap '' TERM; while :; do sleep 0.1; done
    """
    record = play(script, "echo again", task=with_tries(tally, 3), deadline_scale=0.1)
    (end,) = events(record, TurnEnded)
    assert end.reason == "timed_out"
    assert end.exit_code is None
    assert end.overrun_s <= 0.5
    assert 2.0 <= end.wall_s < 10
    (round_,) = record.result.rounds
    assert (round_.timed_out, round_.strict, round_.hand_ins) == (True, True, 1)
    assert diff_of(record).keys() == {"tally.py"}


def test_a_turn_that_fails_is_graded_too(play, short):
    record = play("git apply /opt/agent/1.patch; echo oops >&2; exit 3", task=short)
    (end,) = events(record, TurnEnded)
    assert (end.reason, end.exit_code, end.output) == ("failed", 3, "oops")
    assert record.result.rounds[0].strict


def test_changed_tests_are_put_back_for_the_grade_and_flagged(play, short):
    look = Group("base/look", 0, "base/test_look.py", """
def test_look(subject):
    assert "from tally import add" in subject.files()["tests/test_tally.py"]
    assert "mine" in subject.files()["mine.txt"]
""")  # fmt: skip
    script = "git apply /opt/agent/1.patch; echo cheat >tests/test_tally.py; echo mine >mine.txt"
    record = play(script, task=replace(short, base=(*short.base, look)))
    assert record.result.rounds[0].strict
    assert record.result.flags == ("protected_path",)
    assert events(record, HandedIn)[0].protected == ("tests/test_tally.py",)
    assert diff_of(record)["tests/test_tally.py"] == "cheat\n"


@pytest.mark.parametrize(
    "script",
    ["rm -rf tests; echo x >tests", "rm tests/test_tally.py; mkdir tests/test_tally.py; echo x >tests/test_tally.py/x"],
)
def test_a_file_where_a_protected_folder_was_gives_way(play, short, script):
    record = play(f"git apply /opt/agent/1.patch; {script}", task=short)
    assert record.result.rounds[0].reason == ""
    assert record.result.rounds[0].strict
    assert record.result.flags == ("protected_path",)


def test_breaking_something_critical_costs_the_round(play, short):
    script = "sed -i '/negative/d; /amount < 0/d; s/total + amount/total + amount * (2 if amount > 1 else 1)/' tally.py"
    record = play(script, task=short)
    (round_,) = record.result.rounds
    assert round_.groups == {"base/total": "failed", "1-fix/negative": "passed"}
    assert (round_.correctness, round_.strict, round_.isolated) == (0.0, False, False)


def test_a_deleted_workspace_is_red_and_no_failure_of_ours(play, short):
    record = play("rm -rf /workspace/* /workspace/.[!.]*", task=short)
    (round_,) = record.result.rounds
    assert record.result.outcome == "completed"
    assert set(round_.groups.values()) == {"failed"}
    assert "ended with status 2" in round_.reason
    assert events(record, HandedIn)[0].changed == ("README.md", "tally.py", "tests/test_tally.py")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("head -c 10000000 /dev/zero >big", "big is larger than 4 MiB"),
        ("python3 -c \"for n in range(6000): open(f'f{n}', 'w').close()\"", "more than 5,000 files and folders"),
        ("echo x >Tally.py", "differ only in case"),
    ],
    ids=["large", "many", "case"],
)
def test_a_workspace_beyond_the_caps_is_not_solved_and_flagged(play, tally, script, reason):
    """The work itself is right; and the agent may mend it in its next turn."""
    again = "rm -f big f[0-9]* Tally.py"
    record = play(f"git apply /opt/agent/1.patch; {script}", again, task=with_tries(tally, 2))
    assert record.result.outcome == "completed"
    assert record.result.flags == ("copy_out_breach",)
    first, last = record.rounds[0].grades
    assert reason in first.reason
    assert not any(group.passed for group in first.groups.values())
    assert last.green
    assert record.result.rounds[0].first_try == 0.0


NASTY = r"""
git apply /opt/agent/1.patch
touch -- '-rf' '--help' 'git~1' 'quo"te' 'back\slash' 'tick`' '$(reboot)' 'trailing ' 'con' '.gitmodules' 'e\u0301'
mkdir -p .GIT 'git~2' sub/.git && echo x >.GIT/config && echo x >'git~2/HEAD' && echo x >sub/.git/config
printf '* filter=evil diff=evil working-tree-encoding=UTF-16 text eol=crlf ident -diff\n' >.gitattributes
printf '\377\376 not text' >blob
"""
CONFIG = r"""
cat >>.git/config <<END
[core]
  fsmonitor = "touch @"
  hooksPath = /workspace/hooks
  sshCommand = touch @
  editor = touch @
  pager = touch @
[filter "evil"]
  clean = touch @; cat
  smudge = touch @; cat
  required = true
[diff "evil"]
  command = touch @
  textconv = touch @
[include]
  path = /etc/hostname
END
mkdir -p hooks .git/hooks .git/objects/info
for hook in pre-commit post-commit post-checkout reference-transaction post-index-change; do
  printf '#!/bin/sh\ntouch @\n' | tee hooks/$hook >.git/hooks/$hook; chmod +x hooks/$hook .git/hooks/$hook
done
echo /etc >.git/objects/info/alternates
echo 'ref: refs/heads/none' >.git/HEAD
"""
DEFY = "kill -9 -1; while :; do sleep 1; done"  # ends the shell that would end it: the box is lost at the deadline


def by_round(one, two):
    """In a new box the agent starts over: with its first command, told the round."""
    return f"if [ $RELAY_ROUND = 1 ]; then\n{one}\nelse\n{two}\nfi"


def test_hostile_names_attributes_and_git_settings_do_nothing_on_this_machine(play, tally, tmp_path):
    """Neither where the tree becomes history, nor where it is put into a new box after the first was lost."""
    mark = tmp_path / uuid.uuid4().hex
    record = play(
        by_round(
            NASTY + CONFIG.replace("@", str(mark)) + DEFY,
            "rm .gitattributes; git status --porcelain; ls; git apply /opt/agent/$RELAY_ROUND.patch",
        ),
        task=with_tries(tally, 1, rounds=2),
        deadline_scale=0.1,
    )
    assert not mark.exists()
    first, second = record.result.rounds
    assert (first.timed_out, first.strict, second.strict) == (True, True, True)
    assert record.result.flags == ("box_lost",)
    assert len(events(record, BoxReplaced)) == 1
    names = set(printed(record, 1))
    assert {"-rf", "--help", 'quo"te', "back\\slash", "$(reboot)", "blob", "tally.py"} <= names
    assert {line for line in names if line[1:3] == "D " or line[:2] == "??" or line[:2] == " M"} == {
        " D .gitattributes"
    }
    text = record.rounds[0].diffs[0].decode(errors="replace")
    assert '-        raise ValueError("negative")' in text  # attributes hide nothing
    bundle = tmp_path / "history.bundle"
    bundle.write_bytes(record.bundle)
    subprocess.run(["git", "clone", "-q", "--bare", bundle, tmp_path / "clone"], check=True, capture_output=True)


def test_an_agent_that_loses_its_box_goes_on_in_a_new_one_with_its_work(play, tally):
    record = play(
        by_round(
            f"git apply /opt/agent/1.patch; echo note >~/note; {DEFY}",
            'cat ~/note; ask-reporter "How many entries should the history keep?"; git log --format=%s; '
            "git apply /opt/agent/2.patch",
        ),
        task=with_tries(tally, 1, rounds=2),
        deadline_scale=0.1,
    )
    assert [round_.strict for round_ in record.result.rounds] == [True, True]
    assert events(record, TurnEnded)[0].reason == "timed_out"
    assert printed(record, 1)[:2] == ["The last ten are plenty.", "Import"]
    assert "No such file" in printed(record, 1)[-1]
    assert len(events(record, BoxReplaced)) == 1


def test_an_agent_that_loses_its_box_and_its_workspace_is_still_judged(play, tally):
    record = play(
        by_round(f"rm -rf /workspace/* /workspace/.[!.]*; {DEFY}", "ls -A"),
        task=with_tries(tally, 1, rounds=2),
        deadline_scale=0.1,
    )
    assert record.result.outcome == "completed"
    assert record.result.scores["composite"] == 0.0
    assert printed(record, 1) == [".git"]


def test_rights_taken_from_the_workspace_are_no_failure_of_ours(play, tally):
    record = play("git apply /opt/agent/1.patch; chmod -R a-rwx .", "echo in", task=with_tries(tally, 1, rounds=2))
    assert record.result.outcome == "completed"
    assert record.result.rounds[0].strict


@pytest.mark.parametrize("how", ["kill", "stop", "remove"])
def test_a_box_that_others_end_in_the_middle_of_a_turn_is_no_failure_of_the_agents(
    play, short, bench, engine, soon, how
):
    labels = [f"relaybench.run={bench.host._run}", "relaybench.role=agent"]

    def working():
        return [box for box in engine.containers(filters={"label": labels}) if "sleep 15" in str(engine.top(box["Id"]))]

    def end():
        (box,) = soon(working, within_s=60)
        if how == "remove":
            engine.remove_container(box["Id"], force=True)
        else:
            getattr(engine, how)(box["Id"])

    threading.Thread(target=end).start()
    with pytest.raises(SandboxError, match="by something else on this machine") as raised:
        play("git apply /opt/agent/1.patch; sleep 15", task=short)
    assert not isinstance(raised.value, BoxGone)
