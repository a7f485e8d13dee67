"""Host folders in a box: seen where they are said to be, and left as they are."""

import uuid
from dataclasses import replace

import pytest

from harness.sandbox import BoxSpec, Limits

LOOK = "cat /opt/cli/tool; (echo x >/opt/cli/tool || rm /opt/cli/tool || touch /opt/cli/new) 2>/dev/null || echo closed"
SMALL = Limits(memory_mb=256, workspace_mb=16)


def docker_host():
    from harness.sandbox.docker import DockerHost

    return DockerHost(f"test-{uuid.uuid4().hex[:8]}")


def bubblewrap_host():
    from harness.sandbox.bubblewrap import BubblewrapHost

    return BubblewrapHost(f"test-{uuid.uuid4().hex[:8]}")


@pytest.fixture(
    params=[
        pytest.param(("docker", docker_host), id="docker", marks=pytest.mark.engine),
        pytest.param(("bubblewrap", bubblewrap_host), id="bubblewrap", marks=pytest.mark.bubblewrap),
    ]
)
def any_host(request, box_kind):
    kind, make = request.param
    box_kind(kind)
    host = make()
    yield host
    assert host.remove_all() == 0


def test_a_folder_is_seen_and_cannot_be_changed(any_host, tally, tmp_path, sh):
    (tmp_path / "tool").write_text("here\n")
    (tmp_path / "tool").chmod(0o666)
    tmp_path.chmod(0o777)
    image = any_host.image("python", tally.requirements, print)
    with any_host.open(BoxSpec(image, "agent", SMALL, mounts={"/opt/cli": tmp_path})) as box:
        assert sh(box, LOOK) == "here\nclosed"
    assert [path.name for path in tmp_path.iterdir()] == ["tool"]
    assert (tmp_path / "tool").read_text() == "here\n"


def test_a_home_may_be_larger_than_the_workspace(any_host, tally, sh):
    image = any_host.image("python", tally.requirements, print)
    with any_host.open(BoxSpec(image, "agent", replace(SMALL, home_mb=40))) as box:
        assert sh(box, "head -c 30000000 /dev/zero >~/large && stat -c %s ~/large") == "30000000"
