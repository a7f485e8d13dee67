"""Cgroups found and filled in, on folders that look like the kernel's."""

import pytest

from harness.sandbox import Limits
from harness.sandbox.cgroup import find_cgroups

LIMITS = Limits(cpus=0.5, memory_mb=100, pids=7)


def tables(tmp_path, mounts, own):
    (tmp_path / "mountinfo").write_text("".join(
        f"30 23 0:2{n} {root} {tmp_path / place} rw,relatime - {kind} cgroup rw{names}\n"
        for n, (root, place, kind, names) in enumerate(mounts)
    ))  # fmt: skip
    (tmp_path / "cgroup").write_text(own)
    return tmp_path / "mountinfo", tmp_path / "cgroup"


def test_version_1_has_a_group_a_controller_below_our_own(tmp_path):
    for name in ("memory", "pids", "cpu,cpuacct", "freezer"):
        (tmp_path / name / "us").mkdir(parents=True)
    mounts = [("/", name, "cgroup", f",{name}") for name in ("memory", "pids", "cpu,cpuacct", "freezer")]
    found = find_cgroups(
        *tables(tmp_path, mounts, "4:memory:/us\n3:pids:/us\n2:cpu,cpuacct:/us\n1:freezer:/elsewhere\n")
    )
    assert (found.version, found.missing) == (1, ())
    assert found.parents["memory"] == tmp_path / "memory/us"
    assert found.parents["freezer"] == tmp_path / "freezer"  # our group is not shown here: what is shown must do
    group = found.open("box", LIMITS)
    assert len(group.entrances) == 4
    values = {path.name: path.read_text() for folder in group.folders for path in folder.iterdir()}
    assert values == {
        "memory.limit_in_bytes": str(100 << 20), "pids.max": "7", "cpu.cfs_period_us": "100000",
        "cpu.cfs_quota_us": "50000",
    }  # fmt: skip
    group.hurry(True)
    assert (tmp_path / "cpu,cpuacct/us" / group.folders[0].name / "cpu.cfs_quota_us").read_text() == "-1"


def test_version_2_takes_the_first_group_above_that_hands_controllers_down(tmp_path):
    ours = tmp_path / "unified/user/session"
    ours.mkdir(parents=True)
    for folder in (ours.parent, ours.parent.parent):
        (folder / "cgroup.controllers").write_text("cpuset cpu io memory pids")
        (folder / "cgroup.subtree_control").write_text("cpu memory pids")
    (ours / "cgroup.controllers").write_text("")
    found = find_cgroups(*tables(tmp_path, [("/", "unified", "cgroup2", "")], "0::/user/session\n"))
    assert (found.version, set(found.parents.values())) == (2, {ours.parent})
    (folder,) = found.open("box", LIMITS).folders
    values = {path.name: path.read_text() for path in folder.iterdir()}
    assert values == {"memory.max": str(100 << 20), "pids.max": "7", "cpu.max": "50000 100000"}


def test_nothing_to_be_had_is_said(tmp_path):
    assert set(find_cgroups(*tables(tmp_path, [], "")).missing) == {"memory", "pids", "cpu"}
    closed = tmp_path / "pids"
    found = find_cgroups(*tables(tmp_path, [("/", closed.name, "cgroup", ",pids")], "1:pids:/\n"))
    assert (found.version, dict(found.parents)) == (0, {})


def test_a_group_that_cannot_be_filled_is_removed(tmp_path, monkeypatch):
    (tmp_path / "pids").mkdir()
    found = find_cgroups(*tables(tmp_path, [("/", "pids", "cgroup", ",pids")], "1:pids:/\n"))

    def refuse(*_, **__):
        raise OSError("refused")

    monkeypatch.setattr("pathlib.Path.write_text", refuse)
    with pytest.raises(OSError, match="refused"):
        found.open("box", LIMITS)
    assert list((tmp_path / "pids").iterdir()) == []
