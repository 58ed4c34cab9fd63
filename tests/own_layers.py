"""Two kinds of layer as a user would write them: from public names, without touching a fold."""

from __future__ import annotations

from typing import Self

import attrs

from fdnn import ONE, ArgumentError, Cache, Context, Dim, Key, Layer, Matrix, One
from fdnn.axes import F, M
from fdnn.matrix import blank, ones, sqrt, sum_columns, sum_rows, where, zeros


@attrs.frozen
class Dropout(Layer[F, F]):
    """In training `Z = A * mask`, of zeros and `1 / (1 - rate)`; in inference `Z = A`.

    It is inverted dropout (Srivastava et al. 2014).
    """

    features: Dim[F]
    rate: float = 0.5

    def __attrs_post_init__(self) -> None:
        if not 0.0 <= self.rate < 1.0:
            raise ArgumentError("Dropout", f"rate is {self.rate}", "a number in [0, 1)")
        Layer.__attrs_post_init__(self)

    @property
    def axes(self) -> tuple[Dim[F], Dim[F]]:
        return self.features, self.features

    def forward(self, A: Matrix[F, M], context: Context, /) -> tuple[Matrix[F, M], Mask[F, M]]:
        everything = A * 0.0 + 1.0
        if not context.training:
            return A, Mask(everything, self)

        drawn = context.uniform(A)
        mask = where(drawn >= self.rate, everything / (1.0 - self.rate), 0.0)
        return A * mask, Mask(mask, self)


@attrs.frozen(eq=False, repr=False)
class Mask(Cache[F, F, M]):
    """What dropout leaves: the mask, `(features, examples)`."""

    mask: Matrix[F, M]
    layer: Dropout[F]

    def backward(self, dZ: Matrix[F, M], /) -> tuple[Dropout[F], Matrix[F, M]]:
        """`dA = dZ * mask`; there is nothing to learn."""
        return self.layer, dZ * self.mask


@attrs.frozen
class LayerNorm(Layer[F, F]):
    """`Z = gain * N + shift`, where `N` is each example less its mean, over its deviation.

    It is layer normalisation (Ba, Kiros & Hinton 2016).
    """

    features: Dim[F]
    gain: Matrix[F, One]
    shift: Matrix[F, One]
    epsilon: float = 1e-5

    @property
    def axes(self) -> tuple[Dim[F], Dim[F]]:
        return self.features, self.features

    def initialized(self, _key: Key, /) -> Self:
        return attrs.evolve(self, gain=ones(self.features, ONE), shift=zeros(self.features, ONE))

    def forward(self, A: Matrix[F, M], _context: Context, /) -> tuple[Matrix[F, M], Normed[F, M]]:
        n = int(self.features)
        D = A - sum_rows(A) / n
        deviation = sqrt(sum_rows(D * D) / n + self.epsilon)
        N = D / deviation

        return N * self.gain + self.shift, Normed(N, deviation, self)


@attrs.frozen(eq=False, repr=False)
class Normed(Cache[F, F, M]):
    """What layer normalisation leaves: `N`, `(features, examples)`, and the deviations, a row."""

    N: Matrix[F, M]
    deviation: Matrix[One, M]
    layer: LayerNorm[F]

    def backward(self, dZ: Matrix[F, M], /) -> tuple[LayerNorm[F], Matrix[F, M]]:
        """`dN = gain * dZ`; `dA = (dN - mean(dN) - N * mean(N * dN)) / deviation`."""
        n = int(self.layer.features)
        dN = dZ * self.layer.gain
        dA = (dN - sum_rows(dN) / n - self.N * (sum_rows(dN * self.N) / n)) / self.deviation

        dgain, dshift = sum_columns(dZ * self.N), sum_columns(dZ)
        return attrs.evolve(self.layer, gain=dgain, shift=dshift), dA


def layer_norm(features: Dim[F]) -> LayerNorm[F]:
    """A layer normalisation without numbers yet."""
    return LayerNorm(features, blank(features, ONE), blank(features, ONE))
