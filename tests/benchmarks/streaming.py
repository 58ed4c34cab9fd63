"""Data larger than memory: ten gibibytes of examples, and how much memory training takes.

    OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.streaming

A file of 784 float32 numbers an example stands for the data; it is sparse, so that it takes no room
on the disk, and is read whole all the same.  784-256-128-10 is trained on one epoch of a hundredth,
a tenth and all of it, in mini-batches of 512.  Each is a process of its own, whose largest resident
size is what the kernel says.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import fdnn
from fdnn import Dim, GradientDescent, Learner, Rows, run

INPUTS, BATCH = 784, 512
GIB = 2**30


def trained(path: Path, gibibytes: float) -> dict[str, float]:
    """One epoch on so much of the file: seconds, steps, and mebibytes that were resident."""
    m = int(gibibytes * GIB) // (4 * INPUTS)
    x = np.memmap(path, "float32", "r", shape=(m, INPUTS))
    y = np.broadcast_to(np.zeros(1, np.int64), (m,))
    digit = Dim[Any](10)
    params = fdnn.initialize(
        fdnn.mlp([INPUTS, 256, 128, digit], output=fdnn.softmax), rng=0, dtype="float32"
    )
    learner = Learner(fdnn.categorical_cross_entropy, GradientDescent(0.01))
    rows = Rows(x, y, Dim[Any](INPUTS), digit, dtype="float32")

    steps = -(-m // BATCH)
    begun = time.perf_counter()
    run(learner.step(params).read(rows, size=BATCH), learner.start(params), steps)
    seconds = time.perf_counter() - begun
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"examples": m, "steps": steps, "seconds": seconds, "resident": resident}


def main() -> None:
    """Print a line for each length of the data."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--gib", type=float, default=10.0, help="how large the whole is")
    parser.add_argument("--child", nargs=2, metavar=("PATH", "GIB"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child is not None:
        path, gibibytes = arguments.child
        print(json.dumps(trained(Path(path), float(gibibytes))))
        return

    with TemporaryDirectory() as folder:
        path = Path(folder) / "examples.f32"
        with path.open("wb") as file:
            file.truncate(int(arguments.gib * GIB))
        print("data            examples    steps   seconds    MB/s    largest resident size")
        for share in (0.01, 0.1, 1.0):
            gibibytes = share * arguments.gib
            command = [sys.executable, "-m", "tests.benchmarks.streaming"]
            command += ["--child", str(path), str(gibibytes)]
            ran = subprocess.run(command, capture_output=True, text=True, check=True)
            found = json.loads(ran.stdout)
            speed = gibibytes * GIB / found["seconds"] / 1e6
            print(
                f"{gibibytes:6.1f} GiB {found['examples']:13} {found['steps']:8} "
                f"{found['seconds']:9.1f} {speed:7.0f} {found['resident']:18.1f} MiB"
            )


if __name__ == "__main__":
    main()
