"""The machine that something is measured on, and the threads that may be used there."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any, Literal

import numpy as np
import threadpoolctl


def blas() -> dict[str, Any]:
    """What threadpoolctl knows about NumPy's own BLAS."""
    pools = [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]
    own = [pool for pool in pools if "numpy" in pool["filepath"]]
    return (own or pools)[0]


def threads() -> int:
    """The number of threads of NumPy's BLAS; the peers are given as many."""
    return int(blas()["num_threads"])


def clock() -> Literal["CPU", "wall"]:
    """Whose time counts: the CPU's, which others do not disturb, as long as one thread works."""
    return "CPU" if threads() == 1 else "wall"


def description() -> str:
    """The processor, the versions of Python and NumPy, and the BLAS kernel with its threads."""
    kernel = blas()
    where = f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    library = f"{kernel['internal_api']} {kernel['version']}, kernel {kernel['architecture']}"
    warnings = [
        f"{name} is set to {os.environ[name]}: this is not the machine's own kernel"
        for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
        if name in os.environ
    ]
    return "\n".join(
        [
            where,
            f"Python {platform.python_version()}, NumPy {np.__version__}",
            f"{library}, {kernel['num_threads']} thread(s)",
            *warnings,
        ]
    )


def _processor() -> str:
    """The name of the processor, where the system tells it."""
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        for line in facts.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"
