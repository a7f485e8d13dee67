"""Host folders in a box: seen where they are said to be, and left as they are."""

import uuid
from dataclasses import replace

import pytest

from harness.sandbox import BoxSpec, Limits
from harness.sandbox.sockets import reaches_sockets

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


def test_boxes_reach_a_socket_of_this_machine(any_host, tally):
    image = any_host.image("python", tally.requirements, print)
    assert any_host.reaches_sockets(image)


@pytest.mark.parametrize("there", [True, False])
def test_where_the_folder_is_not_this_machines_they_do_not(any_host, tally, tmp_path, there):
    """As with an engine elsewhere, which has no such folder, or an empty one."""
    image = any_host.image("python", tally.requirements, print)
    place = tmp_path if there else tmp_path / "nowhere"
    assert not reaches_sockets(lambda spec: any_host._box(replace(spec, gateway=place)), image)


def test_there_boxes_do_without(any_host, tally, tmp_path, sh):
    image = any_host.image("python", tally.requirements, print)
    any_host._sockets._reached = False
    with any_host.open(BoxSpec(image, "agent", SMALL, gateway=tmp_path)) as box:
        assert not box.gateway
        assert sh(box, "ls /run") in ("lock\nrelay", "relay")
