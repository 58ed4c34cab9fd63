"""Training in the span of the data: as many coordinates as there are examples, not inputs.

With an update that is linear in the gradient, the first layer of a network never leaves

    W = W0 + D X^T,

where `X`, `(inputs, m)`, are the examples it learns from: every gradient is `dZ X^T`.  So a step
needs of the data only their Gram matrix `K = X^T X`, `(m, m)`:

    Z = W0 X + D K + b,        D := D - rate dZ        (gradient descent)

For m examples of n inputs that is `2 n / m` times less work, and equal but for rounding.  The
argument is that of the representer theorem (Kimeldorf & Wahba 1971), of every step and not only of
the optimum.

A `Span` is that affine space, and its coordinates are the parameters of a network over it: the
first layer is `[D | C | b]`, where the columns of `C` say how much there is of `W0`, and of the
moments that training was begun with; the other layers are themselves.  So every linear optimizer
works in it unchanged.
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from fdnn.axes import Axes, Dim, describe
from fdnn.batches import Batch
from fdnn.errors import ArgumentError, DtypeError, ShapeError
from fdnn.guards import require_kind, speaks_for
from fdnn.layers.dense import Dense, dense
from fdnn.matrix import (
    Array,
    Matrix,
    freeze,
    owned,
    require_finite,
    require_matrix,
    size_of,
    standing,
    to_numpy,
    unnamed,
)
from fdnn.optimizers import Optimizer, OptimizerState
from fdnn.records import Architecture, Grads, LayeredVector, OnArchitecture, Params
from fdnn.regularizers import L2, Regularizer

STEPS = 64
"""The Gram matrix is made of `n m^2` products, and a step saves nearly `2 n h b` of them, with b
examples in it: so `m^2 <= 64 h b` is worth while from some thirty steps on."""

WEIGHTS = 16384
"""With fewer weights in the first layer, its products take no longer than the rest of a step."""


@attrs.frozen(eq=False, repr=False)
class Span(OnArchitecture[*Axes]):
    """The parameters that training on `X` can reach, from where it was begun.

    `X` is `(inputs, m)`.  `directions` are what is not in the span of the data, `(units, inputs)`
    each: `W0`, and the gradients' part of the moments that were not zero.
    """

    architecture: Architecture[*Axes]
    X: Matrix[Any, Any]
    directions: tuple[Matrix[Any, Any], ...]
    coordinates: Architecture[*tuple[Any, ...]] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        first, *rest = self.architecture.layers
        require_kind("Span", "the first layer", first, Dense)
        (inputs, units), (n, _) = first.axes, size_of(self.X)
        if n != inputs:
            raise ShapeError("Span", f"X has shape {self.X.shape}", f"({inputs!r}, m)")
        require_finite("Span", "X", to_numpy(self.X))
        for direction in self.directions:
            require_matrix("Span", "a direction", direction, units, inputs, "as the first W has it")
            if direction.dtype != self.X.dtype:
                came = f"a direction has dtype {direction.dtype}"
                raise DtypeError("Span", came, str(self.X.dtype), "which is the dtype of X")
        whole = [np.ascontiguousarray(to_numpy(direction)) for direction in self.directions]
        object.__setattr__(self, "directions", tuple(owned(unnamed(each)) for each in whole))
        object.__setattr__(self, "X", standing(self.X))
        size = Dim[Any](self.X.shape[1] + len(self.directions))
        over = dense(size, first.axes[1], first.activation)
        object.__setattr__(self, "coordinates", Architecture((over, *rest)))

    def params(self, at: Params[*tuple[Any, ...]]) -> Params[*Axes]:
        """The parameters with these coordinates: `W = D X^T + sum_k C_k * direction_k`."""
        return Params(self.architecture, self._vector(at))

    def grads(self, at: Grads[*tuple[Any, ...]]) -> Grads[*Axes]:
        """The gradient, or the moment, with these coordinates."""
        return Grads(self.architecture, self._vector(at))

    def optimizer(self, at: OptimizerState[*tuple[Any, ...]]) -> OptimizerState[*Axes]:
        """What an optimizer remembers, out of its coordinates."""
        moments = tuple(self.grads(moment) for moment in at.moments)
        return OptimizerState(self.architecture, at.count, moments)

    def is_over(self, batch: Batch[Any, Any, Any]) -> bool:
        """Whether it is the span of this very batch."""
        ours, theirs = to_numpy(self.X), to_numpy(batch.X)
        return ours is theirs or (ours.shape == theirs.shape and bool((ours == theirs).all()))

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self is other or (
            self.architecture == other.architecture and _bits(self) == _bits(other)
        )

    def __hash__(self) -> int:
        return hash((type(self), self.architecture, len(self.directions)))

    def _vector(self, at: LayeredVector[*tuple[Any, ...]]) -> Array:
        DCb = to_numpy(at.layers[0].arrays[0])
        X, m = to_numpy(self.X), self.X.shape[1]
        first = np.empty((DCb.shape[0], X.shape[0] + 1), DCb.dtype)
        W, coefficients = first[:, :-1], DCb[:, m:-1].T

        np.matmul(DCb[:, :m], X.T, out=W)
        for C, direction in zip(coefficients, self.directions, strict=True):
            W += C[:, np.newaxis] * to_numpy(direction)
        first[:, -1] = DCb[:, -1]
        return freeze(np.concatenate([first.reshape(-1), at.vector[DCb.size :]]))

    def __repr__(self) -> str:
        return f"Span[{describe(self.axes)}](m={self.X.shape[1]})"


def _bits(span: Span[*Axes]) -> list[bytes]:
    return [to_numpy(matrix).tobytes() for matrix in (span.X, *span.directions)]


def enter(
    batch: Batch[Any, Any, Any], params: Params[*Axes], state: OptimizerState[*Axes]
) -> tuple[Span[*Axes], Params[*tuple[Any, ...]], OptimizerState[*tuple[Any, ...]]]:
    """The span of a batch about these parameters, and the coordinates of where training stands."""
    vectors = (params, *state.moments)
    weights = [to_numpy(vector.layers[0].arrays[0])[:, :-1] for vector in vectors]
    kept = [place for place, W in enumerate(weights) if place == 0 or W.any()]
    span = Span(params.architecture, batch.X, tuple(unnamed(weights[place]) for place in kept))

    def coordinates(place: int) -> Array:
        Wb = to_numpy(vectors[place].layers[0].arrays[0])
        m = batch.size
        DCb = np.zeros((Wb.shape[0], m + len(kept) + 1), Wb.dtype)
        if place in kept:
            DCb[:, m + kept.index(place)] = 1.0
        DCb[:, -1] = Wb[:, -1]
        return freeze(np.concatenate([DCb.reshape(-1), vectors[place].vector[Wb.size :]]))

    at, *moments = map(coordinates, range(len(vectors)))
    grads = tuple(Grads(span.coordinates, moment) for moment in moments)
    return (
        span,
        Params(span.coordinates, at),
        OptimizerState(span.coordinates, state.count, grads),
    )


# ----------------------------------------------------------------- where it is exact, and pays


@attrs.frozen
class Choice:
    """Whether training goes by the span of the data, and why."""

    in_span: bool
    why: str


def choose(
    architecture: Architecture[*tuple[Any, ...]],
    optimizer: Optimizer,
    batch: Batch[Any, Any, Any],
    wanted: bool | None = None,
    size: int | None = None,
    regularizer: Regularizer | None = None,
) -> Choice:
    """Choose by shapes, dtype and kinds alone, or as `wanted`; `size` is that of mini-batches.

    Raises `ArgumentError` where it is wanted and not exact.
    """
    if wanted is False:
        return Choice(False, "it was refused")
    if obstacle := _obstacle(architecture, optimizer, batch, regularizer):
        return never(obstacle, wanted)

    n, h, m = *architecture.layers[0].axes, batch.size
    sizes = f"{int(n)} inputs, {m} examples, {int(h)} units"
    if wanted:
        return Choice(True, f"it was asked for: {sizes}")
    b = m if size is None else min(size, m)
    is_soon_made = m * m <= STEPS * h * b and m * m <= n * h
    pays = n >= 2 * m and is_soon_made and n * h >= WEIGHTS
    less = f"{2 * n / m:.0f} times less work in the first layer"
    return Choice(pays, f"{sizes}: {less if pays else 'it does not pay'}")


def never(obstacle: str, wanted: bool | None) -> Choice:
    """The choice where something is in the way; `ArgumentError` where the span is wanted."""
    if wanted:
        raise ArgumentError("step", "span is True", "False or None", obstacle)
    return Choice(False, obstacle)


def _obstacle(
    architecture: Architecture[*tuple[Any, ...]],
    optimizer: Optimizer,
    batch: Batch[Any, Any, Any],
    regularizer: Regularizer | None,
) -> str:
    """Why training does not stay in the span, or not in enough digits; empty where it does."""
    first = architecture.layers[0]
    if type(first) is not Dense:
        kind = type(first).__name__
        return f"the first layer is a {kind}, and only a Dense one stays in the span"
    is_linear = optimizer.is_linear is True
    if not (is_linear and speaks_for(type(optimizer), "is_linear", "init", "update")):
        return f"the update of {optimizer.name} is not linear in the gradient"
    if regularizer is not None and type(regularizer) is not L2:
        return f"the gradient of {regularizer.name} is not linear in the weights"
    if batch.X.dtype != np.float64:
        return f"{batch.X.dtype} has too few digits for the products of examples"
    return ""
