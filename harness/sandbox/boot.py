"""How one of `harness.inside`'s programs gets into a box, and what every program in a box finds around it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harness.inside import program as program_of

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENV: Mapping[str, str] = {
    "HOME": "/home/agent",
    "HOSTNAME": "box",
    "USER": "agent",
    "PATH": PATH,
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
}

# Reads the wire module and a program from its input, then becomes the program: a box carries none of our code, and
# `ps` in it shows only this line.
BOOT = (
    "import sys,types;M=types.ModuleType;r=sys.stdin.buffer.read;g=lambda:r(int.from_bytes(r(4),'big'));"
    "w='harness.inside.wire';sys.modules.update({n:M(n) for n in('harness','harness.inside',w)});"
    "exec(g(),sys.modules[w].__dict__);exec(compile(g(),'relay','exec'),globals())"
)


def parcel(program: Path) -> bytes:
    """What `BOOT` reads first: the wire module and `program`, each behind its length in four bytes."""
    sources = (program_of("wire").read_bytes(), program.read_bytes())
    return b"".join(len(source).to_bytes(4, "big") + source for source in sources)
