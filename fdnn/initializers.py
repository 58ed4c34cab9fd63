"""Initialisers: the weights that training starts from.

Each is a frozen record whose call draws `W`, `(outputs, inputs)`, from a key.  Biases start at
zero.  With `n` inputs and independent weights of variance `v`, a unit multiplies the variance of
its inputs by `n v`; an initialiser chooses `v` so that signals neither fade nor explode.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import ClassVar

import attrs
import numpy as np

from fdnn.activations import (
    ELU,
    GELU,
    SELU,
    Activation,
    GELUTanh,
    HardSwish,
    LeakyReLU,
    ReLU,
    SiLU,
    Softplus,
)
from fdnn.axes import Dim, In, Out
from fdnn.guards import positive, real
from fdnn.keys import Key
from fdnn.matrix import Matrix, freeze, unchecked, zeros


class Initializer(ABC):
    """What every initialiser offers; subclass it, frozen, to write your own."""

    name: ClassVar[str] = "unnamed"

    @abstractmethod
    def __call__(self, key: Key, outputs: Dim[Out], inputs: Dim[In], /) -> Matrix[Out, In]:
        """`W`, in float64; the same key gives the same numbers."""


def _normal(key: Key, outputs: Dim[Out], inputs: Dim[In], deviation: float) -> Matrix[Out, In]:
    drawn = key.generator().standard_normal((outputs, inputs))
    return unchecked(freeze(drawn * deviation), outputs, inputs)


@attrs.frozen
class He(Initializer):
    """`W ~ N(0, 2 / n_in)`, for ReLU, which lets half of the variance through (He et al. 2015)."""

    name: ClassVar[str] = "he"

    def __call__(self, key: Key, outputs: Dim[Out], inputs: Dim[In], /) -> Matrix[Out, In]:
        return _normal(key, outputs, inputs, math.sqrt(2.0 / inputs))


@attrs.frozen
class Glorot(Initializer):
    """`W ~ U(-r, r)`, `r = sqrt(6 / (n_in + n_out))` (Glorot & Bengio 2010, equation 16)."""

    name: ClassVar[str] = "glorot"

    def __call__(self, key: Key, outputs: Dim[Out], inputs: Dim[In], /) -> Matrix[Out, In]:
        reach = math.sqrt(6.0 / (inputs + outputs))
        drawn = key.generator().uniform(-reach, reach, (outputs, inputs))
        return unchecked(freeze(drawn), outputs, inputs)


@attrs.frozen
class LeCun(Initializer):
    """`W ~ N(0, 1 / n_in)`: the variance of the inputs is kept (LeCun et al. 1998)."""

    name: ClassVar[str] = "lecun"

    def __call__(self, key: Key, outputs: Dim[Out], inputs: Dim[In], /) -> Matrix[Out, In]:
        return _normal(key, outputs, inputs, math.sqrt(1.0 / inputs))


@attrs.frozen
class Orthogonal(Initializer):
    """`W` with orthonormal rows or columns, whichever are fewer, times `gain` (Saxe et al. 2014).

    It is the `Q` of a normal matrix, with the signs of `R`'s diagonal, which makes it uniform
    over the orthogonal matrices (Mezzadri 2007).
    """

    gain: float = attrs.field(default=1.0, converter=real, validator=positive)
    name: ClassVar[str] = "orthogonal"

    def __call__(self, key: Key, outputs: Dim[Out], inputs: Dim[In], /) -> Matrix[Out, In]:
        n_out, n_in = int(outputs), int(inputs)
        tall = (max(n_out, n_in), min(n_out, n_in))
        Q, upper = np.linalg.qr(key.generator().standard_normal(tall))
        Q = Q * np.copysign(self.gain, np.diagonal(upper))

        W = Q if n_out >= n_in else Q.T
        return unchecked(freeze(np.ascontiguousarray(W)), outputs, inputs)


@attrs.frozen
class ScaledNormal(Initializer):
    """`W ~ N(0, scale^2)`; the course's first network has a scale of 0.01."""

    scale: float = attrs.field(default=0.01, converter=real, validator=positive)
    name: ClassVar[str] = "scaled_normal"

    def __call__(self, key: Key, outputs: Dim[Out], inputs: Dim[In], /) -> Matrix[Out, In]:
        return _normal(key, outputs, inputs, self.scale)


@attrs.frozen
class Zeros(Initializer):
    """`W = 0`: right for one layer alone; in a deeper network all hidden units stay equal."""

    name: ClassVar[str] = "zeros"

    def __call__(self, key: Key, outputs: Dim[Out], inputs: Dim[In], /) -> Matrix[Out, In]:
        return zeros(outputs, inputs)


he: He = He()
glorot: Glorot = Glorot()
lecun: LeCun = LeCun()
orthogonal: Orthogonal = Orthogonal()
scaled_normal: ScaledNormal = ScaledNormal()
all_zeros: Zeros = Zeros()


LIKE_RELU = (ReLU, LeakyReLU, ELU, Softplus, SiLU, GELU, GELUTanh, HardSwish)


def suited_to(activation: Activation) -> Initializer:
    """The usual initialiser before an activation.

    He's before a ReLU and those like it; LeCun's before a SELU, as its paper demands (Klambauer
    et al. 2017); Glorot's elsewhere.
    """
    if isinstance(activation, SELU):
        return lecun
    return he if isinstance(activation, LIKE_RELU) else glorot
