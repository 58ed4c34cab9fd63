"""Every activation has the values of its formula: to a few eps, far out on both sides too.

The oracle is the textbook formula in mpmath, with digits enough for whatever cancels in it; and
PyTorch's values, as they were recorded.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mpf

import fdnn
from fdnn import Activation, Dim, normal
from fdnn.activations import SELU_ALPHA, SELU_SCALE
from fdnn.matrix import Array
from fdnn.names import ACTIVATIONS
from fdnn.plan.activations import STAGED, works_in_place
from fdnn.plan.gradients import are_ours
from tests.oracles import normal_tail, torch_activations
from tests.strategies import EXTREMES, LAW, array_of, from_kinks, matrix

DIGITS = 60

PRECISE = pytest.mark.parametrize("dtype", ["float64", "float32"])
ELEMENTWISE = [g for g in ACTIVATIONS.values() if g != fdnn.softmax]
EACH = pytest.mark.parametrize("g", ELEMENTWISE, ids=lambda g: g.name)


# --------------------------------------------------------------------------- the textbook formulas


def clipped(z: mpf, low: float, high: float) -> mpf:
    return max(mpf(low), min(mpf(high), z))


def cdf_exactly(z: mpf) -> mpf:
    return mpmath.erfc(-z / mpmath.sqrt(2)) / 2


def pdf_exactly(z: mpf) -> mpf:
    return mpmath.exp(-z * z / 2) / mpmath.sqrt(2 * mpmath.pi)


def sigmoid_exactly(z: mpf) -> mpf:
    return 1 / (1 + mpmath.exp(-z))


def gelu_tanh_exactly(z: mpf) -> mpf:
    with mpmath.workdps(400):  # so many digits cancel in the book's form
        u = mpmath.sqrt(2 / mpmath.pi) * (z + mpf("0.044715") * z**3)
        return z / 2 * (1 + mpmath.tanh(u))


def selu_exactly(z: mpf) -> mpf:
    scale, alpha = mpf(SELU_SCALE), mpf(SELU_ALPHA)
    return scale * (z if z > 0 else alpha * mpmath.expm1(z))


FORMULAS: dict[str, Callable[[mpf], mpf]] = {
    "identity": lambda z: z,
    "relu": lambda z: max(z, mpf(0)),
    "leaky_relu": lambda z: z if z > 0 else z * 0.01,
    "elu": lambda z: z if z > 0 else mpmath.expm1(z),
    "selu": selu_exactly,
    "softplus": lambda z: mpmath.log1p(mpmath.exp(z)),
    "silu": lambda z: z * sigmoid_exactly(z),
    "gelu": lambda z: z * cdf_exactly(z),
    "gelu_tanh": gelu_tanh_exactly,
    "hard_swish": lambda z: z * clipped(z + 3, 0.0, 6.0) / 6,
    "sigmoid": sigmoid_exactly,
    "hard_sigmoid": lambda z: clipped(z + 3, 0.0, 6.0) / 6,
    "tanh": mpmath.tanh,
    "hard_tanh": lambda z: clipped(z, -1.0, 1.0),
    "softsign": lambda z: z / (1 + abs(z)),
    "exponential": mpmath.exp,
}


def condition(name: str, z: float) -> float:
    """How many eps of the result one eps of a rounded intermediate number is."""
    if name == "gelu_tanh":  # the number in its exponential
        return 1.0 + 1.6 * abs(z) * (1.0 + 0.044715 * z * z)
    if name in {"hard_swish", "hard_sigmoid"}:  # z + 3
        return 1.0 + 3.0 / max(abs(z + 3.0), 1e-9)
    return 1.0


def slope_scale(name: str, z: float, slope: mpf) -> mpf:
    """What the rounding of a slope is relative to: `1 + |g'|`, and the terms of its sum."""
    if name == "silu":
        return 1 + abs(slope) + abs(z)
    if name == "gelu_tanh":
        return 1 + abs(slope) + abs(z) * 1.6 * (1.0 + 3.0 * 0.044715 * z * z)
    return 1 + abs(slope)


def require_near(found: Any, exact: mpf, bound: float, dtype: str, z: float) -> None:
    """Within `bound` eps of itself; or of `|z|` times the smallest number that is still normal."""
    limits = np.finfo(dtype)
    scale = max(abs(exact), (1 + abs(mpf(z))) * float(limits.tiny))
    assert abs(mpf(float(found)) - exact) <= bound * float(limits.eps) * scale, (z, found)


def numbers(dtype: str) -> st.SearchStrategy[list[float]]:
    near, far = st.floats(-40.0, 40.0, width=32), st.floats(-700.0, 85.0, width=32)
    if dtype == "float64":
        near, far = st.floats(-40.0, 40.0), st.floats(-700.0, 85.0)
    known = st.sampled_from([float(np.float32(z)) for z in EXTREMES if z < 88.0])
    return st.lists(st.one_of(near, far, known), min_size=12, max_size=12)


VALUE_BOUND = 6.0


@PRECISE
@EACH
@LAW
@given(data=st.data())
def test_an_activation_is_its_formula_to_a_few_eps(
    dtype: str, g: Activation, data: st.DataObject
) -> None:
    Z = np.array([data.draw(numbers(dtype))], dtype)
    A = array_of(g(matrix(Z)))

    assert A.dtype == dtype
    with mpmath.workdps(DIGITS):
        for z, a in zip(Z[0].tolist(), A[0], strict=True):
            bound = VALUE_BOUND * condition(g.name, z)
            require_near(a, FORMULAS[g.name](mpf(z)), bound, dtype, z)


@PRECISE
@EACH
@LAW
@given(data=st.data())
def test_the_slope_of_an_activation_is_the_derivative_of_its_formula(
    dtype: str, g: Activation, data: st.DataObject
) -> None:
    off_the_kinks = st.floats(-40.0, 40.0, width=32).filter(lambda z: from_kinks(g, z) > 1e-3)
    Z = np.array([data.draw(st.lists(off_the_kinks, min_size=4, max_size=4))], dtype)
    slopes = array_of(g.pullback(matrix(np.ones_like(Z)), matrix(Z), g(matrix(Z))))

    assert slopes.dtype == dtype
    eps = float(np.finfo(dtype).eps)
    with mpmath.workdps(100):
        for z, slope in zip(Z[0].tolist(), slopes[0], strict=True):
            exact = mpmath.diff(FORMULAS[g.name], mpf(z))
            assert abs(mpf(float(slope)) - exact) <= 8 * eps * slope_scale(g.name, z, exact), z


TAILS: dict[str, Callable[[mpf], mpf]] = {
    "softplus": sigmoid_exactly,
    "silu": lambda z: sigmoid_exactly(z) * (1 + z * (1 - sigmoid_exactly(z))),
    "gelu": lambda z: cdf_exactly(z) + z * pdf_exactly(z),
    "sigmoid": lambda z: sigmoid_exactly(z) * sigmoid_exactly(-z),
    "softsign": lambda z: 1 / (1 + abs(z)) ** 2,
    "exponential": mpmath.exp,
}


@PRECISE
@pytest.mark.parametrize("name", TAILS)
def test_a_slope_that_vanishes_on_the_left_keeps_its_digits(name: str, dtype: str) -> None:
    g = ACTIVATIONS[name]
    Z = -np.linspace(4.0, 80.0, 60)[np.newaxis].astype(dtype)
    slopes = array_of(g.pullback(matrix(np.ones_like(Z)), matrix(Z), g(matrix(Z))))

    with mpmath.workdps(DIGITS):
        for z, slope in zip(Z[0].tolist(), slopes[0], strict=True):
            require_near(slope, TAILS[name](mpf(z)), 8.0, dtype, z)


# ------------------------------------------------------------------------------ what PyTorch says

RECORD: dict[str, dict[str, list[float]]] = json.loads(torch_activations.RECORD.read_text())


@pytest.mark.parametrize("name", sorted(RECORD))
def test_an_activation_has_the_values_and_slopes_that_pytorch_has(name: str) -> None:
    g, Z = ACTIVATIONS[name], matrix([torch_activations.Z])
    A = g(Z)
    slopes = g.pullback(matrix(np.ones((1, len(torch_activations.Z)))), Z, A)

    np.testing.assert_allclose(array_of(A)[0], RECORD[name]["A"], rtol=1e-13, atol=1e-14)
    # PyTorch has the slope of hard_sigmoid, 1 / 6, in single precision only.
    close = 1e-7 if name == "hard_sigmoid" else 1e-13
    np.testing.assert_allclose(array_of(slopes)[0], RECORD[name]["dZ"], rtol=close, atol=1e-14)


def test_pytorch_was_asked_about_every_elementwise_activation_but_the_identity() -> None:
    assert RECORD.keys() == {g.name for g in ELEMENTWISE} - {"identity"}
    assert FORMULAS.keys() == {g.name for g in ELEMENTWISE}


# ---------------------------------------------------------------------------------- the extremes

FAR: dict[str, list[float]] = {
    "float64": [1e4, 1e300, 1.7e307, 5e-324, 2e-308, 745.2, 709.8, 38.6, 26.5],
    "float32": [1e4, 1e30, 3e37, 1e-45, 1e-38, 103.9, 88.8, 14.5, 9.2],
}


@PRECISE
@pytest.mark.parametrize("g", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_no_number_is_so_far_out_that_an_activation_overflows(g: Activation, dtype: str) -> None:
    far = np.array(FAR[dtype], dtype)
    Z = np.vstack([far, -far, np.zeros_like(far)])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        A = g(matrix(Z))
        dZ = g.pullback(matrix(np.full_like(Z, 0.5)), matrix(Z), A)

    low, high = g.image
    assert np.isfinite(array_of(A)).all()
    assert np.isfinite(array_of(dZ)).all()
    assert ((low <= array_of(A)) & (array_of(A) <= high)).all()


@EACH
@LAW
@given(z=st.lists(st.floats(-50.0, 50.0), min_size=20, max_size=20))
def test_the_values_of_an_activation_lie_in_its_image(g: Activation, z: list[float]) -> None:
    Z = np.concatenate([z, np.linspace(-3.0, 0.0, 301)])[np.newaxis]
    A, (low, high) = array_of(g(matrix(Z))), g.image

    assert low <= A.min()
    assert A.max() <= high


def test_the_image_of_an_activation_that_dips_is_no_wider_than_it_must_be() -> None:
    Z = matrix(np.linspace(-3.0, 0.0, 30001)[np.newaxis])
    for g in (fdnn.silu, fdnn.gelu, fdnn.gelu_tanh, fdnn.hard_swish):
        assert array_of(g(Z)).min() < g.image[0] + 1e-4


# ------------------------------------------------------------------------------ single activations


def test_the_constants_of_selu_keep_mean_0_and_variance_1() -> None:
    """Its fixed point, by the integrals of `selu(z)` and `selu(z)^2` against the normal density."""
    grid = [mpf(k) / 64 for k in range(-12 * 64, 12 * 64 + 1)]
    with mpmath.workdps(30):
        for power, moment in ((1, 0.0), (2, 1.0)):
            # By parts, since selu has a kink at 0: each half by Simpson's rule.
            halves = grid[: 12 * 64 + 1], grid[12 * 64 :]
            total = mpf(0)
            for side, half in enumerate(halves):
                for i, z in enumerate(half):
                    weight = 1 if i in {0, len(half) - 1} else 4 if i % 2 else 2
                    value = selu_exactly(z) if side == 0 or z > 0 else mpf(0)
                    total += weight * value**power * pdf_exactly(z) / (3 * 64)
            assert abs(total - moment) < 1e-8


def test_lecun_and_selu_keep_the_size_of_signals_through_many_layers() -> None:
    n = Dim[Any](256)
    params = fdnn.initialize(fdnn.mlp([n] * 13, fdnn.selu, fdnn.selu), rng=0)
    trace = params.forward(matrix(np.random.default_rng(0).standard_normal((256, 200))))
    A = array_of(trace.output)

    assert abs(float(A.mean())) < 0.1
    assert 0.8 < float(A.std()) < 1.2


def test_the_approximation_of_gelu_meets_it_to_5e_4() -> None:
    Z = matrix(np.linspace(-8.0, 8.0, 4001)[np.newaxis])
    apart = np.abs(array_of(fdnn.gelu(Z)) - array_of(fdnn.gelu_tanh(Z))).max()

    assert 4e-4 < apart < 5e-4


@pytest.mark.parametrize(
    ("g", "Z", "slopes"),
    [
        (fdnn.elu, [0.0], [1.0]),
        (fdnn.ELU(0.25), [0.0], [0.25]),
        (fdnn.selu, [0.0], [SELU_SCALE * SELU_ALPHA]),
        (fdnn.hard_sigmoid, [-3.0, 3.0], [0.0, 0.0]),
        (fdnn.hard_tanh, [-1.0, 1.0], [0.0, 0.0]),
        (fdnn.hard_swish, [-3.0, 3.0], [0.0, 1.0]),
    ],
    ids=repr,
)
def test_at_a_kink_the_slope_is_the_one_that_was_stated(
    g: Activation, Z: list[float], slopes: list[float]
) -> None:
    found = g.pullback(matrix([[1.0] * len(Z)]), matrix([Z]), g(matrix([Z])))

    assert array_of(found).tolist() == [slopes]


# ------------------------------------------------------------------------- the normal distribution


def lines(dtype: str) -> Array:
    reach = 37.5 if dtype == "float64" else 13.0
    near, far = np.linspace(-6.0, 6.0, 901), np.linspace(-reach, -6.0, 300)
    return np.concatenate([near, far, [0.0, -0.0, 1e-30, -1e-30]]).astype(dtype)


@pytest.mark.parametrize(("dtype", "bound"), [("float64", 2.0), ("float32", 3.0)])
def test_the_normal_distribution_is_exact_to_the_stated_eps(dtype: str, bound: float) -> None:
    """Relative to itself, out to where it is no normal number any more."""
    z = lines(dtype)
    with mpmath.workdps(60):
        for at, whole, density in zip(z.tolist(), normal.cdf(z), normal.pdf(z), strict=True):
            require_near(whole, cdf_exactly(mpf(at)), bound, dtype, at)
            require_near(density, pdf_exactly(mpf(at)), bound, dtype, at)


def test_the_density_is_the_derivative_of_the_normal_distribution() -> None:
    z = np.linspace(-25.0, 25.0, 2001)
    by_step = np.imag(normal.cdf(z + 1e-30j)) / 1e-30

    np.testing.assert_allclose(by_step, normal.pdf(z), rtol=1e-12, atol=1e-300)


def test_the_polynomials_of_the_normal_distribution_are_those_that_were_computed() -> None:
    for dtype, terms in normal_tail.TERMS.items():
        assert normal.polynomial(np.dtype(dtype)) == tuple(normal_tail.coefficients(terms))


# --------------------------------------------------------------------------------- in the plan


def test_what_needs_its_logits_on_the_way_back_is_not_written_over_them() -> None:
    apart = {g.name for g in ACTIVATIONS.values() if not works_in_place(g)}

    assert apart == {"silu", "gelu", "gelu_tanh", "hard_swish", "softsign"}


@pytest.mark.parametrize("g", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_every_activation_is_ours_and_staged(g: Activation) -> None:
    n = Dim[Any](3)
    assert type(g) in STAGED
    assert are_ours([fdnn.dense(n, n, g)])


def test_an_activation_that_inherits_from_ours_is_not_ours() -> None:
    class Own(fdnn.SiLU):
        """Whatever it overrides, its way back may be anything."""

    n = Dim[Any](3)
    assert not are_ours([fdnn.dense(n, n, Own())])
