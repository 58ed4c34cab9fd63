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
from fdnn.guards import fraction, positive, real
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


@attrs.frozen
class ELU(Activation):
    """`g(z) = z` for `z > 0` and `alpha (e^z - 1)` elsewhere (Clevert et al. 2016).

    `alpha` must be positive.  The derivative at 0 is taken to be `alpha`.
    """

    alpha: float = attrs.field(default=1.0, converter=real, validator=positive)
    name: ClassVar[str] = "elu"

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return mx.maximum(Z, 0.0) + mx.expm1(mx.minimum(Z, 0.0)) * self.alpha

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        """`dZ = dA` for `A > 0` and `dA * (A + alpha)` elsewhere, where that is `alpha e^z`."""
        return dA * mx.where(A > 0.0, 1.0, A + self.alpha)


SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946
"""With these, the activations of independent inputs tend to mean 0 and variance 1: equation 14."""


@attrs.frozen
class SELU(Activation):
    """`g(z) = scale * z` for `z > 0` and `scale * alpha (e^z - 1)` elsewhere.

    Klambauer et al. 2017, "Self-normalizing neural networks", whose weights are `N(0, 1 / n_in)`:
    the initialiser `lecun`.  The derivative at 0 is taken to be `scale * alpha`.
    """

    name: ClassVar[str] = "selu"
    image: ClassVar[tuple[float, float]] = (-SELU_SCALE * SELU_ALPHA, math.inf)

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        left = mx.expm1(mx.minimum(Z, 0.0)) * (SELU_SCALE * SELU_ALPHA)
        return mx.maximum(Z, 0.0) * SELU_SCALE + left

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        """`dZ = scale * dA` for `A > 0` and `dA * (A + scale * alpha)` elsewhere."""
        return dA * mx.where(A > 0.0, SELU_SCALE, A + SELU_SCALE * SELU_ALPHA)


@attrs.frozen
class Softplus(Activation):
    """`g(z) = log(1 + e^z)` (Dugas et al. 2001), written so that nothing overflows or is lost."""

    name: ClassVar[str] = "softplus"
    image: ClassVar[tuple[float, float]] = (0.0, math.inf)

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return mx.maximum(Z, 0.0) + mx.log1p(mx.exp(-mx.maximum(Z, -Z)))

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        """`dZ = dA * (1 - e^-A)`, which is the sigmoid of `Z`."""
        return dA * -mx.expm1(-A)


@attrs.frozen
class SiLU(Activation):
    """`g(z) = z sigmoid(z)`, also called swish (Elfwing et al. 2018; Ramachandran et al. 2017)."""

    name: ClassVar[str] = "silu"
    image: ClassVar[tuple[float, float]] = (-0.27847, math.inf)

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return Z * sigmoid(Z)

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        """`dZ = dA * (s + A * (1 - s))`, `s = sigmoid(Z)`."""
        S = sigmoid(Z)
        return dA * (A * (1.0 - S) + S)


@attrs.frozen
class GELU(Activation):
    """`g(z) = z Phi(z)`, `Phi(z) = (1 + erf(z / sqrt 2)) / 2` (Hendrycks & Gimpel 2016).

    This is the exact form, with `erf`; `GELUTanh` is their approximation.
    """

    name: ClassVar[str] = "gelu"
    image: ClassVar[tuple[float, float]] = (-0.17, math.inf)

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return Z * mx.normal_cdf(Z)

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        """`dZ = dA * (Phi(Z) + Z phi(Z))`, where `phi` is the density, the derivative of `Phi`."""
        return dA * (Z * mx.normal_pdf(Z) + mx.normal_cdf(Z))


TWICE_SQRT_2_PI = 2.0 * math.sqrt(2.0 / math.pi)
GELU_CUBIC = 0.044715


@attrs.frozen
class GELUTanh(Activation):
    """`g(z) = z/2 (1 + tanh(sqrt(2/pi) (z + 0.044715 z^3)))` (Hendrycks & Gimpel 2016).

    Their approximation of `GELU`, which it meets to 5e-4.  As `(1 + tanh u) / 2 = sigmoid(2u)`,
    it is `z sigmoid(v)`, `v = 2 sqrt(2/pi) (z + 0.044715 z^3)`, in which no digit cancels.
    """

    name: ClassVar[str] = "gelu_tanh"
    image: ClassVar[tuple[float, float]] = (-0.1701, math.inf)

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        Y = _within(Z, 30.0)
        return Z * sigmoid(Y * (Y * Y * (TWICE_SQRT_2_PI * GELU_CUBIC) + TWICE_SQRT_2_PI))

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        """`dZ = dA * (s + A * (1 - s) * v')`, `s = sigmoid(v)`."""
        Y = _within(Z, 30.0)
        S = sigmoid(Y * (Y * Y * (TWICE_SQRT_2_PI * GELU_CUBIC) + TWICE_SQRT_2_PI))
        slope = Y * Y * (TWICE_SQRT_2_PI * GELU_CUBIC * 3.0) + TWICE_SQRT_2_PI
        return dA * (A * (1.0 - S) * slope + S)


def _within(Z: Matrix[R, C], reach: float) -> Matrix[R, C]:
    return mx.minimum(mx.maximum(Z, -reach), reach)


SIXTH = 1.0 / 6.0


@attrs.frozen
class HardSigmoid(Activation):
    """`g(z) = min(max(z + 3, 0), 6) / 6`, as in PyTorch and in Keras 3.

    Courbariaux et al. 2015, who have the slope 1/5 (Keras 2 too).  Its derivative at -3 and 3 is 0.
    """

    name: ClassVar[str] = "hard_sigmoid"
    image: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return mx.minimum(mx.maximum(Z + 3.0, 0.0), 6.0) / 6.0

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        """`dZ = dA / 6` for `0 < A < 1` and 0 elsewhere."""
        return mx.where((A > 0.0) & (A < 1.0), dA * SIXTH, 0.0)


@attrs.frozen
class HardTanh(Activation):
    """`g(z) = min(max(z, -1), 1)` (Collobert 2004); its derivative at -1 and 1 is 0."""

    name: ClassVar[str] = "hard_tanh"
    image: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return _within(Z, 1.0)

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        """`dZ = dA` for `-1 < A < 1` and 0 elsewhere."""
        return mx.where((A > -1.0) & (A < 1.0), dA, 0.0)


@attrs.frozen
class HardSwish(Activation):
    """`g(z) = z min(max(z + 3, 0), 6) / 6`, as in PyTorch and in Keras 3 (Howard et al. 2019).

    It is `z hard_sigmoid(z)`.  Its derivative is 0 at -3 and 1 at 3.
    """

    name: ClassVar[str] = "hard_swish"
    image: ClassVar[tuple[float, float]] = (-0.375, math.inf)

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return Z * hard_sigmoid(Z)

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        """`dZ = dA * (h + Z h')`, `h = hard_sigmoid(Z)`."""
        H = hard_sigmoid(Z)
        return dA * (mx.where((H > 0.0) & (H < 1.0), Z * SIXTH, 0.0) + H)


@attrs.frozen
class Softsign(Activation):
    """`g(z) = z / (1 + |z|)` (Bergstra et al. 2009)."""

    name: ClassVar[str] = "softsign"
    image: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return Z / (mx.maximum(Z, -Z) + 1.0)

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        """`dZ = dA / (1 + |Z|)^2`."""
        D = mx.maximum(Z, -Z) + 1.0
        return dA / D / D


@attrs.frozen
class Exponential(Activation):
    """`g(z) = e^z`, the mean of counts by its logarithm: the link of the Poisson distribution.

    Where `e^z` is beyond the largest number of the dtype, it is as near to that as `exp` comes.
    """

    name: ClassVar[str] = "exponential"
    image: ClassVar[tuple[float, float]] = (0.0, math.inf)

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return mx.exp(mx.minimum(Z, mx.largest_exponent(Z)))

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        """`dZ = dA * A`."""
        return dA * A


identity: Identity = Identity()
relu: ReLU = ReLU()
leaky_relu: LeakyReLU = LeakyReLU()
sigmoid: Sigmoid = Sigmoid()
tanh: Tanh = Tanh()
softmax: Softmax = Softmax()
elu: ELU = ELU()
selu: SELU = SELU()
softplus: Softplus = Softplus()
silu: SiLU = SiLU()
gelu: GELU = GELU()
gelu_tanh: GELUTanh = GELUTanh()
hard_sigmoid: HardSigmoid = HardSigmoid()
hard_tanh: HardTanh = HardTanh()
hard_swish: HardSwish = HardSwish()
softsign: Softsign = Softsign()
exponential: Exponential = Exponential()
