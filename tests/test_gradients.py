"""Every way back is the derivative of the way forward: by complex step, to the last digits.

For an analytic `f`, `f'(x) = Im f(x + ih) / h` up to `h^2`; nothing is subtracted, so `h` may be
1e-30 and the derivative is exact to rounding (Squire & Trapp 1998).
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fdnn
from fdnn import Activation, ArgumentError, Cost, Matrix, Params
from fdnn.layers.dense import LinearCache
from fdnn.matrix import Array
from fdnn.names import ACTIVATIONS, COSTS
from tests.strategies import (
    LAW,
    LEGAL,
    PAIRINGS,
    array_of,
    from_kinks,
    labels_for,
    matrix,
    network,
    normal,
)

STEP = 1e-30
CLOSE = 1e-12
KINK = 1e-3

ACTIVATION = pytest.mark.parametrize("g", ACTIVATIONS.values(), ids=ACTIVATIONS)
COST = pytest.mark.parametrize("cost", COSTS.values(), ids=COSTS)


def require_close(found: Array, expected: Array) -> None:
    scale = max(1.0, float(np.abs(expected).max()))
    assert np.abs(found - expected).max() <= CLOSE * scale


def slopes(f: Any, at: Array, size: int = 1) -> Array:
    """The Jacobian of `f` by complex step: one row for each number of `at`."""
    rows = []
    for place in np.ndindex(at.shape):
        moved = at.astype(complex)
        moved[place] += 1j * STEP
        rows.append(np.imag(f(matrix(moved, complex))).reshape(size) / STEP)
    return np.array(rows)


# -------------------------------------------------------------------------------------- activations


def pullback_by_complex_step(g: Activation, Z: Array, dA: Array) -> Array:
    """`dZ = sum_k dA_k * dA_k/dZ`, the derivative of `<dA, g(Z)>`."""
    return slopes(lambda z: (dA * array_of(g(z))).sum(), Z).reshape(Z.shape)


def require_pullback(g: Activation, Z: Array, dA: Array) -> None:
    found = g.pullback(matrix(dA), matrix(Z), g(matrix(Z)))
    require_close(array_of(found), pullback_by_complex_step(g, Z, dA))


@ACTIVATION
@LAW
@given(data=st.data(), d=st.lists(st.floats(-3.0, 3.0), min_size=6, max_size=6))
def test_a_pullback_is_the_transposed_jacobian(
    g: Activation, data: st.DataObject, d: list[float]
) -> None:
    off_the_kinks = st.floats(-30.0, 30.0).filter(lambda z: from_kinks(g, z) > KINK)
    z = data.draw(st.lists(off_the_kinks, min_size=6, max_size=6))
    require_pullback(g, np.array(z).reshape(3, 2), np.array(d).reshape(3, 2))


@ACTIVATION
def test_central_differences_of_an_activation_agree_as_far_as_they_can(g: Activation) -> None:
    random, h = np.random.default_rng(3), 1e-6
    Z, dA = (random.normal(0.0, 2.0, (3, 7)) for _ in range(2))
    direction = random.standard_normal(Z.shape)
    assert from_kinks(g, Z) > KINK

    after, before = (array_of(g(matrix(Z + s * h * direction))) for s in (1.0, -1.0))
    dZ = array_of(g.pullback(matrix(dA), matrix(Z), g(matrix(Z))))
    slope = float((dA * (after - before)).sum() / (2 * h))
    assert slope == pytest.approx(float((dZ * direction).sum()), rel=1e-8, abs=1e-8)


def test_the_derivative_of_relu_at_zero_is_zero() -> None:
    zero, one = matrix([[0.0]]), matrix([[1.0]])

    assert array_of(fdnn.relu.pullback(one, zero, zero)) == 0.0


@pytest.mark.parametrize("alpha", [1e-3, 0.2, 1.0, 5.0])
def test_elu_has_the_alpha_it_was_given(alpha: float) -> None:
    g = fdnn.ELU(alpha)
    require_pullback(g, np.array([[-2.0, 3.0, -0.1]]), np.array([[1.0, 1.0, 2.0]]))
    assert array_of(g(matrix([[-1e4]]))) == -alpha


@pytest.mark.parametrize("slope", [0.0, 0.2, 0.99])
def test_leaky_relu_has_the_slope_it_was_given(slope: float) -> None:
    require_pullback(fdnn.LeakyReLU(slope), np.array([[-2.0, 3.0]]), np.array([[1.0, 1.0]]))


@attrs.frozen
class NearlyTanh(fdnn.Tanh):
    """Tanh with a pullback that is wrong by 0.1 %."""

    def pullback(
        self, dA: Matrix[Any, Any], Z: Matrix[Any, Any], A: Matrix[Any, Any], /
    ) -> Matrix[Any, Any]:
        return fdnn.Tanh.pullback(self, dA, Z, A) * 1.001


def test_a_pullback_that_is_wrong_by_a_thousandth_is_caught() -> None:
    Z, dA = array_of(normal(3, 2)), array_of(normal(3, 2, 1))
    with pytest.raises(AssertionError):
        require_pullback(NearlyTanh(), Z, dA)

    params = network(2, fdnn.identity, NearlyTanh())
    with pytest.raises(AssertionError):
        require_gradient(params, fdnn.squared_error)


# -------------------------------------------------------------------------------------------- costs


def link_of(cost: Cost) -> Activation:
    """The link of a cost; a cost without one meets the logits behind the identity."""
    return fdnn.identity if cost.link is None else cost.link


def rows_of_probabilities(seed: int) -> Array:
    return np.random.default_rng(seed).uniform(0.05, 0.95, (3, 4))


@COST
@pytest.mark.parametrize("seed", range(3))
def test_the_derivative_of_a_cost_is_that_of_its_losses(cost: Cost, seed: int) -> None:
    A, Y = rows_of_probabilities(seed), labels_for(cost, 3, 4, seed)
    by_step = slopes(lambda a: array_of(cost.losses(a, Y)).sum(), A).reshape(A.shape)

    require_close(array_of(cost.derivative(matrix(A), Y)), by_step)


@COST
def test_the_derivative_exists_at_hard_labels_too(cost: Cost) -> None:
    A, Y = rows_of_probabilities(5), matrix(np.eye(3)[:, [0, 1, 2, 0]])
    by_step = slopes(lambda a: array_of(cost.losses(a, Y)).sum(), A).reshape(A.shape)

    require_close(array_of(cost.derivative(matrix(A), Y)), by_step)


@COST
@pytest.mark.parametrize("seed", range(3))
def test_the_losses_from_logits_are_those_from_the_output(cost: Cost, seed: int) -> None:
    Z, Y = normal(3, 4, seed), labels_for(cost, 3, 4, seed)

    from_logits = array_of(cost.losses_from_logits(Z, Y))
    require_close(from_logits, array_of(cost.losses(link_of(cost)(Z), Y)))


@COST
@pytest.mark.parametrize("seed", range(3))
def test_through_the_link_the_gradient_is_the_derivative_of_the_losses_from_logits(
    cost: Cost, seed: int
) -> None:
    Z, Y = array_of(normal(3, 4, seed)), labels_for(cost, 3, 4, seed)
    by_step = slopes(lambda z: array_of(cost.losses_from_logits(z, Y)).sum(), Z).reshape(Z.shape)
    last = fdnn.LayerCache(linear_cache(), link_of(cost), matrix(Z), link_of(cost)(matrix(Z)))

    require_close(array_of(cost.gradient(last, Y)) * 4, by_step)


# ---------------------------------------------------------------------------------- the dense layer


def linear_cache() -> LinearCache[Any, Any, Any]:
    layer = fdnn.dense_of(normal(3, 4), normal(3, 1, 1))
    return fdnn.linear_forward(layer, normal(4, 5, 2))[1]


def test_linear_backward_is_the_derivative_of_linear_forward() -> None:
    W, b, A, dZ = (array_of(normal(*s)) for s in ((3, 4, 0), (3, 1, 1), (4, 5, 2), (3, 5, 3)))

    def paired(w: Any, bias: Any, a: Any) -> Any:
        layer = fdnn.dense_of(matrix(w, complex), matrix(bias, complex))
        Z, _ = fdnn.linear_forward(layer, matrix(a, complex))
        return (dZ * array_of(Z)).sum()

    layer = fdnn.dense_of(matrix(W), matrix(b))
    _, cache = fdnn.linear_forward(layer, matrix(A))
    gradient, dA = fdnn.linear_backward(cache, matrix(dZ))

    require_close(array_of(gradient.W), slopes(lambda w: paired(w, b, A), W).reshape(W.shape))
    require_close(array_of(gradient.b), slopes(lambda c: paired(W, c, A), b).reshape(b.shape))
    require_close(array_of(dA), slopes(lambda a: paired(W, b, a), A).reshape(A.shape))


@ACTIVATION
def test_linear_activation_backward_is_the_derivative_of_its_forward(g: Activation) -> None:
    W, b, A, dA = (array_of(normal(*s)) for s in ((3, 4, 0), (3, 1, 1), (4, 5, 2), (3, 5, 3)))

    def paired(w: Any, bias: Any, a: Any) -> Any:
        layer = fdnn.dense_of(matrix(w, complex), matrix(bias, complex), g)
        out, _ = fdnn.linear_activation_forward(layer, matrix(a, complex))
        return (dA * array_of(out)).sum()

    layer = fdnn.dense_of(matrix(W), matrix(b), g)
    _, cache = fdnn.linear_activation_forward(layer, matrix(A))
    assert from_kinks(g, array_of(cache.Z)) > KINK
    gradient, dA_prev = fdnn.linear_activation_backward(cache, matrix(dA))

    dWb = array_of(gradient.arrays[0])
    require_close(dWb[:, :-1], slopes(lambda w: paired(w, b, A), W).reshape(W.shape))
    require_close(dWb[:, -1:], slopes(lambda c: paired(W, c, A), b).reshape(b.shape))
    require_close(array_of(dA_prev), slopes(lambda a: paired(W, b, a), A).reshape(A.shape))


# ----------------------------------------------------------------------------------- whole networks


def examples_off_the_kinks(params: Params[*tuple[Any, ...]]) -> Matrix[Any, Any]:
    """Inputs for which no Z is near a kink, where an activation has no derivative."""
    for seed in range(100):
        X = normal(params.axes[0], 3, seed)
        caches = params.forward(X).caches
        if all(from_kinks(c.activation, array_of(c.Z)) > KINK for c in caches):
            return X
    raise AssertionError("no such inputs among the first hundred")


def directions(size: int) -> Array:
    """Two random directions and, for the place of a fault, two single parameters."""
    draw = np.random.default_rng(8)
    return np.concatenate([draw.standard_normal((2, size)), np.eye(size)[[0, -1]]])


def require_gradient(params: Params[*tuple[Any, ...]], cost: Cost) -> None:
    """The derivative of J along a direction is the inner product of gradient and direction."""
    X = examples_off_the_kinks(params)
    Y = labels_for(cost, params.axes[-1], 3)
    gradient = params.forward(X).gradient(Y, cost).vector
    complex_X = matrix(array_of(X), complex)

    for direction in directions(params.vector.size):
        moved = params.astype(complex).with_vector(params.vector + 1j * STEP * direction)
        losses = array_of(cost.losses(moved(complex_X), Y))
        by_step = np.imag(losses.sum() / 3) / STEP
        scale = max(1.0, float(np.abs(gradient) @ np.abs(direction)))
        assert abs(gradient @ direction - by_step) <= CLOSE * scale


DEEPLY = ("squared_error", "binary_cross_entropy", "categorical_cross_entropy")


@pytest.mark.parametrize(
    ("last", "cost", "depth"),
    [(*pair, L) for pair in sorted(LEGAL) for L in (range(1, 7) if pair[1] in DEEPLY else [2])],
)
def test_the_gradient_of_a_network_is_the_derivative_of_its_cost(
    last: str, cost: str, depth: int
) -> None:
    require_gradient(network(depth, ACTIVATIONS[last]), COSTS[cost])


@ACTIVATION
def test_the_gradient_is_right_behind_every_hidden_activation(g: Activation) -> None:
    require_gradient(network(3, fdnn.softmax, g), fdnn.categorical_cross_entropy)


def test_every_single_parameter_has_the_right_derivative() -> None:
    params, cost = network(3, fdnn.sigmoid, fdnn.relu), fdnn.binary_cross_entropy
    X, Y = examples_off_the_kinks(params), labels_for(cost, 3, 3)

    def cost_at(vector: Matrix[Any, Any]) -> Any:
        moved = params.astype(complex).with_vector(array_of(vector)[0])
        return array_of(cost.losses(moved(matrix(array_of(X), complex)), Y)).sum() / 3

    by_step = slopes(cost_at, params.vector.reshape(1, -1)).ravel()
    require_close(params.forward(X).gradient(Y, cost).vector, by_step)


def test_the_pullback_of_a_network_reaches_its_inputs() -> None:
    params = network(4, fdnn.tanh, fdnn.leaky_relu)
    X, dA = examples_off_the_kinks(params), array_of(normal(3, 3, 9))

    def paired(x: Matrix[Any, Any]) -> Any:
        return (dA * array_of(params.astype(complex)(x))).sum()

    _, dX = params.forward(X).pullback(matrix(dA))
    require_close(array_of(dX), slopes(paired, array_of(X)).reshape(array_of(X).shape))


def test_central_differences_agree_as_far_as_they_can() -> None:
    params, cost = network(2, fdnn.softmax), fdnn.categorical_cross_entropy
    X, Y = normal(4, 3), labels_for(cost, 3, 3)
    gradient = params.forward(X).gradient(Y, cost).vector
    h = 1e-6
    for direction in directions(params.vector.size):
        J_after, J_before = (
            params.with_vector(params.vector + s * h * direction).forward(X).cost(Y, cost)
            for s in (1.0, -1.0)
        )
        slope = (J_after - J_before) / (2 * h)
        assert slope == pytest.approx(gradient @ direction, rel=1e-7, abs=1e-8)


# ----------------------------------------------------------------------------------- legal pairings


@pytest.mark.parametrize(("last", "cost"), PAIRINGS)
def test_a_cost_follows_only_outputs_that_it_has_a_loss_for(last: str, cost: str) -> None:
    params, J = network(2, ACTIVATIONS[last]), COSTS[cost]
    trace, Y = params.forward(normal(4, 3)), labels_for(J, 3, 3)

    if (last, cost) in LEGAL:
        assert np.isfinite(trace.cost(Y, J))
        return
    low, high = ACTIVATIONS[last].image
    expected = "of both signs" if cost == "hinge" else f"in [0, {J.domain[1]:g}]"
    sentence = (
        f"the last activation, {last}, gives values in [{low:g}, {high:g}], "
        f"expected values {expected}: {J.name}"
    )
    for where, ask in (("cost", trace.cost), ("gradient", trace.gradient)):
        with pytest.raises(ArgumentError) as refusal:
            ask(Y, J)
        assert str(refusal.value) == f"{where}: {sentence}"
