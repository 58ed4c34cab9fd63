"""The costs beyond the first three are exact to the last digits too, for any logit up to +-1e4.

The oracle is the textbook formula in mpmath, and its central difference with a step of 1e-120.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf

import fdnn
from fdnn import Cost
from tests.strategies import EXTREMES, LAW, REACH, Floats, binary_labels, class_labels, logits
from tests.test_gradients import link_of
from tests.test_numerics import EPS, SMALLEST, computed

DIGITS = 400
STEP = mpf(10) ** -120

Loss = Callable[[list[mpf], list[mpf]], mpf]
PRECISE = pytest.mark.parametrize("dtype", ["float64", "float32"])
FEW = settings(LAW, max_examples=8)
SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 3))


def absolute_loss(z: list[mpf], y: list[mpf]) -> mpf:
    return mpmath.fsum(abs(a - b) for a, b in zip(z, y, strict=True))


def huber_loss(z: list[mpf], y: list[mpf]) -> mpf:
    """With delta 0.5, in its two cases."""
    sizes = [abs(a - b) for a, b in zip(z, y, strict=True)]
    return mpmath.fsum(d * d / 2 if d <= 0.5 else (d - mpf(0.25)) / 2 for d in sizes)


def hinge_loss(z: list[mpf], y: list[mpf]) -> mpf:
    return mpmath.fsum(max(mpf(0), 1 - (2 * b - 1) * a) for a, b in zip(z, y, strict=True))


def poisson_loss(z: list[mpf], y: list[mpf]) -> mpf:
    """`a - y log a` at `a = e^z`."""
    return mpmath.fsum(mpmath.exp(a) - b * a for a, b in zip(z, y, strict=True))


def binary_focal_loss(gamma: float) -> Loss:
    def loss(z: list[mpf], y: list[mpf]) -> mpf:
        total = mpf(0)
        for a, b in zip(z, y, strict=True):
            p, q = 1 / (1 + mpmath.exp(-a)), 1 / (1 + mpmath.exp(a))
            total -= b * q**gamma * mpmath.log(p) + (1 - b) * p**gamma * mpmath.log(q)
        return total

    return loss


def categorical_focal_loss(gamma: float) -> Loss:
    def loss(z: list[mpf], y: list[mpf]) -> mpf:
        E = [mpmath.exp(a) for a in z]
        whole, total = mpmath.fsum(E), mpf(0)
        for i, b in enumerate(y):
            rest = mpmath.fsum(E[:i] + E[i + 1 :]) / whole
            power = mpf(1) if gamma == 0 else rest**gamma
            total -= b * power * mpmath.log(E[i] / whole)
        return total

    return loss


def kl_loss(z: list[mpf], y: list[mpf]) -> mpf:
    whole = mpmath.fsum(mpmath.exp(a) for a in z)
    shares = [(b, mpmath.exp(a) / whole) for a, b in zip(z, y, strict=True)]
    return mpmath.fsum(b * mpmath.log(b / a) for b, a in shares if b > 0)


def slope(loss: Loss, z: list[mpf], y: list[mpf], i: int) -> mpf:
    """`dL/dz_i`; the logits are no nearer to a kink than the step, and not at one."""
    up, down = ([*z[:i], z[i] + h, *z[i + 1 :]] for h in (STEP, -STEP))
    return (loss(up, y) - loss(down, y)) / (2 * STEP)


def columns(Z: Floats, Y: Floats) -> list[tuple[list[mpf], list[mpf]]]:
    m = Z.shape[1]
    return [([mpf(float(a)) for a in Z[:, j]], [mpf(float(a)) for a in Y[:, j]]) for j in range(m)]


def check(
    cost: Cost,
    loss: Loss,
    Z: Floats,
    Y: Floats,
    dtype: str,
    bound: float,
    terms: Loss | None = None,
) -> None:
    """`J` to `bound` eps of itself, or of its terms where they have two signs; `dZ` to 64 eps."""
    J, dZ = computed(Z, Y, link_of(cost), cost, dtype)
    eps, smallest, m = EPS[dtype], SMALLEST[dtype], Z.shape[1]
    with mpmath.workdps(DIGITS):
        examples = columns(Z, Y)
        exact = mpmath.fsum(loss(z, y) for z, y in examples) / m
        scale = exact if terms is None else mpmath.fsum(terms(z, y) for z, y in examples) / m
        assert abs(mpf(J) - exact) <= bound * eps * scale + 2 * smallest
        for j, (z, y) in enumerate(examples):
            for i in range(len(z)):
                expected = slope(loss, z, y, i) / m
                allowed = 64 * eps / m * max(mpf(1), abs(expected) * m)
                assert abs(mpf(float(dZ[i, j])) - expected) <= allowed


def off_the_kinks(distance: Floats) -> Floats:
    """Where a number is at a kink it is moved away."""
    return np.where(distance == 0.0, 0.25, 0.0)


@PRECISE
@FEW
@given(data=st.data())
def test_costs_of_numbers_are_exact(dtype: str, data: st.DataObject) -> None:
    n, m = data.draw(SHAPES)
    Z, Y = data.draw(logits(n, m, 32)), data.draw(logits(n, m, 32))
    Y = (Y + off_the_kinks(Z - Y)).astype("float32").astype(float)
    if (Z == Y).any():
        return

    check(fdnn.absolute_error, absolute_loss, Z, Y, dtype, 8)
    check(fdnn.Huber(0.5), huber_loss, Z, Y, dtype, 8)


@PRECISE
@FEW
@given(data=st.data())
def test_the_hinge_is_exact(dtype: str, data: st.DataObject) -> None:
    n, m = data.draw(SHAPES)
    Z = data.draw(logits(n, m, int(dtype[-2:])))
    Z = Z + off_the_kinks(np.abs(Z) - 1.0)
    Y = np.round(data.draw(binary_labels(n, m)))

    check(fdnn.hinge, hinge_loss, Z.astype(dtype).astype(float), Y, dtype, 8)


@PRECISE
@FEW
@given(data=st.data())
def test_poisson_is_exact_as_far_as_its_mean_is_a_number(dtype: str, data: st.DataObject) -> None:
    """`e^z` is one up to 709, in float32 up to 88."""
    n, m = data.draw(SHAPES)
    most = 700.0 if dtype == "float64" else 80.0
    Z = np.minimum(data.draw(logits(n, m, int(dtype[-2:]))), most)
    Y = data.draw(logits(n, m, 32)).round()
    Y = np.maximum(Y, -Y)

    def terms(z: list[mpf], y: list[mpf]) -> mpf:
        return mpmath.fsum(mpmath.exp(a) + abs(b * a) for a, b in zip(z, y, strict=True))

    J, dZ = computed(Z, Y, fdnn.exponential, fdnn.poisson, dtype)
    eps = EPS[dtype]
    with mpmath.workdps(DIGITS):
        exact = mpmath.fsum(poisson_loss(z, y) for z, y in columns(Z, Y)) / m
        scale = mpmath.fsum(terms(z, y) for z, y in columns(Z, Y)) / m
        assert abs(mpf(J) - exact) <= 16 * eps * scale + SMALLEST[dtype]
        for (i, j), z in np.ndenumerate(Z):
            a, y = mpmath.exp(mpf(float(z))), mpf(float(Y[i, j]))
            assert (
                abs(mpf(float(dZ[i, j])) - (a - y) / m) <= 16 * eps * (a + y) / m + SMALLEST[dtype]
            )


@PRECISE
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0, 5.0])
@FEW
@given(data=st.data())
def test_focal_costs_are_exact(gamma: float, dtype: str, data: st.DataObject) -> None:
    """A power `e^-x` is good to `x` eps of itself, and `x` is at most 745, in float32 104."""
    n, m = data.draw(SHAPES)
    Z, bound = data.draw(logits(n, m, int(dtype[-2:]))), 1024.0 if dtype == "float64" else 192.0

    binary, classes = data.draw(binary_labels(n, m)), data.draw(class_labels(n, m))
    check(fdnn.BinaryFocal(gamma), binary_focal_loss(gamma), Z, binary, dtype, bound)
    check(fdnn.CategoricalFocal(gamma), categorical_focal_loss(gamma), Z, classes, dtype, bound)


@PRECISE
@pytest.mark.parametrize("gamma", [2.0])
def test_focal_costs_are_exact_where_their_formulas_change(gamma: float, dtype: str) -> None:
    numbers = {float(np.float32(z * sign)) for z in (*EXTREMES, REACH) for sign in (1, -1)}
    Z = np.array([sorted(numbers)])
    for y in (0.0, 2.0**-20):
        Y, n = np.full_like(Z, y), Z.shape[1]
        for j in range(n):
            one = Z[:, [j]]
            check(fdnn.BinaryFocal(gamma), binary_focal_loss(gamma), one, Y[:, [j]], dtype, 1024)
            two, labels = np.vstack([one, 0.0 * one]), np.array([[y], [1.0 - y]])
            loss = categorical_focal_loss(gamma)
            check(fdnn.CategoricalFocal(gamma), loss, two, labels, dtype, 1024)


@PRECISE
@FEW
@given(data=st.data())
def test_kl_divergence_is_exact(dtype: str, data: st.DataObject) -> None:
    """Relative to the cross-entropy and the entropy, whose difference it is."""
    n, m = data.draw(SHAPES)
    Z, Y = data.draw(logits(n, m, int(dtype[-2:]))), data.draw(class_labels(n, m))

    def terms(z: list[mpf], y: list[mpf]) -> mpf:
        entropy = -mpmath.fsum(b * mpmath.log(b) for b in y if b > 0)
        return kl_loss(z, y) + 2 * entropy

    check(fdnn.kl_divergence, kl_loss, Z, Y, dtype, 64, terms)


@PRECISE
@pytest.mark.parametrize("cost", [fdnn.binary_focal, fdnn.categorical_focal, fdnn.kl_divergence])
def test_a_sure_network_has_finite_costs_and_gradients_right_or_wrong(
    cost: Any, dtype: str
) -> None:
    Z = np.array([[REACH, -REACH], [-REACH, REACH]])
    for Y in (np.eye(2), np.eye(2)[::-1]):
        J, dZ = computed(Z, Y, link_of(cost), cost, dtype)
        assert np.isfinite(J)
        assert np.isfinite(dZ).all()
        assert J > 1e3 or J == 0.0
