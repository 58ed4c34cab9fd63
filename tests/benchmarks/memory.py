"""How much memory training takes: what grows over the data, and how large a whole process is.

    OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.memory

The first table is the peak of what was allocated since the data were there, fdnn's frozen copy of
them included, from before the first parameters to the last step, beside the least one can think of:
the parameters and their successors, the optimizer's moments, and one activation a layer.  It is
tracemalloc's count, to which NumPy reports every array: exact, and the same in every run.  The
peak of drawing the first parameters, which is over before training begins, stands by itself.

The second table is the largest resident size (`VmHWM`, so Linux only) of whole processes that train
on the same numbers: there the interpreter, the packages and BLAS's own memory count.
"""

from __future__ import annotations

import tracemalloc
from collections import deque
from importlib.util import find_spec
from itertools import islice

from fdnn import Adam, GradientDescent, Learner, Momentum, Optimizer, initialize, iterate, run
from tests.benchmarks import children, machine
from tests.benchmarks.with_fdnn import batch_of, cost_of, plain_step
from tests.benchmarks.workloads import WORKLOADS, problem

STEPS = 20
OPTIMIZERS: dict[str, tuple[Optimizer, int]] = {
    "GradientDescent": (GradientDescent(0.01), 0),
    "Momentum": (Momentum(0.01), 1),
    "Adam": (Adam(0.001), 2),
}

FDNN = """
import numpy as np
from fdnn import (
    Dim, GradientDescent, Learner, batch_from_columns, categorical_cross_entropy, dense, initialize,
    relu, run, softmax,
)

class Pixel: ...
class Hidden1: ...
class Hidden2: ...
class Digit: ...

pixel, hidden1, hidden2 = Dim[Pixel](784), Dim[Hidden1](256), Dim[Hidden2](128)
digit = Dim[Digit](10)
rng = np.random.default_rng(0)
X = rng.random((784, 128), "float32")
Y = np.eye(10, dtype="float32")[:, rng.integers(10, size=128)]
batch = batch_from_columns(X, Y, pixel, digit)
net = dense(pixel, hidden1, relu) >> dense(hidden1, hidden2, relu) >> dense(hidden2, digit, softmax)
params = initialize(net, rng=0, dtype="float32")
learner = Learner(categorical_cross_entropy, GradientDescent(0.01))
run(learner.step(params)(batch), learner.start(params), 200)
"""

TORCH = """
import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(0)
X = torch.from_numpy(rng.random((128, 784), "float32"))
y = torch.from_numpy(rng.integers(10, size=128))
model = nn.Sequential(
    nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for _ in range(200):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(X), y)
    loss.backward()
    optimizer.step()
    loss.item()
"""

GROWTH = """
import sys
from tests.benchmarks.memory import growth

print(*growth(*sys.argv[1:]))
"""

LARGEST = """
for line in open("/proc/self/status"):
    if line.startswith("VmHWM"):
        print(line.split()[1])
"""


def growth(name: str, optimizer: str) -> tuple[int, int]:
    """The peaks in bytes over the data: of training, and of drawing the first parameters."""
    workload = WORKLOADS[name]
    given = problem(workload)
    batch, net = batch_of(given), given.params.architecture
    learner = Learner(cost_of(workload), OPTIMIZERS[optimizer][0])
    step = plain_step(learner, net, batch)
    run(step, learner.start(given.params), 1)  # loads the modules that a first step loads
    tracemalloc.start()

    before, _ = tracemalloc.get_traced_memory()
    params = initialize(net, rng=0, dtype=workload.dtype)
    _, drawing = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    states = iterate(step)(learner.start(params))
    del params  # the stream holds what it needs
    deque(islice(states, STEPS), maxlen=0)
    _, training = tracemalloc.get_traced_memory()

    return training - before, drawing - before


def least(name: str, optimizer: str) -> int:
    """Parameters x (2 + moments) + activations, in bytes."""
    workload = WORKLOADS[name]
    itemsize = {"float32": 4, "float64": 8}[workload.dtype]
    parameters = problem(workload).params.vector.size
    activations = workload.m * sum(workload.sizes[1:])
    return itemsize * int(parameters * (2 + OPTIMIZERS[optimizer][1]) + activations)


def main() -> None:
    """Print both tables."""
    print(machine.description())
    columns = " ".join(f"{name:>10}" for name in ("training", "least", "ratio", "drawing"))
    print(f"\n{'growth over the data':28} {columns}")
    for name in ("mnist", "cats"):
        for optimizer in OPTIMIZERS:
            training, drawing = map(int, children.run(GROWTH, name, optimizer).printed.split())
            bound = least(name, optimizer)
            print(f"{name + ', ' + optimizer:28} {_mega(training)} {_mega(bound)}", end="")
            print(f" {training / bound:10.2f} {_mega(drawing)}")

    print(f"\n{'largest resident size':28} {'whole':>10}")
    programs = {"import numpy": "import numpy", "fdnn, mnist": FDNN}
    if find_spec("torch"):
        programs["PyTorch, mnist"] = TORCH
    else:
        print("missing: torch")
    for name, text in programs.items():
        kilobytes = int(children.run(text + "\n" + LARGEST).printed)
        print(f"{name:28} {_mega(1024 * kilobytes)}")


def _mega(size: int) -> str:
    return f"{size / 1e6:7.2f} MB"


if __name__ == "__main__":
    main()
