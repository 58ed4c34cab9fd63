"""Child processes that are measured: Python as a user has it, with its bytecode kept."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import attrs

ROOT = Path(__file__).parent.parent.parent


@attrs.frozen
class Outcome:
    """What a program printed, and how many seconds it took: of the wall, and of the CPU."""

    printed: str
    wall: float
    cpu: float


def run(program: str, *arguments: str) -> Outcome:
    """Run a program in a new interpreter, from its start to its end."""
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }
    cpu, start = _cpu_of_children(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    wall, cpu = time.perf_counter() - start, _cpu_of_children() - cpu
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return Outcome(done.stdout.strip(), wall, cpu)


def _cpu_of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system
