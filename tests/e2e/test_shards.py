"""A run in parts, on machines that know nothing of each other: put together it is the run that one machine makes."""

import json

import pytest

pytestmark = [pytest.mark.bubblewrap, pytest.mark.timeout(300)]

SHARDS = 3
MEASURED = ("wall_s", "agent_wall_s", "start_s", "turn_s", "seconds_a_trial")  # differ from run to run


@pytest.fixture(scope="module")
def run(relaybench, small, box_kind):
    """Runs both controls on the smallest round in bubblewrap boxes, into a folder's `out`."""
    box_kind("bubblewrap")

    def made(folder, *arguments, into="out"):
        command = ["run", "--agent", "nop", "--agent", "reference", "--task", small, "--attempts", 2, "--no-own-tests"]
        code, out, err = relaybench(
            folder, *command, "--jobs", 2, "--sandbox", "bubblewrap", "--run-dir", into, *arguments
        )
        assert code == 0, err
        return folder / into, out

    return made


def timeless(value):
    """The same without what a clock said."""
    if isinstance(value, dict):
        return {key: timeless(inner) for key, inner in value.items() if key not in MEASURED}
    return [timeless(inner) for inner in value] if isinstance(value, list) else value


def told(run_dir):
    """All that a run says of its trials."""
    info = json.loads((run_dir / "run.json").read_text())
    trials = {file.parent.name: timeless(json.loads(file.read_text())) for file in run_dir.glob("trials/*/result.json")}
    summary = timeless(json.loads((run_dir / "summary.json").read_text()))
    tasks = {file.name: file.read_bytes() for file in (run_dir / "tasks").iterdir()}
    return {key: info[key] for key in info.keys() - {"id", "created"}}, trials, summary, tasks


def test_the_shards_of_a_run_merge_to_the_run(run, relaybench, tmp_path):
    whole, _ = run(tmp_path, into="whole")
    shards = [run(tmp_path, "--shard", f"{n}/{SHARDS}", into=f"shard-{n}")[0] for n in range(1, SHARDS + 1)]
    counts = [len(list((shard / "trials").glob("[!.]*"))) for shard in shards]
    assert sorted(counts) == [1, 1, 2]
    code, _, err = relaybench(tmp_path, "merge", *shards, "--run-dir", "merged")
    assert (code, err) == (0, "")
    for one, other in zip(told(tmp_path / "merged"), told(whole), strict=True):
        assert one == other


def test_what_a_lost_shard_leaves_open_is_run_by_resuming_what_came(run, relaybench, tmp_path):
    shards = [run(tmp_path, "--shard", f"{n}/{SHARDS}", into=f"shard-{n}")[0] for n in (1, 2)]
    relaybench(tmp_path, "merge", *shards, "--run-dir", "merged")
    _, out, _ = relaybench(tmp_path, "report", "merged")
    assert "of 4 trials are stored; --resume --run-dir merged" in " ".join(out.split())
    merged, _ = run(tmp_path, "--resume", into="merged")
    assert len(list((merged / "trials").glob("[!.]*"))) == 4


def test_a_shard_is_resumed_as_the_shard_that_it_is(run, relaybench, small, tmp_path):
    run(tmp_path, "--shard", "1/3")
    code, _, err = relaybench(
        tmp_path, "run", "--agent", "nop", "--agent", "reference", "--task", small, "--attempts", 2, "--sandbox",
        "bubblewrap", "--no-own-tests", "--shard", "2/3", "--run-dir", "out", "--resume",
    )  # fmt: skip
    assert code == 2
    assert "This run was started with shard = 1/3, not 2/3." in " ".join(err.split())
