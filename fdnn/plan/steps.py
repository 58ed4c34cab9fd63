"""A step of training, staged: which examples, their gradient, and the update in its place."""

from __future__ import annotations

import contextvars
import math
from collections.abc import Callable
from itertools import groupby, islice
from typing import Any, TypeAlias

import numpy as np

from fdnn.activations import Activation
from fdnn.axes import Axes
from fdnn.costs import Cost
from fdnn.diagnosis import all_finite
from fdnn.guards import require_kind
from fdnn.keys import INFERENCE, Context, Key
from fdnn.matrix import Array, freeze, to_numpy
from fdnn.modifiers import Averaged, parts_of
from fdnn.optimizers import Momentum, Nesterov, Optimizer, OptimizerState
from fdnn.plan.buffers import keep
from fdnn.plan.examples import Examples, Select
from fdnn.plan.gradients import Arrays, FirstMap, Gradient, are_ours, staged_gradient
from fdnn.plan.layers import every_layer
from fdnn.plan.optimizers import staged_update
from fdnn.plan.regularizers import Squares, staged_regularizer
from fdnn.records import Architecture, Grads, Layer, Params
from fdnn.regularizers import Regularizer

Moment: TypeAlias = tuple[float, Params[*Axes], OptimizerState[*Axes]]


VELOCITIES: tuple[object, ...] = (Momentum, Nesterov)
"""The optimizers whose one moment is a velocity."""

FEW = 8192
"""So few parameters are sooner copied than cut into the arrays of the layers."""

Split: TypeAlias = Callable[[Array], Arrays]


def staged_step(
    architecture: Architecture[*Axes],
    cost: Cost,
    optimizer: Optimizer,
    regularizer: Regularizer | None,
    select: Select,
    dtype: np.dtype[Any],
    first_map: FirstMap | None = None,
    first_squares: Squares | None = None,
) -> Callable[
    [Params[*Axes], OptimizerState[*Axes], Key, int, Callable[[], object]], Moment[*Axes] | None
]:
    """The function from one moment of a run to the next: the cost, the parameters, the optimizer.

    Where the cost or what comes of it is not finite, or a kind raises or gives what does not fit,
    it gives None, and the step is left to the equations.  `when_finite` is called as soon as the
    cost is known to be finite, and before room is made for the gradient.  NumPy's warnings are off
    in it.
    """
    layers, size = architecture.layers, architecture.size
    factor, update = staged_update(optimizer, architecture, dtype) or (1.0, None)
    arrays_of = _splitter(architecture)
    passes: dict[int, tuple[Examples, Gradient]] = {}
    penalty = None
    if regularizer is not None:
        penalty = staged_regularizer(regularizer, architecture, dtype, first_squares)
    is_ours = are_ours(layers)
    keeps = size <= FEW or not is_ours
    is_staged_by_others = _staged_by_others(architecture, cost, optimizer)
    room = _Room(arrays_of, size, dtype) if keeps else _NewRoom(arrays_of, size, dtype)
    # Where an optimizer's last moment is finite, that of the squares if it has any, all are; and so
    # is any average of the parameters, which stands behind it.  A velocity moves the parameters by
    # itself: where they are finite, it is.
    *_, innermost = within = [*parts_of(optimizer)]
    averages = sum(isinstance(part, Averaged) for part in within)
    looks_at_moments = type(innermost) not in VELOCITIES
    eps = float(np.finfo(dtype).eps)
    is_mild = is_ours and eps < factor < 1.0 / eps  # a factor beyond could overflow on the way back
    folded, apart = (factor, 1.0) if is_mild else (1.0, factor)
    isfinite = math.isfinite

    def advance(
        params: Params[*Axes],
        state: OptimizerState[*Axes],
        key: Key,
        step: int,
        when_finite: Callable[[], object],
    ) -> Moment[*Axes] | None:
        examples = select(key, step)
        seen, gradient = passes.get(examples.m, (None, None))
        if gradient is None or seen is not examples:
            gradient = staged_gradient(layers, cost, examples, folded, first_map)
            keep(passes, examples.m, (examples, gradient))
        context = Context(training=True, key=key.at(step)) if gradient.draws else INFERENCE

        vector, parameters = room.enter(params.vector)
        try:
            J = gradient.forward(parameters, context)
            if penalty is not None:
                J += penalty.value(params, parameters)
            if not isfinite(J):
                return None
            when_finite()
            grads, gradients = room.gradient()
            gradient.backward(parameters, gradients)
            if apart != 1.0:
                np.multiply(grads, apart, grads)
            if penalty is not None:
                penalty.add(params, parameters, grads, gradients, factor)
        except Exception:  # a kind of the user's own may raise anything
            if is_staged_by_others:
                raise
            return None

        if update is None:
            whole = Grads(architecture, freeze(grads.copy()))
            updates, after = optimizer.update(whole, state, params)
            require_kind("update", "the state", after, OptimizerState)
            why = "as params has them"
            after.require_architecture("update", "the state", architecture, why)
            moved = params + updates
            is_finite = all(map(all_finite, [moved.vector, *(m.vector for m in after.moments)]))
            return (J, moved, after) if is_finite else None
        before = tuple([moment.vector for moment in state.moments]) if state.moments else ()
        moments = update(vector, grads, before, state.count)
        kept = len(moments) - averages if looks_at_moments else 0
        if not all_finite(grads) or (kept > 0 and not all_finite(moments[kept - 1])):
            return None
        return J, params.over(room.leave()), state.over([*map(freeze, moments)])

    quiet = contextvars.copy_context()
    quiet.run(np.seterr, all="ignore")
    run = quiet.run

    def advance_quietly(
        params: Params[*Axes],
        state: OptimizerState[*Axes],
        key: Key,
        step: int,
        when_finite: Callable[[], object],
    ) -> Moment[*Axes] | None:
        return run(advance, params, state, key, step, when_finite)

    return advance_quietly


def _staged_by_others(
    architecture: Architecture[*tuple[Any, ...]], cost: Cost, optimizer: Optimizer
) -> bool:
    """Whether a kind brings a staged form of its own, whose errors the equations cannot tell."""
    layers = [*every_layer(architecture.layers)]
    activations = [layer.activation for layer in layers]
    kinds: list[Any] = [cost, *parts_of(optimizer), *layers, *activations]
    bases: list[Any] = [Activation, Layer, Cost, Optimizer]
    inherited = [base.staged for base in bases]
    return any(kind.__class__.staged not in inherited for kind in kinds)


class _NewRoom:
    """Room for a gradient that is new at each step, and becomes the next parameters itself."""

    def __init__(self, arrays_of: Split, size: int, dtype: np.dtype[Any]) -> None:
        self._arrays_of, self._size, self._dtype = arrays_of, size, dtype
        self._left: Array | None = None
        self._arrays: Arrays = ()

    def enter(self, vector: Array) -> tuple[Array, Arrays]:
        """The parameters, and their arrays."""
        arrays = self._arrays if vector is self._left else self._arrays_of(vector)
        self._left, self._arrays = None, ()
        return vector, arrays

    def gradient(self) -> tuple[Array, Arrays]:
        """Room for the gradient, and its arrays."""
        self._grads = np.empty(self._size, self._dtype)
        self._arrays = self._arrays_of(self._grads)
        return self._grads, self._arrays

    def leave(self) -> Array:
        """The new parameters, which stand where the gradient was, read-only from now on."""
        self._left = freeze(self._grads)
        return self._left


class _Room:
    """Room for few parameters and their gradient, which change places; what leaves it is a copy.

    Cutting a vector into the arrays of the layers would take longer than the copy.
    """

    def __init__(self, arrays_of: Split, size: int, dtype: np.dtype[Any]) -> None:
        here, there = np.empty(size, dtype), np.empty(size, dtype)
        self._here = (here, arrays_of(here))
        self._there = (there, arrays_of(there))
        self._left: Array | None = None

    def enter(self, vector: Array) -> tuple[Array, Arrays]:
        """The parameters, and their arrays."""
        here, arrays = self._here
        if vector is not self._left:
            np.copyto(here, vector)
        self._left = None
        return vector, arrays

    def gradient(self) -> tuple[Array, Arrays]:
        """Room for the gradient, and its arrays."""
        return self._there

    def leave(self) -> Array:
        """The new parameters, which stand where the gradient was."""
        self._here, self._there = self._there, self._here
        self._left = freeze(self._here[0].copy())
        return self._left


def _splitter(architecture: Architecture[*tuple[Any, ...]]) -> Split:
    """How one vector falls into the arrays of each layer, which are views of it.

    Layers of one shape that follow each other are cut out as one array of three axes.
    """
    shapes = [[to_numpy(array).shape for array in layer.arrays] for layer in architecture.layers]
    cuts: list[tuple[int, int, tuple[int, ...] | None, tuple[int, ...]]] = []
    start = 0
    for shape, same in groupby(shape for layer in shapes for shape in layer):
        count = len(list(same))
        end = start + count * math.prod(shape)
        cuts.append((start, end, (count, *shape) if count > 1 else None, shape))
        start = end
    has_one_each = all(len(layer) == 1 for layer in shapes)

    def arrays_of(vector: Array) -> Arrays:
        arrays: list[Array] = []
        for a, b, whole, shape in cuts:
            if whole is None:
                arrays.append(vector[a:b].reshape(shape))
            else:
                arrays.extend(vector[a:b].reshape(whole))
        if has_one_each:
            return [[array] for array in arrays]
        rest = iter(arrays)
        return [list(islice(rest, len(layer))) for layer in shapes]

    return arrays_of
