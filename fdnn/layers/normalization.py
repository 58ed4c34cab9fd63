"""Normalisation: numbers of mean 0 and variance 1, then a gain and a shift that are learned.

Batch normalisation (Ioffe & Szegedy 2015) takes mean and variance of each unit over the examples,
layer normalisation (Ba, Kiros & Hinton 2016) of each example over the units.  Both compute

    D = A - mean(A),    s = sqrt(mean(D^2) + epsilon),    N = D / s,    Z = gain * N + shift,

and so have one way back.  With `dN = gain * dZ`, and `n` numbers in each mean,

    dD_i = dN_i / s - D_i * (sum_k dN_k D_k) / (n s^3)    since ds / dD_i = D_i / (n s)
         = (dN_i - N_i * mean(N * dN)) / s,
    dA_i = dD_i - mean(dD)                                since D is A less its mean
         = (dN_i - mean(dN) - N_i * mean(N * dN)) / s     since mean(N) = 0;

and `dgain = sum_j dZ_j * N_j`, `dshift = sum_j dZ_j` over the examples.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import attrs

from fdnn import matrix as mx
from fdnn.activations import Activation, identity
from fdnn.axes import ONE, Dim, F, M, One
from fdnn.errors import ArgumentError, KindError, ShapeError
from fdnn.guards import positive, real, require_kind
from fdnn.keys import Context, Key
from fdnn.matrix import Matrix, sqrt, sum_columns, sum_rows
from fdnn.propagation import Cache
from fdnn.records import Layer

EPSILON = 1e-5
"""What is added to a variance, so that one of zero can be divided by."""


# ------------------------------------------------------------------------------------- over a batch


def batch_norm(
    features: Dim[F], activation: Activation = identity, epsilon: float = EPSILON
) -> BatchNorm[F]:
    """Batch normalisation of the axis `features`, without numbers yet.

    Raises `ArgumentError` for an epsilon that is not positive.
    """
    require_kind("batch_norm", "features", features, Dim, "write Dim[Hidden](20)")
    column = mx.blank(features, ONE)
    return BatchNorm(features, column, column, column, column, activation, epsilon)


@attrs.frozen(order=False)
class BatchNorm(Layer[F, F]):
    """`Z = gain * N + shift`, where `N` is each unit less its mean, over its deviation.

    In training mean and variance are those of the batch, `1/m` in both; a batch of one example is
    refused (`ShapeError`).  In inference they are the
    layer's own `mean` and `variance`, columns like `gain` and `shift`, which only
    `calibrate(params, batch)` sets: no layer changes while it is used.  Until then `variance` is
    -1, which no data have, and inference refuses (`KindError`).  Nothing is learned of them: their
    gradient is zero.
    """

    features: Dim[F]
    gain: Matrix[F, One]
    shift: Matrix[F, One]
    mean: Matrix[F, One]
    variance: Matrix[F, One]
    activation: Activation = identity
    epsilon: float = attrs.field(default=EPSILON, converter=real, validator=positive)

    @property
    def axes(self) -> tuple[Dim[F], Dim[F]]:
        """`(F, F)`."""
        return self.features, self.features

    def initialized(self, _key: Key, /) -> Self:
        """A gain of 1 and a shift of 0, and no statistics yet."""
        one, zero = mx.ones(self.features, ONE), mx.zeros(self.features, ONE)
        return attrs.evolve(self, gain=one, shift=zero, mean=zero, variance=-one)

    def calibrated(self, inputs: Iterable[Matrix[F, M]], /) -> Self:
        """The layer with mean and variance of all its inputs, added up in float64.

        Those of the parts are put together as by Chan, Golub & LeVeque (1979), and are the same to
        rounding however the examples are cut into parts.
        """
        mean, squares = mx.zeros(self.features, ONE), mx.zeros(self.features, ONE)
        count = 0
        for part in inputs:
            A = mx.astype(part, "float64")
            m = A.shape[1]
            total = count + m

            part_mean = sum_columns(A) / m
            D = A - part_mean
            delta = part_mean - mean
            mean = mean + delta * (m / total)
            squares = squares + sum_columns(D * D) + delta * delta * (count * m / total)
            count = total

        if count == 0:
            raise ArgumentError("calibrate", "batches is empty", "at least one batch")
        dtype = self.gain.dtype
        return attrs.evolve(
            self, mean=mx.astype(mean, dtype), variance=mx.astype(squares / count, dtype)
        )

    def require_statistics(self, where: str) -> None:
        """Refuse a layer without statistics where they are due (`KindError`)."""
        if mx.smallest(self.variance) < 0.0:
            came = f"{self!r} has no mean and variance for inference yet"
            why = "calibrate(params, batch) finds them"
            raise KindError(where, came, "those of the data", why)

    def forward(self, A: Matrix[F, M], context: Context, /) -> tuple[Matrix[F, M], Cache[F, F, M]]:
        """`Z = gain * (A - mean) / sqrt(variance + epsilon) + shift`."""
        if not context.training:
            self.require_statistics("forward")
            deviation = sqrt(self.variance + self.epsilon)
            N = (A - self.mean) / deviation
            return N * self.gain + self.shift, StandardizedCache(N, deviation, self)

        m = A.shape[1]
        require_several(m)
        D = A - sum_columns(A) / m
        deviation = sqrt(sum_columns(D * D) / m + self.epsilon)
        N = D / deviation

        return N * self.gain + self.shift, BatchNormCache(N, deviation, self)

    def gradient_of(self, dZ: Matrix[F, M], N: Matrix[F, M]) -> Self:
        """`dgain = sum_j dZ_j * N_j` and `dshift = sum_j dZ_j`; the statistics are not learned."""
        dgain, dshift = sum_columns(dZ * N), sum_columns(dZ)
        none = mx.zeros_like(dshift)
        return attrs.evolve(self, gain=dgain, shift=dshift, mean=none, variance=none)


def require_several(m: int) -> None:
    """Refuse to train on the statistics of one example (`ShapeError`)."""
    if m == 1:
        why = "one alone is its own mean; drop_last=True leaves out what is left of an epoch"
        raise ShapeError("BatchNorm", "the batch has 1 example", "2 or more in training", why)


@attrs.frozen(eq=False, repr=False)
class BatchNormCache(Cache[F, F, M]):
    """What training leaves: `N`, `(features, examples)`, and the deviations, a column."""

    N: Matrix[F, M]
    deviation: Matrix[F, One]
    layer: BatchNorm[F]

    def gradient(self, dZ: Matrix[F, M], /) -> BatchNorm[F]:
        """`dgain` and `dshift`."""
        return self.layer.gradient_of(dZ, self.N)

    def backward(self, dZ: Matrix[F, M], /) -> tuple[BatchNorm[F], Matrix[F, M]]:
        """`dA = (dN - mean(dN) - N * mean(N * dN)) / s`, the means over the examples."""
        m = dZ.shape[1]
        dN = dZ * self.layer.gain
        dA = (dN - sum_columns(dN) / m - self.N * (sum_columns(self.N * dN) / m)) / self.deviation

        return self.gradient(dZ), dA


@attrs.frozen(eq=False, repr=False)
class StandardizedCache(Cache[F, F, M]):
    """What inference leaves: `N`, `(features, examples)`, by statistics that are constants."""

    N: Matrix[F, M]
    deviation: Matrix[F, One]
    layer: BatchNorm[F]

    def gradient(self, dZ: Matrix[F, M], /) -> BatchNorm[F]:
        """`dgain` and `dshift`."""
        return self.layer.gradient_of(dZ, self.N)

    def backward(self, dZ: Matrix[F, M], /) -> tuple[BatchNorm[F], Matrix[F, M]]:
        """`dA = gain * dZ / s`."""
        return self.gradient(dZ), dZ * (self.layer.gain / self.deviation)


# ----------------------------------------------------------------------------------- over the units


def layer_norm(
    features: Dim[F], activation: Activation = identity, epsilon: float = EPSILON
) -> LayerNorm[F]:
    """Layer normalisation of the axis `features`, without numbers yet.

    Raises `ArgumentError` for an epsilon that is not positive.
    """
    require_kind("layer_norm", "features", features, Dim, "write Dim[Hidden](20)")
    column = mx.blank(features, ONE)
    return LayerNorm(features, column, column, activation, epsilon)


@attrs.frozen(order=False)
class LayerNorm(Layer[F, F]):
    """`Z = gain * N + shift`, where `N` is each example less its mean, over its deviation.

    `gain` and `shift` are columns, `(features, 1)`.  No example knows of another, so training and
    inference are one.
    """

    features: Dim[F]
    gain: Matrix[F, One]
    shift: Matrix[F, One]
    activation: Activation = identity
    epsilon: float = attrs.field(default=EPSILON, converter=real, validator=positive)

    @property
    def axes(self) -> tuple[Dim[F], Dim[F]]:
        """`(F, F)`."""
        return self.features, self.features

    def initialized(self, _key: Key, /) -> Self:
        """A gain of 1 and a shift of 0."""
        return attrs.evolve(
            self, gain=mx.ones(self.features, ONE), shift=mx.zeros(self.features, ONE)
        )

    def forward(
        self, A: Matrix[F, M], _context: Context, /
    ) -> tuple[Matrix[F, M], LayerNormCache[F, M]]:
        """`Z = gain * (A - mean) / s + shift`, the means over the units of each example."""
        n = A.shape[0]
        D = A - sum_rows(A) / n
        deviation = sqrt(sum_rows(D * D) / n + self.epsilon)
        N = D / deviation

        return N * self.gain + self.shift, LayerNormCache(N, deviation, self)


@attrs.frozen(eq=False, repr=False)
class LayerNormCache(Cache[F, F, M]):
    """What layer normalisation leaves: `N`, `(features, examples)`, and the deviations, a row."""

    N: Matrix[F, M]
    deviation: Matrix[One, M]
    layer: LayerNorm[F]

    def gradient(self, dZ: Matrix[F, M], /) -> LayerNorm[F]:
        """`dgain = sum_j dZ_j * N_j` and `dshift = sum_j dZ_j`."""
        return attrs.evolve(self.layer, gain=sum_columns(dZ * self.N), shift=sum_columns(dZ))

    def backward(self, dZ: Matrix[F, M], /) -> tuple[LayerNorm[F], Matrix[F, M]]:
        """`dA = (dN - mean(dN) - N * mean(N * dN)) / s`, the means over the units."""
        n = dZ.shape[0]
        dN = dZ * self.layer.gain
        dA = (dN - sum_rows(dN) / n - self.N * (sum_rows(self.N * dN) / n)) / self.deviation

        return self.gradient(dZ), dA
