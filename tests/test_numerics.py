"""Through its canonical link a cost is exact to the last digits, for any logit up to +-1e4.

The oracle is the textbook formula in mpmath, with more digits than a cost of 1e-300 has zeros.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf

import fdnn
from fdnn import Activation, Cost, Dim, dense_of, params_of
from fdnn.matrix import zeros
from tests.strategies import (
    EXTREMES,
    LAW,
    REACH,
    Floats,
    array_of,
    binary_labels,
    class_labels,
    logits,
    matrix,
)

DIGITS = 400
EPS = {"float64": 2.0**-52, "float32": 2.0**-23}
COST_BOUND = {"float64": 1e-12, "float32": 64 * EPS["float32"]}
SMALLEST = {"float64": 1e-300, "float32": float(np.finfo(np.float32).tiny)}

Loss = Callable[[list[mpf], list[float]], mpf]


def binary_loss(z: list[mpf], y: list[float]) -> mpf:
    """`-sum [y log a + (1 - y) log(1 - a)]`, `a = 1 / (1 + e^-z)` and `1 - a = 1 / (1 + e^z)`."""
    total = mpf(0)
    for logit, label in zip(z, y, strict=True):
        total += mpf(label) * mpmath.log(1 + mpmath.exp(-logit))
        total += (1 - mpf(label)) * mpmath.log(1 + mpmath.exp(logit))
    return total


def categorical_loss(z: list[mpf], y: list[float]) -> mpf:
    """`-sum y_i log a_i`, `a = softmax(z)`, as the book writes it."""
    whole = mpmath.fsum(mpmath.exp(logit) for logit in z)
    return -mpmath.fsum(
        mpf(label) * mpmath.log(mpmath.exp(logit) / whole)
        for logit, label in zip(z, y, strict=True)
    )


def squared_loss(z: list[mpf], y: list[float]) -> mpf:
    return mpmath.fsum((logit - label) ** 2 for logit, label in zip(z, y, strict=True)) / 2


def sigmoid_exactly(z: list[mpf]) -> list[mpf]:
    return [1 / (1 + mpmath.exp(-logit)) for logit in z]


def softmax_exactly(z: list[mpf]) -> list[mpf]:
    whole = mpmath.fsum(mpmath.exp(logit) for logit in z)
    return [mpmath.exp(logit) / whole for logit in z]


def computed(Z: Floats, Y: Floats, link: Activation, cost: Cost, dtype: str) -> tuple[float, Any]:
    """`J` and `dJ/dZ` of fdnn, where the network is the identity map and the link behind it."""
    n = Dim[Any](Z.shape[0])
    layer = dense_of(matrix(np.eye(n)), zeros(n, Dim[fdnn.One](1)), link)
    params = params_of(layer).astype(dtype)
    trace = params.forward(matrix(Z, dtype))
    labels = matrix(Y, dtype)
    assert np.array_equal(array_of(trace.logits), Z)

    return trace.cost(labels, cost), array_of(cost.gradient(trace.caches[-1], labels))


def exactly(Z: Floats, Y: Floats, loss: Loss) -> mpf:
    m = int(Z.shape[1])
    columns = [([mpf(float(z)) for z in Z[:, j]], [float(y) for y in Y[:, j]]) for j in range(m)]
    return mpmath.fsum(loss(z, y) for z, y in columns) / m


def require_cost(J: float, exact: mpf, bound: float, smallest: float) -> None:
    if exact > smallest:
        assert abs(mpf(J) - exact) <= bound * exact
    else:
        assert 0.0 <= J <= 2 * smallest


def require_gradient(
    dZ: Any, Z: Floats, Y: Floats, link: Callable[[list[mpf]], list[mpf]], eps: float
) -> None:
    m = Z.shape[1]
    for j in range(m):
        A = link([mpf(float(z)) for z in Z[:, j]])
        weight = mpmath.fsum(float(y) for y in Y[:, j]) if link is softmax_exactly else mpf(1)
        for i, a in enumerate(A):
            assert abs(mpf(float(dZ[i, j])) - (a * weight - float(Y[i, j])) / m) <= 8 * eps / m


def check_binary(Z: Floats, Y: Floats, dtype: str) -> None:
    J, dZ = computed(Z, Y, fdnn.sigmoid, fdnn.binary_cross_entropy, dtype)
    with mpmath.workdps(DIGITS):
        require_cost(J, exactly(Z, Y, binary_loss), COST_BOUND[dtype], SMALLEST[dtype])
        require_gradient(dZ, Z, Y, sigmoid_exactly, EPS[dtype])


def check_categorical(Z: Floats, Y: Floats, dtype: str) -> None:
    J, dZ = computed(Z, Y, fdnn.softmax, fdnn.categorical_cross_entropy, dtype)
    with mpmath.workdps(DIGITS):
        require_cost(J, exactly(Z, Y, categorical_loss), COST_BOUND[dtype], SMALLEST[dtype])
        require_gradient(dZ, Z, Y, softmax_exactly, EPS[dtype])


def check_squared(Z: Floats, Y: Floats, dtype: str) -> None:
    J, dZ = computed(Z, Y, fdnn.identity, fdnn.squared_error, dtype)
    bound = 8 * EPS[dtype]
    m = Z.shape[1]
    with mpmath.workdps(60):
        require_cost(J, exactly(Z, Y, squared_loss), bound, SMALLEST[dtype])
        for i in range(Z.shape[0]):
            for j in range(m):
                exact = (mpf(float(Z[i, j])) - float(Y[i, j])) / m
                assert abs(mpf(float(dZ[i, j])) - exact) <= bound * abs(exact)


# ----------------------------------------------------------------------------- logits of every size

SHAPES = st.tuples(st.integers(1, 5), st.integers(1, 4))
PRECISE = pytest.mark.parametrize("dtype", ["float64", "float32"])


@PRECISE
@LAW
@given(data=st.data())
def test_binary_cross_entropy_is_exact_through_sigmoid(dtype: str, data: st.DataObject) -> None:
    n, m = data.draw(SHAPES)
    Z = data.draw(logits(n, m, int(dtype[-2:])))
    Y = data.draw(binary_labels(n, m))

    check_binary(Z, Y, dtype)


@PRECISE
@LAW
@given(data=st.data())
def test_categorical_cross_entropy_is_exact_through_softmax(
    dtype: str, data: st.DataObject
) -> None:
    n, m = data.draw(SHAPES)
    Z = data.draw(logits(n, m, int(dtype[-2:])))
    Y = data.draw(class_labels(n, m))

    check_categorical(Z, Y, dtype)


@PRECISE
@settings(LAW, max_examples=40)
@given(data=st.data())
def test_squared_error_is_exact_through_the_identity(dtype: str, data: st.DataObject) -> None:
    n, m = data.draw(SHAPES)
    Z = data.draw(logits(n, m, int(dtype[-2:])))
    Y = data.draw(logits(n, m, 32))

    check_squared(Z, Y, dtype)


# ----------------------------------------------------------------------------------- chosen by hand

EDGES = sorted({float(np.float32(z * sign)) for z in (*EXTREMES, REACH) for sign in (1, -1)})


@PRECISE
@pytest.mark.parametrize("y", [0.0, 1.0, 0.5, 2.0**-20, 1.0 - 2.0**-20])
def test_binary_cross_entropy_is_exact_where_its_formula_changes(dtype: str, y: float) -> None:
    for z in EDGES:
        check_binary(np.array([[z]]), np.array([[y]]), dtype)


@PRECISE
@pytest.mark.parametrize("gap", [0.0, 1e-8, 1.0, 36.0, 80.0, 690.0, 9999.0])
def test_categorical_cross_entropy_is_exact_however_sure_the_network_is(
    dtype: str, gap: float
) -> None:
    for right in range(3):
        Z = np.array(np.array([[gap], [0.0], [-gap / 2]]), dtype).astype(float)
        check_categorical(Z, np.eye(3)[:, [right]], dtype)
        check_categorical(Z, np.array([[0.25], [0.75], [0.0]]), dtype)


@PRECISE
def test_equal_logits_are_told_apart_by_their_place_alone(dtype: str) -> None:
    check_categorical(np.full((4, 3), -REACH), np.eye(4)[:, :3], dtype)


@PRECISE
def test_many_examples_and_many_classes_lose_no_digits(dtype: str) -> None:
    draw = np.random.default_rng(3)
    m = 300
    Z = draw.normal(0.0, 8.0, (1, m)).astype(dtype).astype(float)
    Y = draw.integers(0, 2, (1, m)).astype(float)
    check_squared(Z, Y, dtype)
    J, _ = computed(Z, Y, fdnn.sigmoid, fdnn.binary_cross_entropy, dtype)
    with mpmath.workdps(100):
        require_cost(J, exactly(Z, Y, binary_loss), COST_BOUND[dtype], SMALLEST[dtype])

    n = 1000
    Z = draw.normal(0.0, 0.01, (n, 2)).astype(dtype).astype(float)
    Z[0] = 6.0  # about as likely as all others together: there the sum's rounding shows most
    Y = np.eye(n)[:, [0, 1]]
    J, dZ = computed(Z, Y, fdnn.softmax, fdnn.categorical_cross_entropy, dtype)
    with mpmath.workdps(100):
        require_cost(J, exactly(Z, Y, categorical_loss), COST_BOUND[dtype], SMALLEST[dtype])
        require_gradient(dZ, Z, Y, softmax_exactly, EPS[dtype])


@PRECISE
@pytest.mark.parametrize("classes", [100, 1000])
@pytest.mark.parametrize("label", [0, 1])
def test_classes_that_vanish_beside_the_leader_are_not_lost_together(
    dtype: str, classes: int, label: int
) -> None:
    """Added one after the other each would be rounded away: 1 + 0.4 eps is 1."""
    Z = np.full((classes, 1), np.log(0.4 * EPS[dtype])).astype(dtype).astype(float)
    Z[0] = 0.0
    Y = np.eye(classes)[:, [label]]
    J, dZ = computed(Z, Y, fdnn.softmax, fdnn.categorical_cross_entropy, dtype)
    with mpmath.workdps(60):
        require_cost(J, exactly(Z, Y, categorical_loss), COST_BOUND[dtype], SMALLEST[dtype])
        require_gradient(dZ, Z, Y, softmax_exactly, EPS[dtype])


@PRECISE
def test_equal_logits_of_many_outputs_lose_no_digits(dtype: str) -> None:
    Z, Y = np.full((2000, 1), 0.7), np.ones((2000, 1))
    Z = Z.astype(dtype).astype(float)
    J, _ = computed(Z, Y, fdnn.sigmoid, fdnn.binary_cross_entropy, dtype)
    with mpmath.workdps(60):
        require_cost(J, exactly(Z, Y, binary_loss), COST_BOUND[dtype], SMALLEST[dtype])


@PRECISE
@pytest.mark.parametrize("shape", [(1, 2000), (100, 3), (1000, 2), (5000, 1)])
def test_many_outputs_lose_no_digits_of_the_squared_error(
    dtype: str, shape: tuple[int, int]
) -> None:
    """Equal numbers, whose rounding errors are equal too and do not cancel, and random ones."""
    for Z in (np.full(shape, 1.1), np.random.default_rng(1).uniform(0.5, 2.0, shape)):
        inputs = matrix(Z, dtype)
        labels = matrix(np.zeros(shape), dtype)
        J = fdnn.matrix.mean(fdnn.squared_error.losses_from_logits(inputs, labels), inputs)
        with mpmath.workdps(50):
            squares = (mpf(float(z)) ** 2 for z in array_of(inputs).ravel())
            require_cost(J, mpmath.fsum(squares) / (2 * shape[1]), 8 * EPS[dtype], 0.0)


@PRECISE
def test_a_sure_and_right_network_still_has_a_cost(dtype: str) -> None:
    """Where the textbook formula says `log 1 = 0`, the cost is `e^-z`."""
    z = 80.0
    J, _ = computed(
        np.array([[z]]), np.array([[1.0]]), fdnn.sigmoid, fdnn.binary_cross_entropy, dtype
    )

    bound = {"float64": 1e-12, "float32": 1e-6}[dtype]
    assert math.isclose(J, math.exp(-z), rel_tol=bound)


def test_the_oracle_itself_knows_a_cost_in_closed_form() -> None:
    with mpmath.workdps(50):
        assert abs(binary_loss([mpf(0)], [1.0]) - mpmath.log(2)) < 1e-45
        assert abs(categorical_loss([mpf(3)] * 4, [0.0, 1.0, 0.0, 0.0]) - mpmath.log(4)) < 1e-45
        assert squared_loss([mpf(3)], [1.0]) == 2
