"""Modifiers: optimizers that are made of another one, and change what goes in or what comes out.

    Averaged(Decayed(ClippedByNorm(Adam(0.001), 1.0), 0.01), 0.999)

is Adam on gradients that are clipped, with weights that decay, and with an average of the
parameters beside it.  What changes the gradient acts before the optimizer within; what changes the
parameters, after it; so the order in which they stand is the order in which they act, from the
outside in, and out again.

Decay and norms are of weights alone: biases, gains and shifts are left as they are
(`Architecture.weights`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, ClassVar

import attrs
import numpy as np

from fdnn.axes import Axes
from fdnn.errors import ArgumentError, KindError
from fdnn.guards import fraction, not_negative, positive, real, require_kind
from fdnn.lbfgs import LBFGS
from fdnn.matrix import Array, freeze, to_numpy
from fdnn.optimizers import Optimizer, OptimizerState
from fdnn.records import Architecture, Grads, Params


def _fits_within(record: Any, field: Any, value: Any) -> None:
    """The validator of the optimizer within: what moves the parameters comes before an average."""
    where = type(record).__name__
    require_kind(where, field.name, value, Optimizer, "Adam(), for one")
    if record.moves_parameters and any(isinstance(part, Averaged) for part in parts_of(value)):
        why = "the average is of the parameters as they are in the end"
        raise ArgumentError(where, "optimizer is Averaged", f"Averaged({where}(...), ...)", why)
    if record.moves_parameters and any(isinstance(part, LBFGS) for part in parts_of(value)):
        why = "it remembers its own steps, and these would be others"
        raise ArgumentError(where, "optimizer is LBFGS", "another, or L2 in the learner", why)


@attrs.frozen
class Modifier(Optimizer):
    """What every modifier offers: the optimizer within it, whose rates are its own."""

    optimizer: Optimizer = attrs.field(validator=_fits_within)
    moves_parameters: ClassVar[bool] = False
    """Whether it moves the parameters beside the update of the optimizer within."""

    def rate_at(self, count: int) -> float:
        """That of the optimizer within."""
        return self.optimizer.rate_at(count)

    @property
    def end(self) -> int | None:
        """That of the optimizer within."""
        return self.optimizer.end


def parts_of(optimizer: Optimizer) -> Iterator[Optimizer]:
    """An optimizer, and those within it."""
    yield optimizer
    if isinstance(optimizer, Modifier):
        yield from parts_of(optimizer.optimizer)


# ------------------------------------------------------------------------------------- the gradient


@attrs.frozen
class ClippedByNorm(Modifier):
    """The gradient `g` of all parameters, no longer than `norm`: `g * min(1, norm / |g|_2)`.

    Pascanu, Mikolov & Bengio 2013.
    """

    norm: float = attrs.field(converter=real, validator=positive)
    name: ClassVar[str] = "clipped_by_norm"

    def init(self, params: Params[*Axes], /) -> OptimizerState[*Axes]:
        return self.optimizer.init(params)

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        length = length_of(grads.vector)
        if length > self.norm:
            grads = grads.with_vector(freeze(grads.vector / length * self.norm))

        return self.optimizer.update(grads, state, params)


def length_of(vector: Array) -> float:
    """`|g|_2`, also where the squares of the numbers overflow, in float64."""
    with np.errstate(over="ignore"):
        length = math.sqrt(vector.dot(vector))
    if math.isfinite(length):
        return length
    largest = float(np.max(np.abs(vector)))
    return largest * float(np.linalg.norm(vector.astype(np.float64) / largest))


@attrs.frozen
class ClippedByValue(Modifier):
    """Each number of the gradient, no further from 0 than `limit`."""

    limit: float = attrs.field(converter=real, validator=positive)
    name: ClassVar[str] = "clipped_by_value"

    def init(self, params: Params[*Axes], /) -> OptimizerState[*Axes]:
        return self.optimizer.init(params)

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        clipped = np.clip(grads.vector, -self.limit, self.limit)

        return self.optimizer.update(grads.with_vector(freeze(clipped)), state, params)


# ----------------------------------------------------------------------------------- the parameters


@attrs.frozen
class Decayed(Modifier):
    """Decoupled weight decay, `W := W - rate * decay * W` beside the update (Loshchilov & Hutter).

    `Decayed(Adam(rate), decay)` is AdamW.  With an optimizer that has no rate, the rate is 1.
    """

    decay: float = attrs.field(converter=real, validator=not_negative)
    name: ClassVar[str] = "decayed"
    moves_parameters: ClassVar[bool] = True

    def init(self, params: Params[*Axes], /) -> OptimizerState[*Axes]:
        return self.optimizer.init(params)

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        updates, after = self.optimizer.update(grads, state, params)
        share = self.rate_at(state.count) * self.decay

        return updates - share * params.weights, after


@attrs.frozen
class MaxNorm(Modifier):
    """The weights into each unit, after the update, no longer than `norm` (Srebro et al. 2005).

    A row `w` of `W`, `(Out, In)`, becomes `w * min(1, norm / |w|_2)`.
    """

    norm: float = attrs.field(converter=real, validator=positive)
    name: ClassVar[str] = "max_norm"
    moves_parameters: ClassVar[bool] = True

    def init(self, params: Params[*Axes], /) -> OptimizerState[*Axes]:
        return self.optimizer.init(params)

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        updates, after = self.optimizer.update(grads, state, params)
        moved = params.vector + updates.vector
        shorten_rows(weight_matrices(params.architecture, moved), self.norm)

        return updates.with_vector(freeze(moved - params.vector)), after


def weight_matrices(architecture: Architecture[*tuple[Any, ...]], vector: Array) -> list[Array]:
    """The weights of each array, `(rows, columns)`, as views of a vector of all parameters."""
    layers, starts = architecture.layers, (0, *architecture.ends)
    parts = [vector[start:end] for start, end in pairwise(starts)]
    shapes = [to_numpy(array).shape for layer in layers for array in layer.arrays]
    columns = [n for layer in layers for n in layer.weight_columns]
    triples = zip(parts, shapes, columns, strict=True)
    return [part.reshape(shape)[:, :n] for part, shape, n in triples if n > 0]


def shorten_rows(matrices: list[Array], norm: float) -> None:
    """Bring rows that are longer than `norm` down to it, in place."""
    for W in matrices:
        lengths = np.sqrt(np.vecdot(W, W))
        if np.max(lengths) > norm:
            W *= (norm / np.maximum(lengths, norm))[:, np.newaxis]


@attrs.frozen
class Averaged(Modifier):
    """The exponential moving average of the parameters, beside any optimizer (Polyak & Juditsky).

    `a_0 = W_0`, and after each update `a := beta * a + (1 - beta) * W`.  Training goes on as
    without it; `averaged.average(state.optimizer)` is what to predict with.
    """

    beta: float = attrs.field(default=0.999, converter=real, validator=fraction)
    name: ClassVar[str] = "averaged"

    def init(self, params: Params[*Axes], /) -> OptimizerState[*Axes]:
        inner = self.optimizer.init(params)
        start = Grads(params.architecture, params.vector)

        return OptimizerState(params.architecture, inner.count, (*inner.moments, start))

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        require_kind("Averaged", "state", state, OptimizerState)
        *moments, average = state.moments or (Grads(params.architecture, params.vector),)
        inner = OptimizerState(state.architecture, state.count, tuple(moments))
        updates, after = self.optimizer.update(grads, inner, params)
        moved = Grads(params.architecture, (params + updates).vector)
        average = self.beta * average + (1.0 - self.beta) * moved

        return updates, OptimizerState(after.architecture, after.count, (*after.moments, average))

    def average(self, state: OptimizerState[*Axes], /) -> Params[*Axes]:
        """The average after the updates that led to this state (`KindError` for another's)."""
        require_kind("average", "state", state, OptimizerState, "state.optimizer")
        zero = Params(state.architecture, np.zeros(state.architecture.size))
        expected = len(self.init(zero).moments)
        if len(state.moments) != expected:
            came = f"the state has {len(state.moments)} moments"
            raise KindError("average", came, str(expected), "it is of another optimizer")
        return Params(state.architecture, state.moments[-1].vector)
