"""Copying a workspace out takes little memory, whatever lies in it: measured on a process that does nothing else."""

import json
import subprocess
import sys

import pytest

PEAK_MB = 150  # the whole process, interpreter and all

COPIES = """
import json, re, sys, uuid
from pathlib import Path
from evaluator.run.hosts import open_host
from harness.sandbox import BoxSpec, Caps, Limits
host = open_host(sys.argv[1], f"test-{uuid.uuid4().hex[:8]}")  # what is removed by name must be ours alone
limits = Limits(memory_mb=1024, workspace_mb=256)
with host.open(BoxSpec(host.image("python", (), print), "agent", limits, keep_workspace=True)) as box:
    done = box.run(["python3", "-c", "import os\\n" + sys.argv[2]], timeout_s=120)
    assert done.code == 0, done
    box.reap()
    box.freeze()
    out = box.copy_out(Caps())
# Not ru_maxrss: a program inherits the peak of the one that started it.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps({"peak_mb": peak, "files": len(out.tree), "breach": out.breach or ""}))
host.remove_all()
"""
FILLS = {
    "as much as is allowed": ("for n in range(16): open(f'f{n}', 'wb').write(os.urandom(4 << 20))", 16, ""),
    "more than is allowed": ("for n in range(60): open(f'f{n}', 'wb').write(os.urandom(4 << 20))", 0, "64 MiB in all"),
    "a huge repository": (
        "os.mkdir('.git')\nfor n in range(240): open(f'.git/f{n}', 'wb').write(os.urandom(1 << 20))", 0, "",
    ),
    "long names": (
        "d = 'd' * 200; os.mkdir(d)\nfor n in range(4998): open(f'{d}/{n}-' + 'é' * 100, 'w').close()", 4998, "",
    ),
    "endless files": ("for n in range(60_000): open(f'f{n}', 'w').close()", 0, "5,000 files"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILLS)
@pytest.mark.parametrize(
    "kind",
    [pytest.param("docker", marks=pytest.mark.engine), pytest.param("bubblewrap", marks=pytest.mark.bubblewrap)],
)
def test_copying_out(kind, name, box_kind):
    box_kind(kind)
    script, files, breach = FILLS[name]
    done = subprocess.run([sys.executable, "-c", COPIES, kind, script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-1000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["files"] == files
    assert breach in seen["breach"]
    assert bool(breach) == bool(seen["breach"])
    assert seen["peak_mb"] < PEAK_MB
