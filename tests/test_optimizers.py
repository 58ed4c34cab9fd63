"""The optimizers follow their papers, written here once more in plain NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fdnn import Adam, GradientDescent, Grads, KindError, Momentum, Optimizer, Params
from fdnn.matrix import Array
from tests.strategies import LAW, cat_network

Trajectory = list[Array]


def followed(optimizer: Optimizer, gradient: Callable[[Array], Array], steps: int) -> Trajectory:
    """Where the parameters go under fdnn's optimizer."""
    params: Params[Any, Any, Any] = cat_network()
    state, places = optimizer.init(params), [params.vector]
    for _ in range(steps):
        grads = Grads(params.architecture, gradient(params.vector))
        updates, state = optimizer.update(grads, state, params)
        params = params + updates
        places.append(params.vector)
    assert state.count == steps
    return places


def bowl(w: Array) -> Array:
    """The gradient of a bowl that is steep one way and flat the other, with a wave in it."""
    steepness = np.linspace(0.01, 3.0, w.size)
    return steepness * w + 0.1 * np.sin(7.0 * w)


def require_same(found: Trajectory, expected: Trajectory) -> None:
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def test_gradient_descent_follows_cauchy() -> None:
    w = cat_network().vector
    expected = [w]
    for _ in range(50):
        w = w - 0.3 * bowl(w)
        expected.append(w)

    require_same(followed(GradientDescent(0.3), bowl, 50), expected)


def test_gradient_descent_on_a_bowl_has_a_closed_form() -> None:
    """On `a w^2 / 2`, `w_t = (1 - rate * a)^t w_0`."""
    places = followed(GradientDescent(0.25), lambda w: 2.0 * w, 50)

    for t, place in enumerate(places):
        np.testing.assert_array_equal(place, 0.5**t * places[0])


def test_momentum_follows_polyak() -> None:
    """Polyak's own form has no velocity: `w_(t+1) = w_t - a f'(w_t) + b (w_t - w_(t-1))`."""
    w = cat_network().vector
    before, expected = w, [w]
    for _ in range(50):
        w, before = w - 0.05 * bowl(w) + 0.8 * (w - before), w
        expected.append(w)

    require_same(followed(Momentum(0.05, 0.8), bowl, 50), expected)


def test_momentum_of_a_constant_gradient_has_a_closed_form() -> None:
    """The velocity is the geometric sum `(1 - beta^t) / (1 - beta)` of the gradient."""
    places = followed(Momentum(0.1, 0.9), np.ones_like, 50)

    for t in range(50):
        velocity = (1.0 - 0.9 ** (t + 1)) / (1.0 - 0.9)
        np.testing.assert_allclose(places[t] - places[t + 1], 0.1 * velocity, rtol=1e-12)


def test_without_memory_momentum_is_gradient_descent() -> None:
    require_same(followed(Momentum(0.3, 0.0), bowl, 9), followed(GradientDescent(0.3), bowl, 9))


def test_adam_follows_kingma_and_ba() -> None:
    """Algorithm 1, number by number."""
    alpha, beta1, beta2, epsilon = 0.02, 0.8, 0.99, 1e-6
    theta = cat_network().vector.copy()
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    expected = [theta.copy()]
    for t in range(1, 51):
        g = bowl(theta)
        for i in range(theta.size):
            m[i] = beta1 * m[i] + (1 - beta1) * g[i]
            v[i] = beta2 * v[i] + (1 - beta2) * g[i] ** 2
            m_hat, v_hat = m[i] / (1 - beta1**t), v[i] / (1 - beta2**t)
            theta[i] -= alpha * m_hat / (np.sqrt(v_hat) + epsilon)
        expected.append(theta.copy())

    require_same(followed(Adam(alpha, beta1, beta2, epsilon), bowl, 50), expected)


@LAW
@given(size=st.floats(1e-3, 1e3), rate=st.floats(1e-4, 1.0))
def test_the_first_step_of_adam_is_the_rate_towards_the_sign(size: float, rate: float) -> None:
    signs = np.where(np.arange(cat_network().vector.size) % 2, 1.0, -1.0)
    before, after = followed(Adam(rate), lambda _: size * signs, 1)

    np.testing.assert_allclose(before - after, rate * signs * size / (size + 1e-8), rtol=1e-11)


def test_adam_under_a_constant_gradient_keeps_its_pace() -> None:
    """The corrected moments of a constant are the constant, so every step is `rate`."""
    places = followed(Adam(0.01), np.ones_like, 30)

    np.testing.assert_allclose(np.diff(places, axis=0), -0.01, rtol=1e-7)


def test_the_defaults_are_those_of_the_papers() -> None:
    assert (Adam().rate, Adam().beta1, Adam().beta2, Adam().epsilon) == (0.001, 0.9, 0.999, 1e-8)
    assert Momentum(0.1).beta == 0.9


@pytest.mark.parametrize(
    ("optimizer", "other", "sentence"),
    [
        (Momentum(0.1), Adam(), "Momentum: the state has 2 moments, expected 1"),
        (Adam(), Momentum(0.1), "Adam: the state has 1 moments, expected 2"),
        (Adam(), GradientDescent(0.1), "Adam: the state has 0 moments, expected 2"),
    ],
    ids=["momentum", "adam", "adam of descent"],
)
def test_the_state_of_another_optimizer_is_refused(
    optimizer: Optimizer, other: Optimizer, sentence: str
) -> None:
    params = cat_network()
    grads = Grads(params.architecture, params.vector)
    with pytest.raises(KindError) as refusal:
        optimizer.update(grads, other.init(params), params)
    assert str(refusal.value) == f"{sentence}: it is of another optimizer"
