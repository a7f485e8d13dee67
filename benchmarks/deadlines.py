"""How long after its deadline the last process of a stubborn program is gone, in both kinds of box.

Each program is run several times in a box of its own; the worst time counts. The floor is what is promised: 0.5 s.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import track

from evaluator.run.hosts import open_host
from harness.sandbox import BoxSpec, EngineUnavailable, Limits, SandboxHost

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from stubborn import DEFIANT, KILLABLE  # type: ignore[import-not-found]

PROMISED_S = 0.5
DEADLINE_S = 0.7
SMALL = Limits(cpus=1.0, memory_mb=256, pids=128, workspace_mb=16)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    programs = {**KILLABLE, **{name: ["sh", "-c", script] for name, script in DEFIANT.items()}}
    found: dict[str, dict[str, float]] = {}
    for kind in ("docker", "bubblewrap"):
        try:
            host = open_host(kind, "deadlines")
        except EngineUnavailable as error:
            print(f"{kind}: left out: {error}", file=sys.stderr)
            continue
        try:
            steps = track(programs.items(), kind, console=Console(stderr=True))
            found[kind] = {name: _worst(host, argv, arguments.times) for name, argv in steps}
        finally:
            host.remove_all()
    ratios = {f"{kind}_ratio": max(times.values()) / PROMISED_S for kind, times in found.items()}
    if arguments.json:
        print(json.dumps({"seconds": found, **ratios}))
        return
    for kind, times in found.items():
        for name, seconds in times.items():
            print(f"{kind:11} {name:26} {seconds * 1000:7.0f} ms")
    for name, ratio in ratios.items():
        print(f"{name}: worst over promised {ratio:.2f}")


def _worst(host: SandboxHost, argv: list[str], times: int) -> float:
    image = host.image("python", (), print)
    worst = 0.0
    for _ in range(times):
        with host.open(BoxSpec(image, "agent", SMALL, keep_workspace=True)) as box:
            worst = max(worst, box.run(argv, timeout_s=DEADLINE_S).overrun_s)
    return worst


if __name__ == "__main__":
    main()
