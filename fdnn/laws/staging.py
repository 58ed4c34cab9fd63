"""The law that a staged form agrees with its equations, seen in training with both."""

from __future__ import annotations

from itertools import islice
from typing import Any

import attrs
import numpy as np

from fdnn.activations import Activation
from fdnn.arrays import batch_from_columns
from fdnn.axes import Dim
from fdnn.costs import Cost, squared_error
from fdnn.laws.report import Held, Subject
from fdnn.laws.samples import KEY, normal
from fdnn.layers.dense import Dense, dense_of
from fdnn.matrix import Array, to_numpy, unnamed
from fdnn.optimizers import GradientDescent, Optimizer
from fdnn.records import Layer, Params, params_of
from fdnn.regularizers import Regularizer
from fdnn.training import DivergenceError, Learner, State, Step, iterate

STEPS = 3
WITHIN = 1e-9
EXAMPLES = 5


def layer_of_numbers(
    place: int, outputs: int, inputs: int, activation: Activation | None = None
) -> Dense[Any, Any]:
    """A dense layer with drawn weights, which leaves signals about as large as they were."""
    W = unnamed(normal(place, outputs, inputs) / np.sqrt(inputs))
    b = unnamed(normal(place + 1, outputs, 1, scale=0.1))
    return dense_of(W, b) if activation is None else dense_of(W, b, activation)


def staged_agrees(
    subject: Subject,
    params: Params[*tuple[Any, ...]],
    cost: Cost,
    optimizer: Optimizer,
    Y: Array | None = None,
    steps: int = STEPS,
    regularizer: Regularizer | None = None,
) -> Held:
    """Train a few steps over buffers that are kept, and with the pure functions, and compare."""
    law = "training over buffers agrees with the pure functions"
    inputs, *_, outputs = params.axes
    X = normal(30, int(inputs), EXAMPLES)
    Y = normal(31, int(outputs), EXAMPLES) if Y is None else Y
    # Axes without names: a layer under check may have any.
    batch = batch_from_columns(X, Y, Dim[Any](int(inputs)), Dim[Any](int(outputs)), params.dtype)
    learner = Learner(cost, optimizer, regularizer)
    step = Step[*tuple[Any, ...]](learner, params.architecture, batch, span=False)
    start: State[*tuple[Any, ...]] = learner.start(params, rng=KEY)
    pure = start
    try:
        for _ in range(steps):
            pure = step(pure)
        staged = next(islice(iterate(step, start), steps, None))
    except DivergenceError:
        return Held(law)  # from random numbers, a cost may overflow: nothing to compare
    came, due = np.array([staged.cost]), np.array([pure.cost])
    yielded = subject.agree(law, f"the cost of step {steps}", came, due, WITHIN)
    came, due = staged.params.vector, pure.params.vector
    quantity = f"a parameter after {steps} steps"
    found = subject.agree(law, quantity, came, due, WITHIN)
    return attrs.evolve(found, error=max(found.error, yielded.error))


def staged_activation(subject: Subject, g: Activation) -> Held:
    """In a hidden layer and in the last."""
    first, last = layer_of_numbers(32, 4, 3, g), layer_of_numbers(34, 3, 4, g)
    return staged_agrees(subject, params_of(first) >> last, squared_error, GradientDescent(0.01))


def staged_layer(subject: Subject, layer: Layer[Any, Any]) -> Held:
    """After a dense layer, and before another."""
    inputs, outputs = (int(axis) for axis in layer.axes)
    dtype = to_numpy(layer.arrays[0]).dtype if layer.arrays else np.dtype("float64")
    first, last = layer_of_numbers(36, inputs, 3), layer_of_numbers(38, 2, outputs)
    params = params_of(_of(first, dtype)) >> layer >> _of(last, dtype)
    return staged_agrees(subject, params, squared_error, GradientDescent(0.01))


def _of(layer: Dense[Any, Any], dtype: np.dtype[Any]) -> Dense[Any, Any]:
    return layer.replace([unnamed(to_numpy(layer.Wb).astype(dtype))])
