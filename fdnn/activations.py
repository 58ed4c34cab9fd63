"""Activations: `A = g(Z)`, and the way back, `dZ` from `dA`.

Each is a small frozen record with a call and a pullback.  The pullback is the transposed Jacobian
applied to `dA`, `dZ = g'(Z)^T dA`; where `g` is elementwise, that is `dZ = dA * g'(Z)`.  Softmax is
not elementwise and fits all the same.  All arrays are `(units, examples)`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, TypeAlias

import attrs

from fdnn import matrix as mx
from fdnn.axes import C, R
from fdnn.guards import fraction, real
from fdnn.matrix import Array, Matrix

StagedActivation: TypeAlias = tuple[Callable[[], object], Callable[[], object]]
"""The way there and the way back, over buffers."""


class Activation(ABC):
    """What every activation offers; subclass it, frozen, to write your own.

    `image` is the interval that `g` maps into: a cost that needs probabilities asks for it.
    """

    image: ClassVar[tuple[float, float]] = (-math.inf, math.inf)
    name: ClassVar[str] = "unnamed"

    @abstractmethod
    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        """`A = g(Z)`."""

    @abstractmethod
    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        """`dZ`, given `dA`, `Z` and `A = g(Z)`."""

    def staged(self, Z: Array, A: Array, dA: Array, /) -> StagedActivation | None:
        """Both ways over buffers that are kept: from `Z` fill `A`; make `dZ` of `dA`, in its place.

        Where this is None, the plan calls the pure functions: see `fdnn.plan`.
        """
        return None


@attrs.frozen
class Identity(Activation):
    """`g(z) = z`."""

    name: ClassVar[str] = "identity"

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return Z

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        """`dZ = dA`."""
        return dA


@attrs.frozen
class ReLU(Activation):
    """`g(z) = max(0, z)` (Nair & Hinton 2010); its derivative at 0 is taken to be 0."""

    name: ClassVar[str] = "relu"
    image: ClassVar[tuple[float, float]] = (0.0, math.inf)

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return mx.maximum(Z, 0.0)

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        """`dZ = dA` for `Z > 0` and 0 elsewhere."""
        return mx.where(Z > 0.0, dA, 0.0)


@attrs.frozen
class LeakyReLU(Activation):
    """`g(z) = z` for `z > 0` and `slope * z` elsewhere (Maas, Hannun & Ng 2013)."""

    slope: float = attrs.field(default=0.01, converter=real, validator=fraction)
    name: ClassVar[str] = "leaky_relu"

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return mx.where(Z > 0.0, Z, Z * self.slope)

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        """`dZ = dA` for `Z > 0` and `slope * dA` elsewhere."""
        return mx.where(Z > 0.0, dA, dA * self.slope)


@attrs.frozen
class Sigmoid(Activation):
    """`g(z) = 1 / (1 + e^-z)`, written so that no exponential overflows and no digit is lost."""

    name: ClassVar[str] = "sigmoid"
    image: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        small = mx.exp(-mx.maximum(Z, -Z))
        return mx.where(Z >= 0.0, 1.0, small) / (small + 1.0)

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        """`dZ = dA * A * (1 - A)`."""
        return dA * (A * (1.0 - A))


@attrs.frozen
class Tanh(Activation):
    """`g(z) = tanh(z)`."""

    name: ClassVar[str] = "tanh"
    image: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return mx.tanh(Z)

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        """`dZ = dA * (1 - A^2)`."""
        return dA * (1.0 - A * A)


@attrs.frozen
class Softmax(Activation):
    """`g(z)_i = e^z_i / sum_k e^z_k` over the units of each example (Bridle 1990)."""

    name: ClassVar[str] = "softmax"
    image: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        E = mx.exp(Z - mx.max_rows(Z))
        return E / mx.sum_rows(E)

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        """`dZ_i = A_i * (dA_i - sum_k dA_k A_k)`: the Jacobian is `diag(a) - a a^T`."""
        return A * (dA - mx.sum_rows(dA * A))


identity: Identity = Identity()
relu: ReLU = ReLU()
leaky_relu: LeakyReLU = LeakyReLU()
sigmoid: Sigmoid = Sigmoid()
tanh: Tanh = Tanh()
softmax: Softmax = Softmax()
