"""Optimizers, modifiers and schedules go where PyTorch's and optax's go, to 1e-10 in float64.

`tests/oracles/record.py` wrote down where those go; where they are installed, it is done again.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest
from typeguard import suppress_type_checks

import fdnn
from fdnn import (
    LBFGS,
    AdaGrad,
    Adam,
    AdamW,
    Averaged,
    ClippedByNorm,
    ClippedByValue,
    Constant,
    Cosine,
    Decayed,
    ExponentialDecay,
    GradientDescent,
    InverseTime,
    Joined,
    Learner,
    Lion,
    MaxNorm,
    Momentum,
    NAdam,
    Nesterov,
    OneCycle,
    Optimizer,
    Polynomial,
    RMSProp,
    Schedule,
    State,
    StepDecay,
    Warmup,
    iterate,
    mlp,
    warmed_up,
)
from fdnn.names import OPTIMIZERS, SCHEDULES
from tests.oracles import record
from tests.oracles.problem import (
    CONVEX_SIZES,
    CONVEX_START,
    PLACES,
    SIZES,
    SOFT,
    START,
    STEPS,
    Floats,
    X,
    Y,
)

CLOSE = 1e-10
RECORDED = record.recorded()

warmed_cosine = warmed_up(Cosine(0.5, 50, 0.02), 10, 0.1)
joined = Joined(
    (Warmup(0.5, 10, 0.1), Cosine(0.5, 20, 0.1), Polynomial(0.1, 30, 1.5, 0.01)), (10, 30)
)

TRAJECTORIES: dict[tuple[str, str], Optimizer] = {
    ("torch", "sgd"): GradientDescent(0.5),
    ("torch", "sgd momentum"): Momentum(0.1, 0.8),
    ("torch", "sgd nesterov"): Nesterov(0.1, 0.8),
    ("torch", "adagrad"): AdaGrad(0.1),
    ("torch", "rmsprop"): RMSProp(0.01, 0.9),
    ("torch", "adam"): Adam(0.02, 0.8, 0.99),
    ("torch", "adamw"): AdamW(0.02, 0.3, 0.8, 0.99),
    ("torch", "lbfgs"): LBFGS(0.3, 5),
    ("torch", "sgd one cycle"): GradientDescent(OneCycle(0.5, STEPS + 1)),
    ("torch", "adam step decay"): Adam(StepDecay(0.05, 15, 0.5)),
    ("torch", "adamw warmed cosine"): AdamW(warmed_up(Cosine(0.05, 50, 0.02), 10, 0.01), 0.3),
    ("optax", "nadam"): NAdam(0.02, 0.8, 0.99),
    ("optax", "lion"): Lion(0.01, 0.9, 0.95),
    ("optax", "lion decayed"): Decayed(Lion(0.01, 0.9, 0.95), 0.3),
    ("optax", "sgd clipped by norm"): ClippedByNorm(GradientDescent(0.5), 0.1),
    ("optax", "adam clipped by norm"): ClippedByNorm(Adam(0.02), 0.1),
    ("optax", "momentum clipped by value"): ClippedByValue(Momentum(0.1, 0.8), 0.03),
    ("optax", "momentum decayed"): Decayed(Momentum(0.1, 0.8), 0.3),
    ("optax", "momentum max norm"): MaxNorm(Momentum(0.1, 0.8), 0.9),
    ("optax", "adam averaged"): Averaged(Adam(0.02), 0.9),
    ("optax", "adam clipped decayed averaged"): Averaged(
        Decayed(ClippedByNorm(Adam(0.02), 0.1), 0.3), 0.9
    ),
    ("optax", "nesterov joined"): Nesterov(joined, 0.5),
}

RATES: dict[tuple[str, str], Schedule] = {
    ("torch", "constant"): Constant(0.5),
    ("torch", "step"): StepDecay(0.5, 7, 0.3),
    ("torch", "exponential"): ExponentialDecay(0.5, 0.95),
    ("torch", "inverse time"): InverseTime(0.5, 0.3),
    ("torch", "inverse time, stairs"): InverseTime(0.5, 0.3, 10),
    ("torch", "cosine"): Cosine(0.5, STEPS, 0.01),
    ("torch", "polynomial"): Polynomial(0.5, STEPS, 2.0),
    ("torch", "warmup"): Warmup(0.5, STEPS, 0.05),
    ("torch", "one cycle"): OneCycle(0.5, STEPS + 1),
    ("torch", "warmed cosine"): warmed_cosine,
    ("optax", "constant"): Constant(0.5),
    ("optax", "step"): StepDecay(0.5, 7, 0.3),
    ("optax", "exponential"): ExponentialDecay(0.5, 0.95),
    ("optax", "cosine"): Cosine(0.5, STEPS, 0.01),
    ("optax", "polynomial"): Polynomial(0.5, STEPS, 2.0, 0.01),
    ("optax", "warmup"): Warmup(0.5, STEPS, 0.05),
    ("optax", "joined"): joined,
}


def states(optimizer: Optimizer, *, staged: bool) -> Iterator[State[*tuple[Any, ...]]]:
    """The stream of states on the problem, by the plan or by the equations."""
    is_convex = isinstance(optimizer, LBFGS)
    sizes, at, labels = (CONVEX_SIZES, CONVEX_START, SOFT) if is_convex else (SIZES, START, Y)
    net = mlp(sizes, fdnn.tanh, fdnn.sigmoid)
    batch = fdnn.batch_from_columns(X, labels, net.axes[0], net.axes[-1])
    learner = Learner(fdnn.binary_cross_entropy, optimizer)
    step = learner.step(net)(batch, span=False)
    start = learner.start(fdnn.Params(net, at))

    def by_hand(state: State[*tuple[Any, ...]]) -> State[*tuple[Any, ...]]:
        return step(state)

    return iterate(step)(start) if staged else iterate(by_hand, start)


def shown(optimizer: Optimizer, state: State[*tuple[Any, ...]]) -> Floats:
    """What the oracle recorded: the parameters, or their average."""
    if isinstance(optimizer, Averaged):
        return optimizer.average(state.optimizer).vector
    return state.params.vector


@pytest.mark.parametrize("staged", [False, True], ids=["equations", "plan"])
@pytest.mark.parametrize(("oracle", "case"), TRAJECTORIES, ids=lambda part: part)
def test_the_trajectory_is_that_of_the_oracle(oracle: str, case: str, *, staged: bool) -> None:
    optimizer = TRAJECTORIES[oracle, case]
    expected = RECORDED[oracle]["trajectories"][case]

    with suppress_type_checks():
        found = [
            shown(optimizer, state)
            for count, state in enumerate(islice(states(optimizer, staged=staged), STEPS + 1))
            if count in PLACES
        ]
    assert record.furthest(found, expected) <= CLOSE
    assert record.furthest(found[0], expected[-1]) > 0.01, "it stood still"


@pytest.mark.parametrize(("oracle", "case"), RATES, ids=lambda part: part)
def test_the_rates_are_those_of_the_oracle(oracle: str, case: str) -> None:
    expected = RECORDED[oracle]["rates"][case]
    found = [RATES[oracle, case](count) for count in range(len(expected))]
    # optax takes the cosine and the powers in float64, but a constant pi in its own way.
    assert record.furthest(found, expected) <= 1e-12


def test_every_kind_and_every_recording_is_compared() -> None:
    kinds = {type(part) for o in TRAJECTORIES.values() for part in fdnn.modifiers.parts_of(o)}
    assert kinds >= {
        *OPTIMIZERS.values(),
        ClippedByNorm,
        ClippedByValue,
        Decayed,
        MaxNorm,
        Averaged,
    }
    assert {type(schedule) for schedule in RATES.values()} >= {*SCHEDULES.values(), Joined}

    for what, table in (("trajectories", {*TRAJECTORIES}), ("rates", {*RATES})):
        assert {(oracle, case) for oracle in RECORDED for case in RECORDED[oracle][what]} == table
    assert STEPS >= 50


@pytest.mark.parametrize("oracle", ["torch", "optax"])
def test_the_oracle_does_again_what_was_recorded(oracle: str) -> None:
    if importlib.util.find_spec(oracle) is None:
        pytest.skip(f"{oracle} is not installed: pip install 'fdnn[oracles]'")
    again = record.by_torch() if oracle == "torch" else record.by_optax()

    for what, cases in RECORDED[oracle].items():
        assert again[what].keys() == cases.keys()
        for case, numbers in cases.items():
            assert record.furthest(again[what][case], numbers) <= 1e-12, case


def test_the_problem_tells_decayed_biases_and_unclipped_gradients_apart() -> None:
    """What is wrong by the rule for biases, or without the clipping, ends elsewhere."""
    ends = {case: numbers[-1] for case, numbers in RECORDED["optax"]["trajectories"].items()}
    for one, other in [
        ("lion", "lion decayed"),
        ("adam clipped by norm", "adam clipped decayed averaged"),
        ("sgd clipped by norm", "momentum clipped by value"),
    ]:
        assert record.furthest(ends[one], ends[other]) > 0.01
    assert np.abs(START[[2, 5, 8, 12, 16]]).max() > 0.3, "the biases are far from 0"
