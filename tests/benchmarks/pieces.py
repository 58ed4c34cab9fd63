"""What each piece of training costs, beside PyTorch's, and the bare matrix products.

    OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.pieces
    OPENBLAS_NUM_THREADS=1 python -m tests.benchmarks.pieces --only adam,dropout,gelu

Every row is 784-256-128-10 on 128 examples in float32, relu and softmax cross-entropy, with one
thing changed; the first has nothing changed.  The floor are the products of a step (`floor.py`),
and the other columns ratios to it, measured in turns in one process: fdnn's stream of states,
PyTorch as its optimizers are by themselves, and with `fused=True` where an optimizer has that.
The last column is what fdnn takes in parts of what PyTorch takes by itself.

Before it is timed, both train for a few steps from the same parameters.  `!` after a number: the
costs are not the same.  Of dropout the draws are other ones, so there the costs are compared with a
rate of next to nothing; and the average of the parameters shows in no cost.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import attrs
import numpy as np

from fdnn import (
    L1,
    L2,
    LBFGS,
    Activation,
    AdaGrad,
    Adam,
    AdamW,
    Architecture,
    Averaged,
    Batch,
    ClippedByNorm,
    ClippedByValue,
    Decayed,
    Dim,
    Elastic,
    ExponentialDecay,
    GradientDescent,
    Layer,
    Learner,
    Lion,
    MaxNorm,
    Momentum,
    NAdam,
    Nesterov,
    Optimizer,
    Params,
    Regularizer,
    RMSProp,
    activation_named,
    batch_from_columns,
    batch_norm,
    categorical_cross_entropy,
    chain,
    dense,
    dropout,
    initialize,
    iterate,
    layer_norm,
    relu,
    residual,
    softmax,
)
from tests.benchmarks import floor, machine, pieces_with_torch
from tests.benchmarks.speed import among
from tests.benchmarks.timing import Times, calls_of_a_block, in_turns
from tests.benchmarks.with_fdnn import plain_step
from tests.benchmarks.workloads import MNIST, WORKLOADS, problem

Network = Architecture[*tuple[Any, ...]]
Step = Callable[[], float]

STEPS = 5
TOLERANCE = 5e-6
"""Of the costs of the first steps, to the largest: ten times as far as they are apart."""

NEXT_TO_NOTHING = 1e-9
"""A rate of dropout at which all are heard."""


@attrs.frozen
class Piece:
    """One row: the network, how it learns, and what the floor multiplies.

    `alike` is the network by which costs are compared, where it is another.
    """

    name: str
    network: Network
    optimizer: Optimizer
    regularizer: Regularizer | None = None
    weighted: bool = False
    sizes: tuple[int, ...] = MNIST
    alike: Network | None = None

    @property
    def start(self) -> Params[*tuple[Any, ...]]:
        """The parameters before the first step; no bias is 0, so that none can be forgotten."""
        params = initialize(self.network, rng=0, dtype="float32")
        moved = np.random.default_rng(3).normal(0.0, 0.05, params.vector.shape)
        return Params(self.network, params.vector + moved.astype("float32"))

    @property
    def learner(self) -> Learner:
        """How it learns."""
        return Learner(categorical_cross_entropy, self.optimizer, self.regularizer)

    @property
    def batch(self) -> Batch[Any, Any, Any]:
        """Random examples, with random weights where they have any."""
        given = problem(WORKLOADS["mnist"])
        weights = None
        if self.weighted:
            weights = np.random.default_rng(2).uniform(0.5, 1.5, given.X.shape[1])
        inputs, outputs = Dim[Any](MNIST[0]), Dim[Any](MNIST[-1])
        return batch_from_columns(given.X, given.Y, inputs, outputs, weights=weights)


# ----------------------------------------------------------------------------------------- the rows


def network(
    activation: Activation = relu, between: Callable[[Dim[Any]], Layer[Any, Any]] | None = None
) -> Network:
    """784-256-128-10, with a layer after each hidden one where `between` makes one."""
    axes = [Dim[Any](size) for size in MNIST]
    layers: list[Layer[Any, Any]] = []
    for before, after in pairwise(axes[:-1]):
        layers.append(dense(before, after, activation))
        if between is not None:
            layers.append(between(after))
    return chain(*layers, dense(axes[-2], axes[-1], softmax))


def block(hidden: Dim[Any]) -> Layer[Any, Any]:
    """`A + W2 relu(W1 A + b1) + b2`."""
    return residual(hidden)(dense(hidden, hidden, relu) >> dense(hidden, hidden))


def all_pieces() -> Iterator[Piece]:
    """The rows of the table."""
    plain, descent = network(), GradientDescent(0.01)
    yield Piece("nothing", plain, descent)

    yield Piece("scheduled", plain, GradientDescent(ExponentialDecay(0.01, 0.9999)))
    yield Piece("momentum", plain, Momentum(0.003))
    yield Piece("nesterov", plain, Nesterov(0.003))
    yield Piece("adagrad", plain, AdaGrad(0.003))
    yield Piece("rmsprop", plain, RMSProp(0.0001))
    yield Piece("adam", plain, Adam(0.0003))
    yield Piece("adamw", plain, AdamW(0.0003, decay=10.0))
    yield Piece("nadam", plain, NAdam(0.0003))
    yield Piece("lion", plain, Lion(0.0001))
    yield Piece("lbfgs", plain, LBFGS(0.001))

    yield Piece("clipped-by-norm", plain, ClippedByNorm(descent, 0.1))
    yield Piece("clipped-by-value", plain, ClippedByValue(descent, 0.001))
    yield Piece("decayed", plain, Decayed(descent, 2.0))
    yield Piece("max-norm", plain, MaxNorm(descent, 1.0))
    yield Piece("averaged", plain, Averaged(descent))
    yield Piece("l2", plain, descent, L2(0.001))
    yield Piece("l1", plain, descent, L1(0.0001))
    yield Piece("elastic", plain, descent, Elastic(0.0001, 0.001))
    yield Piece("weighted", plain, descent, weighted=True)

    silent, heard = (network(between=partial(dropout, rate=r)) for r in (0.3, NEXT_TO_NOTHING))
    yield Piece("dropout", silent, descent, alike=heard)
    yield Piece("batch-norm", network(between=batch_norm), descent)
    yield Piece("layer-norm", network(between=layer_norm), descent)
    sizes = (784, 256, 256, 256, 128, 128, 128, 10)
    yield Piece("residual", network(between=block), descent, sizes=sizes)

    for name in pieces_with_torch.ACTIVATIONS:
        if name != "relu":
            yield Piece(name.replace("_", "-"), network(activation_named(name)), descent)


PIECES = {piece.name: piece for piece in all_pieces()}


# -------------------------------------------------------------------------------------- measurement


def main() -> None:
    """Print the table, row by row."""
    arguments = _arguments()
    has_torch = find_spec("torch") is not None

    print(machine.description())
    print(f"PyTorch {version('torch')}" if has_torch else "missing: torch")
    print(f"the floor, and ratios to it; medians of {machine.clock()} time\n")
    print(f"{'piece':18} {'floor':>10} {'fdnn':>8} {'torch':>8} {'fused':>8} {'fdnn/torch':>11}")
    for name in arguments.only:
        print(row(PIECES[name], has_torch, arguments.seconds, arguments.repeats), flush=True)


def row(piece: Piece, has_torch: bool, seconds: float, repeats: int) -> str:
    """Measure one piece; all is prepared anew some times, as in `speed.measure`."""
    makers: dict[str, Callable[[], Step]] = {"fdnn": lambda: step_of_fdnn(piece)}
    if has_torch:
        makers["torch"] = lambda: step_of_torch(piece)
        if pieces_with_torch.has_fused(piece.optimizer):
            makers["fused"] = lambda: step_of_torch(piece, fused=True)
    sign = "" if has_same_costs(piece, makers) else "!"

    workload = attrs.evolve(WORKLOADS["mnist"], name=piece.name, sizes=piece.sizes)
    layouts = {"columns": floor.columns, "turned": floor.turned, "rows": floor.rows}
    times = {name: Times() for name in (*layouts, *makers)}
    work: dict[str, Callable[[], object]] = {}
    for _ in range(repeats):
        bare = {name: layout(workload) for name, layout in layouts.items()}
        work = {**bare, **{name: make() for name, make in makers.items()}}
        calls = min(map(calls_of_a_block, bare.values()))
        in_turns(work, calls, seconds / repeats, times)

    medians = {name: found.median(machine.clock()) for name, found in times.items()}
    least = min(medians[name] for name in layouts)
    ratios = {name: f"{medians[name] / least:.2f}" for name in makers}
    cells = " ".join(f"{ratios.get(name, '-'):>8}" for name in ("fdnn", "torch", "fused"))
    share = f"{medians['fdnn'] / medians['torch']:.2f}{sign}" if has_torch else "-"
    return f"{piece.name:18} {least * 1e6:7.1f} µs {cells} {share:>11}"


def has_same_costs(piece: Piece, makers: Iterable[str]) -> bool:
    """Whether all find the same costs in their first steps."""
    same = piece if piece.alike is None else attrs.evolve(piece, network=piece.alike)
    steps = [step_of_fdnn(same)]
    steps += [step_of_torch(same, name == "fused") for name in makers if name != "fdnn"]
    costs = np.array([[step() for _ in range(STEPS)] for step in steps])
    return bool(np.max(np.abs(costs - costs[0])) <= TOLERANCE * np.max(np.abs(costs)))


def step_of_fdnn(piece: Piece) -> Step:
    """One call is the next state of the stream."""
    learner, params = piece.learner, piece.start
    states = iterate(plain_step(learner, params, piece.batch))(learner.start(params))
    next(states)

    return lambda: next(states).cost


def step_of_torch(piece: Piece, fused: bool = False) -> Step:
    """One call is a step as users of PyTorch write it."""
    return pieces_with_torch.training(piece.start, piece.learner, piece.batch, fused)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.pieces",
        description="What each piece of training costs, beside PyTorch's.",
    )
    known = list(PIECES)
    names = ", ".join(known)
    parser.add_argument("--only", type=among(known), default=known, help=f"of {names}")
    parser.add_argument("--seconds", type=float, default=2.0, help="to measure each row for")
    parser.add_argument("--repeats", type=int, default=2, help="how often all is prepared anew")
    return parser.parse_args()


if __name__ == "__main__":
    main()
