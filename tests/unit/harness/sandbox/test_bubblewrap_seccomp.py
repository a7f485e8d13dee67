"""The filter, run by an interpreter of classic BPF written from its description, against the profile's own words."""

import ctypes
import ctypes.util
import json
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.sandbox import seccomp

PROFILE = json.loads(Path(seccomp.__file__).with_name("seccomp.json").read_text())
PROGRAMS = {machine: seccomp.compile_profile(PROFILE, machine) for machine in seccomp.ARCHITECTURES}
NUMBERS = {machine: seccomp._numbers(machine) for machine in seccomp.ARCHITECTURES}
EPERM, ENOSYS = seccomp.REFUSE | 1, seccomp.REFUSE | 38
machines = st.sampled_from(sorted(PROGRAMS))
words = st.one_of(
    st.integers(0, (1 << 64) - 1), st.sampled_from([0, 1, 40, 40 | 1 << 32, 0xFFFFFFFF, 0x7E020000, 0x11])
)


def decided(machine, number, *args, arch=None):
    data = struct.pack("<IIQ6Q", number, arch or seccomp.ARCHITECTURES[machine], 0, *(args + (0,) * 6)[:6])
    program, at, held = PROGRAMS[machine], 0, 0
    while True:
        code, yes, no, operand = program[at]
        at += 1
        if code == 0x20:
            (held,) = struct.unpack_from("<I", data, operand)
        elif code == 0x54:
            held &= operand
        elif code == 0x15:
            at += yes if held == operand else no
        elif code == 0x35:
            at += yes if held >= operand else no
        else:
            assert code == 0x06
            return operand


def wanted(machine, number, args):
    """What the profile says of a call."""
    for rule in PROFILE["syscalls"]:
        if number not in {NUMBERS[machine].get(name) for name in rule["names"]}:
            continue
        if all(met(condition, args[condition["index"]]) for condition in rule.get("args", [])):
            return seccomp.ALLOW if rule["action"] == "SCMP_ACT_ALLOW" else seccomp.REFUSE | rule["errnoRet"]
    return EPERM


def met(condition, value):
    if condition["op"] == "SCMP_CMP_NE":
        return value & 0xFFFFFFFF != condition["value"]
    if condition["op"] == "SCMP_CMP_EQ":
        return value == condition["value"]
    return value & condition["value"] == condition["valueTwo"]


@given(machines, st.integers(0, 600), st.lists(words, min_size=6, max_size=6))
def test_it_says_what_the_profile_says(machine, number, args):
    assert decided(machine, number, *args) == wanted(machine, number, args)


@pytest.mark.parametrize("machine", PROGRAMS)
def test_every_call_of_the_profile_and_no_other(machine):
    plain = {name for rule in PROFILE["syscalls"] if not rule.get("args") for name in rule["names"]}
    for number in range(1024):
        names = {name for name, known in NUMBERS[machine].items() if known == number}
        if names & plain:
            assert decided(machine, number) == (ENOSYS if "clone3" in names else seccomp.ALLOW), names
        elif not names:
            assert decided(machine, number) == EPERM
    for name in (
        "ptrace",
        "mount",
        "bpf",
        "keyctl",
        "unshare",
        "setns",
        "io_uring_setup",
        "userfaultfd",
        "perf_event_open",
    ):
        assert name not in NUMBERS[machine]


@pytest.mark.parametrize("machine", PROGRAMS)
def test_new_namespaces_and_vsock_are_refused(machine):
    clone, sock = NUMBERS[machine]["clone"], NUMBERS[machine]["socket"]
    assert decided(machine, clone, 0x11) == decided(machine, clone, 0x3D0F00) == seccomp.ALLOW
    for flag in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert decided(machine, clone, flag | 0x11) == EPERM
    assert decided(machine, NUMBERS[machine]["clone3"]) == ENOSYS
    assert decided(machine, sock, 2) == decided(machine, sock, 1) == seccomp.ALLOW
    assert decided(machine, sock, 40) == decided(machine, sock, 40 | 1 << 32) == EPERM


@given(machines, st.integers(0, (1 << 32) - 1), st.integers(0, (1 << 32) - 1))
def test_other_architectures_are_killed_and_x32_is_refused(machine, number, arch):
    if arch not in (0, seccomp.ARCHITECTURES[machine]):
        assert decided(machine, number, arch=arch) == seccomp.KILL
    assert decided(machine, number | seccomp.X32) == EPERM


@pytest.mark.parametrize("machine", PROGRAMS)
def test_it_is_short_enough_for_the_kernel(machine):
    assert len(PROGRAMS[machine]) <= 4096
    assert len(seccomp.assemble(PROGRAMS[machine])) == 8 * len(PROGRAMS[machine])


def test_a_profile_that_cannot_be_said_is_refused():
    other = {"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_GT"}]}
    for rule in (other, {"names": ["read"], "action": "SCMP_ACT_TRACE"}):
        with pytest.raises(ValueError, match="not known"):
            seccomp.compile_profile({**PROFILE, "syscalls": [rule]}, "x86_64")


@pytest.mark.parametrize("machine", PROGRAMS)
def test_numbers_are_those_of_libseccomp(machine):
    try:
        library = ctypes.CDLL("libseccomp.so.2")
    except OSError:
        pytest.skip("libseccomp is not here to compare with")
    architecture = ctypes.c_uint32(seccomp.ARCHITECTURES[machine])
    newer = {"fchmodat2", "futex_requeue", "futex_wait", "futex_wake"}  # than Debian 12's
    for name, number in NUMBERS[machine].items():
        if name not in newer:
            assert library.seccomp_syscall_resolve_name_arch(architecture, name.encode()) == number, name
