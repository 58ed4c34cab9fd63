"""Dropout: in training each unit is silent with probability `rate` (Srivastava et al. 2014)."""

from __future__ import annotations

import attrs

from fdnn.activations import Activation, identity
from fdnn.axes import Dim, F, M
from fdnn.guards import fraction, real, require_kind
from fdnn.keys import Context
from fdnn.matrix import Matrix, where
from fdnn.propagation import Cache
from fdnn.records import Layer


def dropout(features: Dim[F], rate: float = 0.5, activation: Activation = identity) -> Dropout[F]:
    """The layer that silences each unit of the axis `features` with probability `rate`.

    Raises `ArgumentError` for a rate outside [0, 1).
    """
    require_kind("dropout", "features", features, Dim, "write Dim[Hidden](20)")
    return Dropout(features, rate, activation)


@attrs.frozen(order=False)
class Dropout(Layer[F, F]):
    """In training `Z = A * mask`, in inference `Z = A`; there is nothing to learn.

    The mask, `(features, examples)`, is 0 with probability `rate` and else `1 / (1 - rate)`,
    independently for each unit of each example; so its mean is 1, and inference needs no factor
    ("inverted" dropout).  The draws are those of the key of the place, `context.uniform`.

    The way back: `Z` is linear in `A`, with a diagonal Jacobian, `dz_ij / da_ij = mask_ij`.  Hence
    `dA = dZ * mask`.
    """

    features: Dim[F]
    rate: float = attrs.field(default=0.5, converter=real, validator=fraction)
    activation: Activation = identity

    @property
    def axes(self) -> tuple[Dim[F], Dim[F]]:
        """`(F, F)`."""
        return self.features, self.features

    @property
    def scale(self) -> float:
        """`1 / (1 - rate)`: by so much louder are the units that are heard."""
        return 1.0 / (1.0 - self.rate)

    def forward(self, A: Matrix[F, M], context: Context, /) -> tuple[Matrix[F, M], Cache[F, F, M]]:
        """`Z = A * mask` in training, and `Z = A` in inference."""
        if not context.training:
            return A, Through(self)

        drawn = context.uniform(A)
        mask = where(drawn < self.rate, drawn * 0.0, self.scale)

        return A * mask, DropoutCache(mask, self)


@attrs.frozen(eq=False, repr=False)
class DropoutCache(Cache[F, F, M]):
    """What dropout leaves for the way back: the mask, `(features, examples)`, and the layer."""

    mask: Matrix[F, M]
    layer: Dropout[F]

    def backward(self, dZ: Matrix[F, M], /) -> tuple[Dropout[F], Matrix[F, M]]:
        """`dA = dZ * mask`."""
        return self.layer, dZ * self.mask


@attrs.frozen(eq=False, repr=False)
class Through(Cache[F, F, M]):
    """What a layer without parameters leaves where `Z = A`: itself."""

    layer: Layer[F, F]

    def backward(self, dZ: Matrix[F, M], /) -> tuple[Layer[F, F], Matrix[F, M]]:
        """`dA = dZ`."""
        return self.layer, dZ
