"""What a program finds when it wakes up in an agent's box, seen from inside and through the engine."""

import json
import os
import uuid

import pytest

pytestmark = [pytest.mark.engine, pytest.mark.timeout(120)]

SECRET = f"secret-{uuid.uuid4().hex}"
MIB = 1 << 20


@pytest.fixture(scope="module")
def box(boxes, engine):
    """One box for all of these; what they do to it stays small."""
    from harness.sandbox.docker import DockerHost

    os.environ["RELAYBENCH_TEST_SECRET"] = os.environ["OPENAI_API_KEY"] = SECRET
    host = DockerHost(f"test-{uuid.uuid4().hex[:8]}")
    with boxes(host) as opened:
        yield opened
    del os.environ["RELAYBENCH_TEST_SECRET"], os.environ["OPENAI_API_KEY"]
    assert host.remove_all() == 0


@pytest.fixture(scope="module")
def status(box, python):
    text = python(box, "print(open('/proc/self/status').read())")
    return {line.partition(":")[0]: line.partition(":")[2].strip() for line in text.splitlines() if line}


@pytest.fixture(scope="module")
def outside(box, seen):
    return seen(box)


def test_there_is_no_network(box, python, outside):
    assert outside["HostConfig"]["NetworkMode"] == "none"
    script = """
import errno, os, socket
print(os.listdir("/sys/class/net"), len(open("/proc/net/route").readlines()))
for address in (("10.0.0.1", 80), ("172.17.0.1", 80), ("1.1.1.1", 53)):
    try: socket.create_connection(address, timeout=2)
    except OSError as error: print(errno.errorcode[error.errno])
try: socket.getaddrinfo("example.com", 80)
except socket.gaierror: print("no name")
"""
    assert python(box, script).splitlines() == ["['lo'] 1", *["ENETUNREACH"] * 3, "no name"]


def test_it_has_no_capability_and_gets_none(status):
    assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"


def test_it_is_an_ordinary_user_in_no_other_group(status):
    assert status["Uid"].split() == status["Gid"].split() == ["1000"] * 4
    assert status["Groups"] in ("", "1000")


def test_a_setuid_program_gives_nothing(box, sh):
    """nosuid on what can be written, no-new-privileges on what the image brought along."""
    script = "cp /usr/bin/id /tmp/id; chmod 6755 /tmp/id; /tmp/id -u; id -u; echo y | timeout 2 su -c id"
    done = box.run(["sh", "-c", script], timeout_s=10)
    assert done.stdout.split()[:2] == [b"1000", b"1000"]
    assert b"uid=0" not in done.stdout


def test_the_root_is_read_only_and_what_can_be_written_is_small(box, python):
    script = """
import json, os
places = {}
for line in open("/proc/self/mounts"):
    _, place, kind, options, *_ = line.split()
    if os.access(place, os.W_OK) and os.path.isdir(place) and "rw" in options.split(","):
        found = os.statvfs(place)
        places[place] = (found.f_blocks * found.f_frsize, "nosuid" in options, "nodev" in options)
print(json.dumps(places))
for place in ("/", "/etc", "/usr/local/bin", "/opt", "/run", "/var/tmp", "/run/relay"):
    try: open(place + "/x", "w"); print("wrote", place)
    except OSError: pass
"""
    places, *wrote = python(box, script).splitlines()
    assert wrote == []
    found = json.loads(places)
    assert {"/workspace", "/tmp", "/home/agent"} <= found.keys() <= {
        "/workspace", "/tmp", "/home/agent", "/dev/shm", "/dev/mqueue",
    }  # fmt: skip
    for place in ("/workspace", "/tmp", "/home/agent"):
        assert found[place] == [16 * MIB, True, True], place
    assert found.get("/dev/shm", [0])[0] <= 64 * MIB


def test_limits_are_what_was_asked_for(outside):
    host = outside["HostConfig"]
    assert host["Memory"] == host["MemorySwap"] == 256 * MIB
    assert (host["PidsLimit"], host["NanoCpus"]) == (128, 10**9)
    assert host["ReadonlyRootfs"] is True
    assert host["Privileged"] is False
    assert host["CapDrop"] == ["ALL"]
    assert host["CapAdd"] in (None, [])
    assert host["Devices"] in (None, [])
    assert host["LogConfig"]["Type"] == "none"
    assert host["RestartPolicy"]["Name"] in ("", "no")
    assert {host["PidMode"], host["UTSMode"]} == {""}
    assert host["IpcMode"] == "private"


def test_nothing_of_the_host_is_mounted(outside):
    assert {mount["Type"] for mount in outside["Mounts"]} == {"volume"}
    assert [mount["Destination"] for mount in outside["Mounts"]] == ["/workspace"]
    assert all(mount["Name"].startswith("relaybench-") for mount in outside["Mounts"])


def test_no_socket_of_the_engine_or_of_anything_else(box, sh):
    assert sh(box, "find / -type s 2>/dev/null; ls -d /run/docker.sock /var/run/docker.sock 2>/dev/null || :") == ""


def test_ulimits(box, python):
    names = ("CORE", "NOFILE", "FSIZE")
    script = f"import resource as r; print([r.getrlimit(getattr(r, 'RLIMIT_' + n)) for n in {names}])"
    assert python(box, script).strip() == str([(0, 0), (4096, 4096), (1 << 30, 1 << 30)])


def test_memory_ends_at_the_limit_and_the_box_goes_on(box, sh):
    done = box.run(["python3", "-c", "bytearray(300 << 20); print('had it')"], timeout_s=30)
    assert done.code == 137
    assert done.stdout == b""
    assert sh(box, "echo still here") == "still here"


def test_processes_end_at_the_limit_and_the_box_goes_on(box, python, sh):
    script = """
import os, signal
children = []
try:
    while len(children) < 1000:
        pid = os.fork()
        if not pid: signal.pause()
        children.append(pid)
except OSError: pass
for pid in children: os.kill(pid, 9)
print(len(children))
"""
    assert 64 < int(python(box, script)) < 128
    assert sh(box, "echo still here") == "still here"


def test_the_environment_is_ours_alone_and_holds_no_secret(box, python):
    environment = json.loads(python(box, "import json, os; print(json.dumps(dict(os.environ)))"))
    assert environment.keys() == {
        "HOME", "HOSTNAME", "LANG", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "USER",
    } | (environment.keys() & {"PWD", "LC_CTYPE", "TERM"})  # fmt: skip
    assert SECRET not in str(environment)
    assert environment["HOSTNAME"] == "box"


REFUSED = {  # numbers for x86-64 and aarch64
    "io_uring_setup": ((425, 425), "(8, buffer)"),
    "io_uring_enter": ((426, 426), "(0, 0, 0, 0, 0, 0)"),
    "unshare a user namespace": ((272, 97), "(0x10000000,)"),
    "unshare a network namespace": ((272, 97), "(0x40000000,)"),
    "mount": ((165, 40), "(b'none', b'/tmp', b'tmpfs', 0, 0)"),
    "open_by_handle_at": ((304, 265), "(-1, buffer, 0)"),
    "bpf": ((321, 280), "(0, buffer, 64)"),
    "perf_event_open": ((298, 241), "(buffer, 0, -1, -1, 0)"),
    "keyctl": ((250, 219), "(0, -3, 0)"),
    "userfaultfd": ((323, 282), "(1,)"),
    "setns": ((308, 268), "(0, 0)"),
    "kexec_load": ((246, 104), "(0, 0, 0, 0)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_dangerous_system_call_is_refused(box, python, name):
    numbers, arguments = REFUSED[name]
    script = f"""
import ctypes, errno, platform
buffer = ctypes.create_string_buffer(256)
number = {numbers}[platform.machine() == "aarch64"]
result = ctypes.CDLL(None, use_errno=True).syscall(number, *{arguments})
print(result, errno.errorcode.get(ctypes.get_errno()))
"""
    assert python(box, script).split() in (["-1", "EPERM"], ["-1", "ENOSYS"])


def test_a_socket_to_the_hypervisor_is_refused(box, python):
    script = """
import ctypes, socket
try: socket.socket(40, 1); print('open')
except OSError as error: print('refused')
high_bits_set = ctypes.c_ulong(40 | 1 << 32)  # the kernel looks at the low ones only
print('refused' if ctypes.CDLL(None).syscall(41, high_bits_set, 1, 0) == -1 else 'open')
"""
    assert python(box, script) == "refused\nrefused\n"


def test_nobody_in_the_box_can_signal_or_read_its_first_process(box, sh, outside, seen):
    script = "kill -9 1; kill -TERM 1; kill -STOP 1; cat /proc/1/environ; head -c1 /proc/1/mem; "
    script += "sed -n 's/^Uid:.//p' /proc/1/status"
    done = box.run(["sh", "-c", script], timeout_s=10)
    assert done.stdout.split() == [b"65534"] * 4
    assert done.stderr.count(b"not permitted") == 3
    assert done.stderr.count(b"ermission denied") == 2
    assert seen(box)["State"]["Running"] is True


def test_the_keepers_processes_and_files_are_out_of_reach(box, sh):
    from pathlib import Path

    from harness.inside import channel
    from harness.sandbox import KEEPER

    stream = box.stream(Path(channel.__file__), KEEPER)
    stream.send({"op": "write", "name": "message-1.md", "text": "the report\n"})
    assert stream.receive(20) == {"op": "written"}
    script = """
cat /run/relay/message-1.md
echo x >/run/relay/message-1.md; rm -f /run/relay/message-1.md; mv /run/relay/ask.sock /tmp; echo x >/run/relay/new
pkill -9 python3; kill -9 -1
cat /run/relay/message-1.md; ls /run/relay
"""
    done = box.run(["sh", "-c", script], timeout_s=10)
    assert done.stdout.decode().split("\n") == ["the report", "the report", "ask.sock", "message-1.md", ""]
    stream.send({"op": "write", "name": "message-2.md", "text": "still there"})
    assert stream.receive(20) == {"op": "written"}
    stream.close()
