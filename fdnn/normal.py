"""The standard normal distribution: `phi(z) = e^(-z^2/2) / sqrt(2 pi)`, and `Phi`, its integral.

NumPy has neither `erf` nor `Phi(z) = (1 + erf(z / sqrt 2)) / 2`.  All of `Phi` follows from the
tail `Phi(-y)` for `y = |z|`, which is written as what it decays like times what is left of it,

    Phi(-y) = e^(-y^2/2) p(t) / (1 + y),    t = (y - 5) / (y + 5),

with one polynomial `p` for the whole half line (Shepherd & Laframboise 1981), so that no digit is
lost far out on the left, and no branch is taken.  `e^(-y^2/2)` is the product of two exponentials,
the first of a number whose square is exact (Cody 1969).  The error is below 2 eps in float64 and
below 3 eps in float32, relative to `Phi`, down to the smallest normal number.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[Any]

FAR = 40.0
"""From here on the tail is 0, in float64 too."""

CENTRE = 5.0
"""The `y` of which `t` is 0."""

GRID = 256.0
"""The first exponential is of a multiple of `1 / GRID`: its square has no more than 24 digits."""

DENSITY_AT_ZERO = 1.0 / math.sqrt(2.0 * math.pi)

# The highest power of t first.  tests/oracles/normal_tail.py computes them.
POLYNOMIAL = (
    -3.815816262632953e-10,
    -2.8220772290629865e-10,
    4.4011596227599254e-09,
    3.627373163401201e-09,
    -3.095201755804207e-08,
    -2.6286205089898754e-08,
    1.9627809920091187e-07,
    1.27878221820937e-07,
    -1.3074486019237587e-06,
    -7.034644683537101e-08,
    9.05982468125664e-06,
    -9.896097759279782e-06,
    -5.36075811148722e-05,
    0.00018233414511643843,
    7.791597409338999e-06,
    -0.00167607234455447,
    0.006522000667783896,
    -0.015170415402514863,
    0.024536963243678652,
    -0.026401042966308307,
    0.010002352385229382,
    0.031030368425963708,
    -0.09155228183400904,
    0.46151582985003775,
)
SHORT_POLYNOMIAL = (
    0.0001531002685506734,
    -0.00010323185236595756,
    -0.0016434885713022508,
    0.006622051560895924,
    -0.015187213441580584,
    0.024495449794924826,
    -0.026397121167012202,
    0.010009533071152144,
    0.03103003320206486,
    -0.09155263334013335,
    0.4615158344962786,
)


def polynomial(dtype: np.dtype[Any]) -> tuple[float, ...]:
    """As many coefficients of `p` as the precision has use for, the highest power first."""
    return SHORT_POLYNOMIAL if dtype == np.float32 else POLYNOMIAL


def cdf(z: Numbers, /) -> Numbers:
    """`Phi(z)`, in the dtype of `z`; a complex `z` must lie near the real line."""
    y = _distance(z)
    t = (y - CENTRE) / (y + CENTRE)
    highest, following, *rest = polynomial(z.dtype)
    p = t * highest + following
    for coefficient in rest:
        p = p * t + coefficient

    tail = _bell(y) * p / (y + 1.0)
    return np.where(z > 0.0, 1.0 - tail, tail)


def pdf(z: Numbers, /) -> Numbers:
    """`phi(z)`, in the dtype of `z`; a complex `z` must lie near the real line."""
    return _bell(_distance(z)) * DENSITY_AT_ZERO


def _distance(z: Numbers) -> Numbers:
    """`|z|`, by the sign of the real part, and no further than `FAR`."""
    distance: Numbers = np.minimum(np.maximum(z, -z), FAR)
    return distance


def _bell(y: Numbers) -> Numbers:
    """`e^(-y^2/2)`."""
    near = np.trunc(np.real(y) * GRID) / GRID
    bell: Numbers = np.exp(near * near * -0.5) * np.exp((near - y) * (near + y) * 0.5)
    return bell
