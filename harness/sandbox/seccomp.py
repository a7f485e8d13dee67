"""`seccomp.json` as the kernel reads it: a classic BPF program, for boxes that no engine filters.

The program is the one libseccomp would write for that file, with two differences, both stricter: only the machine's own
architecture is let in (a 32-bit program is killed, x32 calls are refused), and an argument that may be anything *but* a
value is compared by its low 32 bits, since that is all the kernel looks at (`socket`'s family).
Layout of what a program sees: struct seccomp_data in linux/seccomp.h; of the instructions: linux/bpf_common.h.
"""

from __future__ import annotations

import errno
import json
import platform
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_PROFILE = Path(__file__).with_name("seccomp.json")
_NUMBERS = Path(__file__).with_name("syscalls.tsv")

ALLOW, KILL = 0x7FFF0000, 0x80000000
REFUSE = 0x00050000  # the errno is in the low 16 bits
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_*, linux/audit.h
X32 = 0x40000000  # in the number of an x32 call

_LOAD, _AND, _JUMP_EQ, _JUMP_GE, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_NR, _ARCH = 0, 4

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, operand
Decision = Sequence[Instruction]  # a piece of program that ends in returns on every way


def filter_for_this_machine() -> bytes | None:
    """The program, or None on a machine whose numbers we do not have."""
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        return None
    return assemble(compile_profile(json.loads(_PROFILE.read_text(encoding="utf-8")), machine))


def assemble(program: Sequence[Instruction]) -> bytes:
    """Instructions as struct sock_filter[]."""
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def compile_profile(profile: Mapping[str, Any], machine: str) -> list[Instruction]:
    """A profile in the engine's format as a program. Raises ValueError for what it cannot say."""
    other = _action(profile["defaultAction"], profile.get("defaultErrnoRet"))
    known = _numbers(machine)
    rules: dict[int, list[Mapping[str, Any]]] = {}
    for rule in profile["syscalls"]:
        for name in rule["names"]:
            if name in known:
                rules.setdefault(known[name], []).append(rule)
    decisions = {number: _decision(found, other) for number, found in rules.items()}
    return [
        (_LOAD, 0, 0, _ARCH),
        (_JUMP_EQ, 1, 0, ARCHITECTURES[machine]),
        (_RETURN, 0, 0, KILL),
        (_LOAD, 0, 0, _NR),
        (_JUMP_GE, 0, 1, X32),
        (_RETURN, 0, 0, other),
        *_search(_runs(decisions, [(_RETURN, 0, 0, other)])),
    ]


def _numbers(machine: str) -> dict[str, int]:
    column = 1 + list(ARCHITECTURES).index(machine)
    rows = [line.split("\t") for line in _NUMBERS.read_text(encoding="ascii").splitlines() if line[0] != "#"]
    return {row[0]: int(row[column]) for row in rows if row[column] != "-"}


def _runs(decisions: Mapping[int, Decision], other: Decision) -> list[tuple[int, Decision]]:
    """(first number, decision) of each run of numbers that are decided alike, from 0 on."""
    runs: list[tuple[int, Decision]] = [(0, decisions.get(0, other))]
    for number in range(1, max(decisions) + 2):
        decision = decisions.get(number, other)
        if decision != runs[-1][1]:
            runs.append((number, decision))
    return runs


def _search(runs: Sequence[tuple[int, Decision]]) -> list[Instruction]:
    """A binary search for the run of the loaded number."""
    if len(runs) == 1:
        return list(runs[0][1])
    middle = len(runs) // 2
    below, above = _search(runs[:middle]), _search(runs[middle:])
    if len(below) > 255:  # too far for a jump: go by way of an unconditional one, here a comparison with two equal ends
        raise ValueError("the profile is too long for jumps of one byte")
    return [(_JUMP_GE, len(below), 0, runs[middle][0]), *below, *above]


def _decision(rules: Sequence[Mapping[str, Any]], other: int) -> list[Instruction]:
    """Rules of one call, tried in turn; one without conditions ends the list."""
    program: list[Instruction] = []
    for rule in rules:
        action = _action(rule["action"], rule.get("errnoRet"))
        program += _unless_met(rule.get("args") or [], [(_RETURN, 0, 0, action)])
        if not rule.get("args"):
            return program
    return [*program, (_RETURN, 0, 0, other)]


def _unless_met(conditions: Sequence[Mapping[str, Any]], then: list[Instruction]) -> list[Instruction]:
    """`then` if all conditions hold, else on to what follows."""
    program = then
    for condition in reversed(conditions):
        program = _condition(condition, program)
    return program


def _condition(condition: Mapping[str, Any], then: list[Instruction]) -> list[Instruction]:
    low = 16 + 8 * int(condition["index"])  # both architectures are little-endian
    value, skip = int(condition["value"]), len(then)
    if condition["op"] == "SCMP_CMP_NE":
        return [(_LOAD, 0, 0, low), (_JUMP_EQ, skip, 0, value & 0xFFFFFFFF), *then]
    if condition["op"] == "SCMP_CMP_EQ":
        mask, wanted = (1 << 64) - 1, value
    elif condition["op"] == "SCMP_CMP_MASKED_EQ":
        mask, wanted = value, int(condition.get("valueTwo", 0))
    else:
        raise ValueError(f"a comparison that is not known: {condition['op']}")
    program = then
    for place, shift in ((low + 4, 32), (low, 0)):
        part, bits = wanted >> shift & 0xFFFFFFFF, mask >> shift & 0xFFFFFFFF
        program = [(_LOAD, 0, 0, place), (_AND, 0, 0, bits), (_JUMP_EQ, 0, len(program), part), *program]
    return program


def _action(name: str, number: int | None) -> int:
    if name == "SCMP_ACT_ALLOW":
        return ALLOW
    if name == "SCMP_ACT_ERRNO":
        return REFUSE | (errno.EPERM if number is None else number)
    raise ValueError(f"an action that is not known: {name}")
