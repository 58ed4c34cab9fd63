"""Modifiers, and the staged form of every optimizer against its equations."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fdnn
from fdnn import (
    LBFGS,
    AdaGrad,
    Adam,
    AdamW,
    ArgumentError,
    Averaged,
    ClippedByNorm,
    ClippedByValue,
    Decayed,
    GradientDescent,
    Grads,
    KindError,
    Learner,
    Lion,
    MaxNorm,
    Momentum,
    NAdam,
    Nesterov,
    Optimizer,
    OptimizerState,
    Params,
    RMSProp,
    StepDecay,
    Warmup,
    iterate,
    mlp,
    run,
)
from fdnn.matrix import Array
from fdnn.modifiers import length_of, weight_matrices
from fdnn.plan.optimizers import staged_update
from tests.strategies import LAW, cat_batch, cat_network

stairs = StepDecay(0.05, 2, 0.5)

PLAIN: list[Optimizer] = [
    GradientDescent(0.05),
    Momentum(0.05, 0.8),
    Nesterov(0.05, 0.8),
    AdaGrad(0.02),
    RMSProp(0.02),
    Adam(0.01),
    AdamW(0.01, 0.3),
    NAdam(0.01),
    Lion(0.01),
    LBFGS(0.2, 3),
]
SCHEDULED: list[Optimizer] = [
    GradientDescent(stairs),
    Momentum(stairs),
    Nesterov(stairs),
    AdaGrad(stairs),
    RMSProp(stairs),
    Adam(stairs),
    AdamW(stairs, 0.3),
    NAdam(stairs),
    Lion(Warmup(0.1, 50)),
    LBFGS(stairs),
]


def modified(optimizer: Optimizer) -> list[Optimizer]:
    """An optimizer under each modifier, and under all of them."""
    return [
        ClippedByNorm(optimizer, 0.5),
        ClippedByNorm(optimizer, 1e6),
        ClippedByValue(optimizer, 0.3),
        Decayed(optimizer, 0.3),
        MaxNorm(optimizer, 0.7),
        Averaged(optimizer, 0.8),
        Averaged(MaxNorm(Decayed(ClippedByValue(ClippedByNorm(optimizer, 0.5), 0.2), 0.1), 0.9)),
    ]


ALL = [*PLAIN, *SCHEDULED]
ALL += [
    m for inner in (GradientDescent(0.05), Momentum(stairs), Adam(0.01)) for m in modified(inner)
]


# ------------------------------------------------------------------------------- the staged forms


@LAW
@given(
    optimizer=st.sampled_from(ALL),
    dtype=st.sampled_from(["float32", "float64"]),
    seed=st.integers(0, 2**20),
    steps=st.integers(1, 4),
    sizes=st.sampled_from([(1, 1), (4, 3, 2), (3, 3, 3, 1)]),
)
def test_a_staged_update_is_the_update(
    optimizer: Optimizer, dtype: str, seed: int, steps: int, sizes: tuple[int, ...]
) -> None:
    """From the same gradient and moments the same, within a few eps of what is added up."""
    require_same_update(optimizer, dtype, seed, steps, sizes)


@pytest.mark.parametrize("optimizer", ALL, ids=repr)
def test_a_staged_update_of_many_parameters_is_the_update(optimizer: Optimizer) -> None:
    """So many that they are updated a block at a time."""
    require_same_update(optimizer, "float64", 1, 3, (300, 300, 10))


def require_same_update(
    optimizer: Optimizer, dtype: str, seed: int, steps: int, sizes: tuple[int, ...]
) -> None:
    draw = np.random.default_rng(seed)
    net = mlp(sizes, fdnn.tanh, fdnn.sigmoid)
    params: Any = Params(net, draw.standard_normal(net.size).astype(dtype))
    form = staged_update(optimizer, net, np.dtype(dtype))
    assert form is not None
    factor, update = form
    state = optimizer.init(params)
    limit = 200.0 * float(np.finfo(dtype).eps)

    for _ in range(steps):
        g = (draw.standard_normal(net.size) * 10.0 ** draw.uniform(-2, 1)).astype(dtype)
        updates, expected = optimizer.update(Grads(net, g), state, params)
        moved = (params + updates).vector

        found = (g * np.array(factor, dtype)).astype(dtype)
        before = tuple(moment.vector for moment in state.moments)
        moments = update(params.vector, found, before, state.count)

        assert found.dtype == moved.dtype
        scale = np.abs(params.vector) + largest(updates.vector) + 1e-30
        assert (np.abs(found - moved) <= limit * scale).all()
        for ours, theirs in zip(moments, expected.moments, strict=True):
            assert ours.dtype == theirs.dtype
            assert largest(ours - theirs.vector) <= limit * (largest(theirs.vector) + 1e-30)
        params, state = params + updates, expected


def largest(array: Array) -> float:
    return float(np.abs(array).max(initial=0.0))


def test_a_modifier_of_an_optimizer_without_a_staged_form_takes_its_equations() -> None:
    class Plain(Momentum):
        def init(self, params: Any, /) -> Any:
            return super().init(params)

    optimizer = Averaged(ClippedByNorm(Plain(0.1), 0.1))
    assert staged_update(optimizer, cat_network().architecture, np.dtype(float)) is None

    learner = Learner(fdnn.categorical_cross_entropy, optimizer)
    known = Learner(fdnn.categorical_cross_entropy, Averaged(ClippedByNorm(Momentum(0.1), 0.1)))
    ends = [
        run(l.step(cat_network())(cat_batch()), l.start(cat_network()), 5) for l in (learner, known)
    ]
    np.testing.assert_allclose(ends[0].params.vector, ends[1].params.vector, rtol=1e-12)


# ------------------------------------------------------------------------------------- their laws


def one_update(optimizer: Optimizer, g: Array) -> tuple[Array, OptimizerState[Any, Any, Any]]:
    params = cat_network()
    updates, state = optimizer.update(Grads(params.architecture, g), optimizer.init(params), params)
    return updates.vector, state


@LAW
@given(scale=st.floats(1e-3, 1e3), norm=st.floats(1e-2, 1e2))
def test_a_clipped_gradient_has_its_direction_and_no_more_than_the_norm(
    scale: float, norm: float
) -> None:
    g = scale * cat_network().vector
    update, _ = one_update(ClippedByNorm(GradientDescent(1.0), norm), g)
    length = float(np.linalg.norm(g))
    np.testing.assert_allclose(-update, g * min(1.0, norm / length), rtol=1e-12)


def test_decay_leaves_the_biases_alone() -> None:
    params = cat_network()
    update, _ = one_update(Decayed(GradientDescent(0.5), 0.1), np.zeros(params.vector.size))
    weights = params.architecture.weights
    assert 0 < weights.sum() < weights.size
    np.testing.assert_allclose(update[weights], -0.05 * params.vector[weights], rtol=1e-14)
    assert (update[~weights] == 0.0).all()


def test_adamw_is_adam_decayed() -> None:
    params = cat_network()
    for rate in (0.01, stairs):
        one, other = AdamW(rate, 0.3), Decayed(Adam(rate), 0.3)
        assert (
            one_update(one, params.vector)[0].tolist()
            == one_update(other, params.vector)[0].tolist()
        )


@pytest.mark.parametrize("norm", [0.1, 0.9, 100.0])
def test_under_max_norm_no_unit_has_longer_weights(norm: float) -> None:
    params = cat_network()
    update, _ = one_update(MaxNorm(GradientDescent(0.1), norm), params.vector)
    plain, _ = one_update(GradientDescent(0.1), params.vector)
    moved, free = params.vector + update, params.vector + plain

    for ours, theirs in zip(
        weight_matrices(params.architecture, moved),
        weight_matrices(params.architecture, free),
        strict=True,
    ):
        lengths = np.linalg.norm(theirs, axis=1, keepdims=True)
        np.testing.assert_allclose(ours, theirs * np.minimum(1.0, norm / lengths), rtol=1e-12)
    biases = ~params.architecture.weights
    np.testing.assert_allclose(moved[biases], free[biases], rtol=1e-15)


def test_an_average_does_not_change_the_run_and_is_the_sum_of_all_of_it() -> None:
    """`a_n = beta^n W_0 + (1 - beta) sum_t beta^(n - t) W_t`."""
    params, batch = cat_network(), cat_batch()
    averaged = Averaged(Adam(0.05), 0.7)
    plain, with_it = (
        list(islice(iterate(l.step(params)(batch))(l.start(params)), 6))
        for l in (
            Learner(fdnn.categorical_cross_entropy, Adam(0.05)),
            Learner(fdnn.categorical_cross_entropy, averaged),
        )
    )
    for one, other in zip(plain, with_it, strict=True):
        assert one.params == other.params

    places = [state.params.vector for state in plain]
    expected = 0.7**5 * places[0]
    expected = expected + sum(0.3 * 0.7 ** (5 - t) * places[t] for t in range(1, 6))
    average = averaged.average(with_it[-1].optimizer)
    np.testing.assert_allclose(average.vector, expected, rtol=1e-12)


def test_the_average_of_another_optimizers_state_is_refused() -> None:
    averaged, params = Averaged(Adam()), cat_network()
    for other in (Adam(), GradientDescent(0.1), Averaged(Momentum(0.1))):
        with pytest.raises(KindError, match=r"average: the state has \d moments, expected 3"):
            averaged.average(other.init(params))


@LAW
@given(over=st.floats(1e-9, 1e-2))
def test_a_unit_barely_too_long_is_shortened_too(over: float) -> None:
    params = fdnn.initialize(mlp([4, 3]), rng=0)
    W = np.zeros((3, 5))
    W[:, :4] = np.eye(3, 4) * (0.7 * (1.0 + over))
    long = params.with_vector(W.reshape(-1))
    optimizer = MaxNorm(GradientDescent(0.1), 0.7)
    none = Grads(params.architecture, np.zeros_like(params.vector))
    updates, _ = optimizer.update(none, optimizer.init(long), long)
    (found,) = weight_matrices(params.architecture, (long + updates).vector)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 0.7, rtol=1e-14)


@pytest.mark.parametrize("modifier", [Decayed, MaxNorm])
def test_an_average_within_what_moves_the_parameters_is_refused(modifier: Any) -> None:
    with pytest.raises(ArgumentError, match="the average is of the parameters as they are"):
        modifier(ClippedByNorm(Averaged(Adam()), 1.0), 0.1)


def test_rate_and_end_are_those_of_the_optimizer_within() -> None:
    optimizer = Averaged(Decayed(ClippedByNorm(Adam(Warmup(1.0, 4)), 1.0), 0.1))
    assert (optimizer.end, optimizer.rate_at(1)) == (4, 0.25)


@pytest.mark.parametrize("optimizer", modified(Momentum(0.1)), ids=repr)
def test_a_modifier_never_trains_in_the_span(optimizer: Optimizer) -> None:
    params, batch = cat_network(), cat_batch()
    choice = Learner(fdnn.categorical_cross_entropy, optimizer).step(params)(batch).choice
    assert not choice.in_span
    assert "not linear in the gradient" in choice.why


# -------------------------------------------------------------------------------------- L-BFGS


def test_lbfgs_needs_a_few_steps_for_a_quadratic_that_descent_never_ends_on() -> None:
    """On `w^T A w / 2` with as many pairs as there are axes, it is near Newton's method."""
    params: Any = cat_network()
    A = np.linspace(0.01, 10.0, params.vector.size)
    optimizer = LBFGS(1.0, 30)
    state = optimizer.init(params)
    for _ in range(60):
        updates, state = optimizer.update(
            Grads(params.architecture, A * params.vector), state, params
        )
        params = params + updates
    assert largest(params.vector) < 1e-6


@LAW
@given(size=st.floats(1e-6, 1e6), rate=st.floats(0.01, 2.0))
def test_the_first_step_of_lbfgs_is_no_longer_than_its_rate(size: float, rate: float) -> None:
    """`-rate * g`, over `sum |g|` where that is more than 1."""
    params = cat_network()
    n = params.vector.size
    g = size / n * np.where(np.arange(n) % 2, 1.0, -1.0)
    optimizer = LBFGS(rate)
    updates, _ = optimizer.update(Grads(params.architecture, g), optimizer.init(params), params)
    np.testing.assert_allclose(updates.vector, -rate * g / max(1.0, size), rtol=1e-12)


def test_a_pair_without_curvature_is_not_kept() -> None:
    params = cat_network()
    optimizer = LBFGS(0.1, 2)
    state = optimizer.init(params)
    same = Grads(params.architecture, np.ones_like(params.vector))
    for _ in range(3):  # the gradient does not change: y = 0
        _, state = optimizer.update(same, state, params)
    assert not any(moment.vector.any() for moment in state.moments[2:])


@pytest.mark.parametrize(("dtype", "scale"), [("float32", 1e25), ("float64", 1e200)])
def test_a_gradient_whose_squares_overflow_is_clipped_to_the_norm(dtype: str, scale: float) -> None:
    """By hand and in a stream: the step is as long as the norm says, and not 0."""
    params = cat_network().astype(dtype)
    grads = params.weights.with_vector(np.full(params.vector.shape, scale, dtype))
    clipped = ClippedByNorm(fdnn.GradientDescent(1.0), 0.5)
    update, _ = clipped.update(grads, clipped.init(params), params)
    assert float(np.linalg.norm(update.vector)) == pytest.approx(0.5, rel=1e-5)
    assert length_of(grads.vector) == pytest.approx(scale * len(update.vector) ** 0.5, rel=1e-5)


@pytest.mark.parametrize(
    "around",
    [lambda kind: fdnn.Decayed(kind, 0.1), lambda kind: MaxNorm(kind, 1.0)],
    ids=["decayed", "max norm"],
)
def test_what_remembers_its_own_steps_is_not_moved_by_others(
    around: Callable[[Optimizer], Optimizer],
) -> None:
    with pytest.raises(fdnn.ArgumentError, match="optimizer is LBFGS"):
        around(fdnn.LBFGS(0.5))
    assert fdnn.Averaged(fdnn.LBFGS(0.5), 0.9).optimizer == fdnn.LBFGS(0.5)
