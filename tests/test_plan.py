"""The plan computes what the equations say: in any network, from any state, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from itertools import islice, pairwise
from typing import Any, ClassVar

import attrs
import numpy as np
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from typeguard import suppress_type_checks

import fdnn
from fdnn import (
    Activation,
    Adam,
    ArgumentError,
    Batch,
    Context,
    Cost,
    Dim,
    DivergenceError,
    DtypeError,
    GradientDescent,
    Grads,
    Key,
    KindError,
    Layer,
    Learner,
    Matrix,
    Momentum,
    Optimizer,
    OptimizerState,
    Params,
    ShapeError,
    State,
    Step,
    iterate,
    propagation,
)
from fdnn import matrix as mx
from fdnn.activations import StagedActivation
from fdnn.axes import Axes, C, F, M, One, Out, R
from fdnn.batches import minibatch, order
from fdnn.matrix import Array, freeze, is_frozen
from fdnn.modifiers import parts_of
from fdnn.names import COSTS
from fdnn.optimizers import StagedUpdate, zero_moment
from fdnn.plan.activations import staged_activation, works_in_place
from fdnn.plan.buffers import Scratch, hidden_axis
from fdnn.plan.costs import staged_cost
from fdnn.plan.examples import gathered, minibatches
from fdnn.plan.layers import every_layer
from fdnn.records import StagedMap, grads_of
from tests import strategies
from tests.own_layers import Dropout, LayerNorm, Mask, layer_norm
from tests.strategies import (
    BINARY,
    CATEGORICAL,
    EXTREMES,
    LAW,
    array_of,
    binary_labels,
    class_labels,
    logits,
    matrix,
)

TOLERANCE = 100
"""How many eps of the dtype the plan and the equations may be apart."""

UNSHRUNK = (Phase.explicit, Phase.generate)
MORE = settings(LAW, max_examples=100, phases=UNSHRUNK)
FEWER = settings(LAW, max_examples=6, phases=UNSHRUNK)

AnyState = State[*tuple[Any, ...]]
AnyStep = Step[*tuple[Any, ...]]


# ----------------------------------------------------------- kinds of one's own, staged and not


@attrs.frozen
class PureSoftplus(Activation):
    """`g(z) = log(1 + e^z)`, without a staged form."""

    name: ClassVar[str] = "softplus"
    image: ClassVar[tuple[float, float]] = (0.0, math.inf)

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return mx.maximum(Z, 0.0) + mx.log1p(mx.exp(-mx.maximum(Z, -Z)))

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        return dA * fdnn.sigmoid(Z)


@attrs.frozen
class OwnSoftsign(Activation):
    """`g(z) = z / (1 + |z|)`, with its own staged form."""

    name: ClassVar[str] = "softsign"
    image: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return Z / (1.0 + mx.maximum(Z, -Z))

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        D = 1.0 + mx.maximum(Z, -Z)
        return dA / (D * D)

    def staged(self, Z: Array, A: Array, dA: Array, /) -> StagedActivation:
        D = np.empty_like(Z)

        def forward() -> None:
            np.absolute(Z, D)
            np.add(D, 1.0, D)
            np.divide(Z, D, A)

        def backward() -> None:
            np.multiply(D, D, D)
            np.divide(dA, D, dA)

        return forward, backward


@attrs.frozen
class Exp(Activation):
    """`g(z) = e^z`."""

    name: ClassVar[str] = "exp"
    image: ClassVar[tuple[float, float]] = (0.0, math.inf)

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return mx.exp(Z)

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        return dA * A


@attrs.frozen
class Counts(Cost):
    """`L = sum_i (a_i - y_i log a_i)`, link exp, without a staged form."""

    name: ClassVar[str] = "counts"
    link: ClassVar[Activation | None] = Exp()
    domain: ClassVar[tuple[float, float]] = (0.0, math.inf)

    def losses(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        return mx.sum_rows(A - Y * mx.log(A))

    def derivative(self, A: Matrix[R, C], Y: Matrix[R, C], /) -> Matrix[R, C]:
        return 1.0 - Y / A

    def losses_from_logits(self, Z: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        return mx.sum_rows(mx.exp(Z) - Y * Z)

    def require_labels(self, where: str, Y: Matrix[Out, M], /) -> None:
        """They are not negative, by the strategy."""


@attrs.frozen
class StagedCounts(Counts):
    """The same with its own staged form."""

    def staged(self, Z: Array, Y: Array, dZ: Array, scale: float, /) -> Callable[[], float]:
        def head() -> float:
            np.exp(Z, dZ)
            J = float(np.sum(dZ - Y * Z)) / len(Z.T)
            np.subtract(dZ, Y, dZ)
            np.multiply(dZ, scale, dZ)
            return J

        return head


@attrs.frozen
class LookAhead(Optimizer):
    """Nesterov's momentum as a user would write it, without a staged form."""

    rate: float
    beta: float = 0.8
    name: ClassVar[str] = "look_ahead"

    def init(self, params: Params[*Axes], /) -> OptimizerState[*Axes]:
        return OptimizerState(params.architecture, 0, (zero_moment(params),))

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        (v,) = state.moments
        v = self.beta * v + grads
        return -self.rate * (grads + self.beta * v), state.next(v)


@attrs.frozen
class StagedLookAhead(LookAhead):
    """The same with its own staged form."""

    def staged(self) -> StagedUpdate:
        def update(
            parameters: Array, gradient: Array, moments: tuple[Array, ...], _count: int
        ) -> tuple[Array, ...]:
            v = self.beta * moments[0] + 4.0 * gradient
            np.subtract(parameters, self.rate * (4.0 * gradient + self.beta * v), gradient)
            return (v,)

        return 0.25, update


@attrs.frozen
class Quartic(fdnn.Regularizer):
    """`strength * sum W^4`, without a staged form."""

    strength: float
    name: ClassVar[str] = "quartic"

    def penalty(self, params: Params[*Axes], /) -> float:
        return float(self.strength * np.sum(params.weights.vector**4))

    def gradient(self, params: Params[*Axes], /) -> Grads[*Axes]:
        return Grads(params.architecture, 4.0 * self.strength * params.weights.vector**3)


@attrs.frozen
class StagedDropout(Dropout[F]):
    """Dropout with its own staged form."""

    def staged(self, A: Array, Z: Array, dZ: Array, dA: Array | None, /) -> StagedMap:
        mask, kept = np.empty_like(A), 1.0 / (1.0 - self.rate)

        def forward(_arrays: Sequence[Array], context: Context) -> None:
            drawn = array_of(context.uniform(matrix(A)))
            np.multiply(drawn >= self.rate, kept, mask, casting="same_kind")
            np.multiply(A, mask, Z)

        def backward(_arrays: Sequence[Array], _gradients: Sequence[Array]) -> None:
            if dA is not None:
                np.multiply(dZ, mask, dA)

        return forward, backward


@attrs.frozen
class StagedLayerNorm(LayerNorm[F]):
    """Layer normalisation with its own staged form."""

    def staged(self, A: Array, Z: Array, dZ: Array, dA: Array | None, /) -> StagedMap:
        N, deviation = np.empty_like(A), np.empty_like(A[:1])

        def forward(arrays: Sequence[Array], _context: Context) -> None:
            gain, shift = arrays
            np.subtract(A, A.mean(axis=0), N)
            deviation[:] = np.sqrt((N * N).mean(axis=0) + self.epsilon)
            np.divide(N, deviation, N)
            np.add(gain * N, shift, Z)

        def backward(arrays: Sequence[Array], gradients: Sequence[Array]) -> None:
            gain, (dgain, dshift) = arrays[0], gradients
            dgain[:, 0], dshift[:, 0] = (dZ * N).sum(axis=1), dZ.sum(axis=1)
            if dA is not None:
                dN = gain * dZ
                dA[:] = (dN - dN.mean(axis=0) - N * (dN * N).mean(axis=0)) / deviation

        return forward, backward


def calm(layer: LayerNorm[F]) -> LayerNorm[F]:
    """Normalisation with an epsilon at which it multiplies no rounding by more than 1 / 0.3."""
    return attrs.evolve(layer, epsilon=0.1)


def staged_layer_norm(features: Dim[F]) -> StagedLayerNorm[F]:
    gain, shift = (mx.blank(features, fdnn.ONE) for _ in range(2))
    return StagedLayerNorm(features, gain, shift)


OWN_LAYERS: tuple[Callable[[Dim[Any]], Layer[Any, Any]], ...] = (
    lambda n: Dropout(n, 0.3),
    lambda n: StagedDropout(n, 0.3),
    lambda n: calm(layer_norm(n)),
    lambda n: calm(staged_layer_norm(n)),
)

CALM = 0.1
"""An epsilon at which normalisation multiplies no rounding by more than 1 / 0.3."""

LIBRARY: tuple[Callable[[Dim[Any]], Layer[Any, Any]], ...] = (
    lambda n: fdnn.dropout(n, 0.3),
    lambda n: fdnn.dropout(n, 0.6, fdnn.tanh),
    lambda n: fdnn.batch_norm(n, epsilon=CALM),
    lambda n: fdnn.batch_norm(n, fdnn.tanh, CALM),
    lambda n: fdnn.layer_norm(n, epsilon=CALM),
    lambda n: fdnn.layer_norm(n, fdnn.sigmoid, CALM),
)
"""The kinds of the library that keep their axis."""


@st.composite
def residuals(
    draw: st.DrawFn, features: Dim[Any], activation: Activation = fdnn.identity, depth: int = 0
) -> Layer[Any, Any]:
    """A residual layer whose block has one to three layers, residual ones among them."""
    axis = features
    inner: list[Layer[Any, Any]] = []
    for _ in range(draw(st.integers(0, 2))):
        kind = draw(st.sampled_from(["dense", "library", "own", "residual"]))
        if kind == "dense":
            after = Dim[Any](draw(st.integers(1, 9)))
            inner.append(fdnn.dense(axis, after, draw(st.sampled_from(HIDDEN))))
            axis = after
        elif kind == "residual" and depth < 2:
            inner.append(draw(residuals(axis, depth=depth + 1)))
        else:
            inner.append(draw(st.sampled_from(OWN_LAYERS if kind == "own" else LIBRARY))(axis))
    if axis != features or not inner:
        inner.append(fdnn.dense(axis, features, draw(st.sampled_from(HIDDEN))))
    return fdnn.residual(features, activation)(fdnn.chain(*inner))


ELEMENTWISE = (*strategies.ELEMENTWISE, PureSoftplus(), OwnSoftsign())
HIDDEN = (*(g for g in ELEMENTWISE if g != fdnn.exponential), fdnn.softmax)
"""Not the exponential: one behind another turns rounding into digits.  It stands last, and its
staged form is compared to the bit by itself."""

LAST: dict[Cost, tuple[Activation, ...]] = {
    fdnn.squared_error: (fdnn.identity, *HIDDEN),
    fdnn.binary_cross_entropy: (fdnn.sigmoid, fdnn.softmax),
    fdnn.categorical_cross_entropy: (fdnn.softmax, fdnn.sigmoid),
    fdnn.absolute_error: (fdnn.identity, fdnn.tanh, fdnn.relu),
    fdnn.Huber(0.5): (fdnn.identity, fdnn.tanh, fdnn.sigmoid),
    fdnn.poisson: (fdnn.exponential, fdnn.sigmoid),
    fdnn.hinge: (fdnn.identity, fdnn.tanh),
    fdnn.binary_focal: (fdnn.sigmoid, fdnn.softmax),
    fdnn.categorical_focal: (fdnn.softmax, fdnn.sigmoid),
    fdnn.kl_divergence: (fdnn.softmax, fdnn.sigmoid),
    Counts(): (Exp(), fdnn.sigmoid),
    StagedCounts(): (Exp(), fdnn.sigmoid),
}
"""The last activations of each cost: its link, and others that it can follow."""

OPTIMIZERS: tuple[Optimizer, ...] = (
    GradientDescent(0.05),
    Momentum(0.05, 0.8),
    Adam(0.01),
    LookAhead(0.05),
    StagedLookAhead(0.05),
    fdnn.Nesterov(0.05, 0.8),
    fdnn.AdaGrad(0.002),
    fdnn.RMSProp(0.0002),
    fdnn.AdamW(0.003, 0.3),
    fdnn.NAdam(0.002),
    fdnn.Lion(0.001),
    GradientDescent(fdnn.InverseTime(0.05, 0.1)),
    fdnn.ClippedByNorm(GradientDescent(0.05), 0.1),
    fdnn.Decayed(fdnn.ClippedByValue(Adam(fdnn.InverseTime(0.01, 0.1)), 0.05), 0.3),
    fdnn.Averaged(fdnn.MaxNorm(Momentum(0.05, 0.8), 0.9), 0.8),
)
REGULARIZERS = (fdnn.L2(0.3), fdnn.L1(0.05), fdnn.Elastic(0.02, 0.2), Quartic(0.1))
EACH_OPTIMIZER = pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)


# ------------------------------------------------------------------------- networks and their data


OF_NUMBERS = (fdnn.SquaredError, fdnn.AbsoluteError, fdnn.Huber)


def some_weights(m: int, draw: np.random.Generator) -> Matrix[Any, Any]:
    """Weights of examples, a third of them 0, but not all."""
    weights = draw.choice([0.0, 0.5, 3.0], size=(1, m))
    weights[0, draw.integers(m)] = 1.25
    return matrix(weights)


def some_labels(
    cost: Cost, rows: int, m: int, draw: np.random.Generator, *, is_hard: bool
) -> Array:
    """Labels that the cost accepts, hard or soft."""
    if isinstance(cost, OF_NUMBERS):
        return draw.standard_normal((rows, m))
    if isinstance(cost, CATEGORICAL):
        weights = draw.uniform(0.2, 1.0, (rows, m))
        hard = np.eye(rows)[:, draw.integers(rows, size=m)]
        return hard if is_hard else weights / weights.sum(axis=0)
    if isinstance(cost, (*BINARY, fdnn.Hinge)):
        hard = draw.integers(2, size=(rows, m)).astype(float)
        only_hard = is_hard or isinstance(cost, fdnn.Hinge)
        return hard if only_hard else draw.uniform(0.1, 0.9, (rows, m))
    return draw.integers(4, size=(rows, m)).astype(float)


BATCHES: dict[str, Callable[[Array, Array], Batch[Any, Any, Any]]] = {
    "columns": lambda x, y: fdnn.batch_from_columns(x, y, Dim[Any](len(x)), Dim[Any](len(y))),
    "rows": lambda x, y: fdnn.batch_from_rows(x.T, y.T, Dim[Any](len(x)), Dim[Any](len(y))),
    "by units": lambda x, y: Batch(matrix(x), matrix(y)),
    "by examples": lambda x, y: Batch(matrix(x.T).T, matrix(y.T).T),
}
"""The ways to make a batch, which lie in memory in three ways."""


def begin(
    layers: Sequence[Layer[Any, Any]], seed: int, dtype: str, learner: Learner
) -> tuple[AnyState, fdnn.Architecture[*tuple[Any, ...]]]:
    """A state with biases that are not zero."""
    params = fdnn.initialize(fdnn.chain(*layers), rng=Key(seed), dtype=dtype)
    noise = np.random.default_rng(seed).normal(0.0, 0.1, params.vector.shape).astype(dtype)
    params = params.with_vector(params.vector + noise)
    return learner.start(params, rng=Key(seed)), params.architecture


widths = st.one_of(st.integers(1, 9), st.sampled_from([31, 33, 64, 70]), st.integers(1, 70))


@st.composite
def layer_chains(draw: st.DrawFn, last: Activation) -> list[Layer[Any, Any]]:
    """One to five layers, a dense one among them; the last activation is the one given."""
    depth = draw(st.integers(1, 5))
    may_end_in_own = last == fdnn.identity and depth > 1
    before = Dim[Any](draw(widths))
    layers: list[Layer[Any, Any]] = []

    for place in range(depth):
        is_last = place == depth - 1
        is_due = is_last and not any(type(layer) is fdnn.Dense for layer in layers)
        kind = draw(st.sampled_from(["dense", "dense", "library", "own", "residual"]))
        if kind != "dense" and not is_due and (not is_last or may_end_in_own):
            if kind == "residual":
                layers.append(draw(residuals(before)))
            else:
                layers.append(
                    draw(st.sampled_from(OWN_LAYERS if kind == "own" else LIBRARY))(before)
                )
            continue
        after = Dim[Any](draw(widths))
        g = last if is_last else draw(st.sampled_from(HIDDEN))
        layers.append(fdnn.dense(before, after, g))
        before = after
    return layers


@st.composite
def trainings(draw: st.DrawFn) -> tuple[AnyStep, AnyState]:
    """A step of any architecture, cost, optimizer and dtype, on any batch, and where it starts."""
    cost = draw(st.sampled_from([*LAST]))
    link, *others = LAST[cost]
    last = link if draw(st.booleans()) else draw(st.sampled_from(others))
    layers = draw(layer_chains(last))
    regularizer = draw(st.sampled_from([None, None, *REGULARIZERS]))
    learner = Learner(cost, draw(st.sampled_from(OPTIMIZERS)), regularizer)
    dtype, seed = draw(st.sampled_from(["float32", "float64"])), draw(st.integers(0, 2**20))
    start, architecture = begin(layers, seed, dtype, learner)

    m = draw(st.one_of(st.integers(1, 9), st.sampled_from([33, 64, 130])))
    few = st.integers(1 + m // 4, 1 + m // 2)  # so few that four steps are beyond an epoch
    size = draw(st.one_of(few, st.integers(1, m + 2), st.none()))
    drop_last = draw(st.booleans()) and size is not None and size <= m
    if any(type(layer) is fdnn.BatchNorm for layer in every_layer(layers)):
        # It refuses a mini-batch of one example, and so what is left of an epoch may not be one.
        b = m if size is None else min(size, m)
        assume(b > 1 and (drop_last or m % b != 1))
    random, (inputs, *_, outputs) = np.random.default_rng(seed), architecture.axes
    X = random.standard_normal((int(inputs), m)).astype(dtype)
    Y = some_labels(cost, int(outputs), m, random, is_hard=draw(st.booleans())).astype(dtype)
    weights = array_of(some_weights(m, random)).astype(dtype) if draw(st.booleans()) else None
    way = draw(st.sampled_from(["read", *BATCHES, "read"]))
    if way == "read" and size is not None:
        flat = None if weights is None else weights[0]
        rows = fdnn.Rows(X.T, Y.T, inputs, outputs, np.dtype(dtype), weights=flat)
        return learner.step(architecture).read(rows, size=size, drop_last=drop_last), start

    batch = BATCHES.get(way, BATCHES["rows"])(X, Y)
    if weights is not None:
        batch = attrs.evolve(batch, weights=mx.unnamed(weights))
    bound = learner.step(architecture)
    return bound(batch, size=size, span=False, drop_last=drop_last), start


def examples_of(step: AnyStep, state: AnyState) -> Batch[Any, Any, Any]:
    """The examples that a step meets in a state, by the equations."""
    data, size, place = step.batch, step.size, (state.key, state.step, step.drop_last)
    if isinstance(data, fdnn.Rows):
        assert size is not None
        return data.minibatch(size, *place)
    return data if size is None or size >= data.size else minibatch(data, size, *place)


# --------------------------------------------------------------------- the plan and the equations


def require_agreement(step: AnyStep, before: AnyState, planned: AnyState) -> None:
    """The state of a plan is the one of the equations, within 100 eps of these scales.

    Each sum of `n` products is rounded alike in both, to within a few eps of its largest terms,
    whatever their order.  So, layer by layer and in the largest norm,

        |delta dW| <= c eps |dW|

    with `c` far below 100 for depths and widths such as these.  What follows from it:

    - Gradient descent and momentum are linear: a moment is `v = beta v_before + dW`, so its scale
      is `|v_before| + |v|`; and the parameters are `W_before + U`, of scale `|W_before| + |U|`.
    - Those that divide by the size of past gradients, `U = -rate m / (sqrt(v) + epsilon)`, or take
      a sign, may move far for a gradient that is nothing but rounding.  So `U` is computed twice
      more by the equations, from a gradient that is moved by `limit |dW|` either way, and may be
      off by twice what lies between.
    - Where a gradient is clipped, or is the sum `dW + dP` of those of cost and penalty, which may
      cancel, `v` and `U` may be smaller than what was rounded.  Then both are computed so, from a
      gradient that is moved by `limit (|dW| + |dP|)`.
    - Normalisation takes a shift and a scale out of what comes before it, and from the way back
      with them; what is left of a gradient may be nothing but rounding, which is relative to what
      there was before: then `|dW|` is that of all layers together.
    - `J` is a mean of losses of one sign, each good to a few eps of itself, of logits that are good
      to a few eps of the largest, and a penalty `P`, a sum of numbers of one sign:
      `|delta J| <= c eps (|J - P| + P + sum |dZ| (1 + |Z|))`.
    """
    expected, optimizer = step(before), step.learner.optimizer
    assert (planned.step, planned.key) == (expected.step, expected.key)
    assert planned.optimizer.count == expected.optimizer.count
    assert planned.params.dtype == expected.params.dtype
    limit = TOLERANCE * float(np.finfo(expected.params.dtype).eps)

    with np.errstate(all="ignore"):
        J, scale = cost_and_scale(step, before)
    assert expected.cost == J
    assert abs(planned.cost - expected.cost) <= limit * scale

    edges = (0, *expected.params.architecture.ends)
    whole = slice(None) if normalizes(expected.params.architecture) else None
    kinds = {type(within) for within in parts_of(optimizer)}
    is_apart = step.learner.regularizer is not None or fdnn.ClippedByValue in kinds
    with np.errstate(all="ignore"):
        gradients = gradients_of(step, before)
    vectors = [state.params.vector for state in (before, planned, expected)]
    moments = [state.optimizer.moments for state in (before, planned, expected)]

    for part in (slice(start, end) for start, end in pairwise(edges)):
        around = whole or part
        moved, remembered = 0.0, [0.0] * len(moments[0])
        if is_apart or not kinds.isdisjoint(ADAPTIVE):
            moved, *remembered = shifts_of(optimizer, gradients, before, part, around, limit)
        for v_before, found, v, shift in zip(*moments, remembered, strict=True):
            scale = largest(v_before.vector[around]) + largest(v.vector[around])
            reach = limit * scale + (largest(shift) if is_apart else 0.0)
            assert largest((found - v).vector[part]) <= reach
        W, W_planned, W_expected = vectors
        reach = limit * (largest(W[part]) + largest((W_expected - W)[around])) + moved
        assert (np.abs(W_planned - W_expected)[part] <= reach).all()


def largest(array: Array) -> float:
    return float(np.max(np.abs(array), initial=0.0))


def cost_and_scale(step: AnyStep, state: AnyState) -> tuple[float, float]:
    """`J` by the equations, and what its rounding is relative to."""
    batch, cost, regularizer = examples_of(step, state), step.learner.cost, step.learner.regularizer
    context = Context(training=True, key=state.key.at(state.step))
    last = propagation.forward(state.params.layers, batch.X, context)[-1]
    weights = () if batch.weights is None else (batch.weights,)
    J, dZ = cost.value(last, batch.Y, *weights), array_of(cost.gradient(last, batch.Y, *weights))
    P = 0.0 if regularizer is None else regularizer.penalty(state.params)
    assert P >= 0.0
    return J + P, abs(J) + P + float(np.abs(dZ).sum()) * (1.0 + largest(array_of(last.Z)))


def normalizes(architecture: fdnn.Architecture[*tuple[Any, ...]]) -> bool:
    kinds = (fdnn.BatchNorm, fdnn.LayerNorm, LayerNorm)
    return any(isinstance(layer, kinds) for layer in every_layer(architecture.layers))


ADAPTIVE = {fdnn.AdaGrad, fdnn.RMSProp, fdnn.Adam, fdnn.AdamW, fdnn.NAdam, fdnn.Lion}


def gradients_of(step: AnyStep, state: AnyState) -> list[Grads[*tuple[Any, ...]]]:
    """The gradients by the equations: that of the cost, and that of the penalty if there is one."""
    batch, context = examples_of(step, state), Context(True, state.key.at(state.step))
    learner, params = step.learner, state.params
    weights = () if batch.weights is None else (batch.weights,)
    caches = propagation.forward(params.layers, batch.X, context)
    dZ = learner.cost.gradient(caches[-1], batch.Y, *weights)
    dW: Any = grads_of(params.architecture, propagation.gradients(caches, dZ))
    return [dW] if learner.regularizer is None else [dW, learner.regularizer.gradient(params)]


def shifts_of(
    optimizer: Optimizer,
    gradients: Sequence[Grads[*tuple[Any, ...]]],
    before: AnyState,
    part: slice,
    around: slice,
    limit: float,
) -> list[Any]:
    """How far each parameter of a part may move, and each of its moments.

    Twice what lies between those of two gradients, moved by `limit` of the gradients either way.
    """
    total = sum(gradient.vector for gradient in gradients)
    scale = sum(largest(gradient.vector[around]) for gradient in gradients)
    moved: list[list[Array]] = []
    for sign in (-1.0, 1.0):
        near = np.array(total)
        near[part] += np.array(sign * limit * scale, near.dtype)
        grads = gradients[0].with_vector(near)
        updates, after = optimizer.update(grads, before.optimizer, before.params)
        moved.append([each.vector[part].astype(float) for each in (updates, *after.moments)])
    return [2.0 * np.abs(a - b) for a, b in zip(*moved, strict=True)]


def require_no_kink(step: AnyStep, state: AnyState) -> None:
    """Draw again where a unit stands so near its kink that rounding decides for one side."""
    context = Context(training=True, key=state.key.at(state.step))
    batch = examples_of(step, state)
    caches = propagation.forward(state.params.layers, batch.X, context)
    for cache in caches:
        Z = array_of(cache.Z)
        reach = 32.0 * np.finfo(Z.dtype).eps * max(1.0, largest(Z))
        assume(strategies.from_kinks(cache.activation, Z) > reach)
    A, Y = array_of(caches[-1].A), array_of(batch.Y)
    if isinstance(step.learner.cost, fdnn.AbsoluteError):
        require_apart(A, Y)
    if isinstance(step.learner.cost, fdnn.Hinge):
        require_apart(A, 2.0 * Y - 1.0)


def require_apart(Z: Array, kinks: Array) -> None:
    """Draw again where a number is as near its kink as rounding reaches."""
    distance, reach = np.abs(Z - kinks), max(1.0, largest(Z), largest(kinks))
    assume(distance.min() > 32.0 * np.finfo(Z.dtype).eps * reach)


@MORE
@given(training=trainings())
def test_a_plan_takes_the_steps_of_the_equations(training: tuple[AnyStep, AnyState]) -> None:
    """Each step of a stream against the same step by hand, from the same state."""
    step, start = training
    states: list[AnyState] = []
    with suppress(DivergenceError):  # log 0, where softmax has one class alone
        states.extend(islice(iterate(step)(start), 4))
    for before, planned in pairwise(states):
        require_no_kink(step, before)
        require_agreement(step, before, planned)


@EACH_OPTIMIZER
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_plan_of_many_parameters_takes_the_steps_of_the_equations(
    optimizer: Optimizer, dtype: str
) -> None:
    """So many that they are updated a block at a time."""
    step, start = digits([300, 300, 10], optimizer, dtype)
    assert start.params.vector.size > 65536

    for before, planned in pairwise(islice(iterate(step)(start), 3)):
        require_agreement(step, before, planned)


def digits(
    sizes: Sequence[int],
    optimizer: Optimizer,
    dtype: str = "float64",
    size: int | None = None,
    hidden: Activation = fdnn.tanh,
) -> tuple[AnyStep, AnyState]:
    """A classifier of 13 examples."""
    learner = Learner(fdnn.categorical_cross_entropy, optimizer)
    axes = [Dim[Any](n) for n in sizes]
    gs = [*[hidden] * (len(sizes) - 2), fdnn.softmax]
    layers = [fdnn.dense(a, b, g) for (a, b), g in zip(pairwise(axes), gs, strict=True)]
    start, architecture = begin(layers, 7, dtype, learner)
    random = np.random.default_rng(7)
    X = random.standard_normal((sizes[0], 13)).astype(dtype)
    Y = np.eye(sizes[-1])[:, random.integers(sizes[-1], size=13)].astype(dtype)
    step = learner.step(architecture)(BATCHES["columns"](X, Y), size=size, span=False)
    return step, start


# --------------------------------------------------------------------------- staged activations

DTYPES = st.sampled_from(["float32", "float64"])
TINY = (5e-324, -5e-324, 2e-308, -2e-308, 1e-45, -1e-45, 1e-38, -1e-38, 1e4, -1e4)


def numbers(size: int) -> st.SearchStrategy[Array]:
    """Numbers up to +-1e4, zeros of both signs and numbers below the normal ones among them."""
    extreme = st.sampled_from([*EXTREMES, *TINY])
    number = st.one_of(st.floats(-1e4, 1e4), st.floats(-9.0, 9.0), extreme)
    return st.lists(number, min_size=size, max_size=size).map(np.array)


@pytest.mark.parametrize("g", ELEMENTWISE, ids=repr)
@LAW
@given(data=st.data(), dtype=DTYPES, in_place=st.booleans())
def test_a_staged_activation_is_the_pure_one_to_the_bit(
    g: Activation, data: st.DataObject, dtype: str, in_place: bool
) -> None:
    """In the buffers of a plan, where `A` takes the place of `Z`, and apart."""
    units, m = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 9))
    Z, dA = (data.draw(numbers(units * m)).reshape(units, m).astype(dtype) for _ in range(2))
    require_same_bits(g, Z, dA, in_place=in_place)


@LAW
@given(slope=st.floats(0.0, 1.0, exclude_max=True), Z=numbers(24), dA=numbers(24), dtype=DTYPES)
def test_a_staged_leaky_relu_has_its_slope_to_the_bit(
    slope: float, Z: Array, dA: Array, dtype: str
) -> None:
    Z, dA = (a.reshape(4, 6).astype(dtype) for a in (Z, dA))
    require_same_bits(fdnn.LeakyReLU(slope), Z, dA, in_place=True)


@MORE
@given(alpha=st.floats(1e-6, 1e3), Z=numbers(24), dA=numbers(24), dtype=DTYPES)
def test_a_staged_elu_has_its_alpha_to_the_bit(
    alpha: float, Z: Array, dA: Array, dtype: str
) -> None:
    """`alpha + (1 - alpha)` is 1 to the last digit, whatever is rounded in it."""
    Z, dA = (a.reshape(4, 6).astype(dtype) for a in (Z, dA))
    require_same_bits(fdnn.ELU(alpha), Z, dA, in_place=True)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("g", ELEMENTWISE, ids=repr)
def test_a_staged_activation_of_many_numbers_is_the_pure_one_to_the_bit(
    g: Activation, dtype: str
) -> None:
    random = np.random.default_rng(5)
    Z, dA = (random.normal(0.0, 4.0, (70, 133)).astype(dtype) for _ in range(2))
    for in_place in (False, True):
        require_same_bits(g, Z, dA, in_place=in_place)


def require_same_bits(g: Activation, Z: Array, dA: Array, *, in_place: bool) -> None:
    with np.errstate(all="ignore"):
        A = array_of(g(matrix(Z)))
        dZ = array_of(g.pullback(matrix(dA), matrix(Z), matrix(A)))

        axis = hidden_axis(len(Z), Z.shape[1], Z.dtype)
        assert axis.dA is not None
        Z_staged = axis.A if in_place and works_in_place(g) else np.empty_like(Z)
        scratch = Scratch(Z.size + 3, Z.dtype)
        forward, backward = staged_activation(g, Z_staged, axis.A, axis.dA, scratch)
        for _ in range(2):
            Z_staged[:], axis.dA[:] = Z, dA
            forward()
            np.testing.assert_array_equal(axis.A, A)
            backward()
            np.testing.assert_array_equal(axis.dA, dZ)


# ------------------------------------------------------------------------------- staged costs


def require_same_cost(cost: Cost, Z: Array, Y: Array, *, is_kept: bool) -> None:
    """Without weights and with."""
    some = array_of(some_weights(Z.shape[1], np.random.default_rng(4))).astype(Z.dtype)
    for weights in (None, some):
        require_same_weighted_cost(cost, Z, Y, weights, is_kept=is_kept)


def terms_of(cost: Cost, Z: Array, Y: Array) -> Array:
    """What the losses of each example are the sums of, without signs; they round alike."""
    if isinstance(cost, fdnn.Poisson):
        return np.asarray((np.exp(Z) + np.abs(Y * Z)).sum(axis=0))
    losses = cost.losses_from_logits(matrix(Z), matrix(Y))
    if not isinstance(cost, fdnn.KLDivergence):
        return array_of(losses)
    entropy = -(Y * np.log(np.maximum(Y, np.finfo(Y.dtype).tiny))).sum(axis=0)
    return np.asarray(np.abs(array_of(losses)) + 2.0 * entropy)


def require_same_weighted_cost(
    cost: Cost, Z: Array, Y: Array, weights: Array | None, *, is_kept: bool
) -> None:
    """`J` relative to its terms, and `dZ` to its largest number where that is over the scale.

    `is_kept` is whether the labels are the same at every step, as those of a full batch are.
    """
    limit, scale = TOLERANCE * float(np.finfo(Z.dtype).eps), 0.7 / Z.shape[1]
    w = np.ones_like(Z[:1]) if weights is None else weights
    m = Z.shape[1]
    logits_, labels = matrix(Z), matrix(Y)
    J = mx.mean(cost.losses_from_logits(logits_, labels) * matrix(w), logits_)
    terms = float((w * terms_of(cost, Z, Y)).sum()) / m
    link = cost.link or fdnn.identity
    derivative = cost.derivative if cost.link is None else None
    difference = array_of(
        cost.derivative_from_logits(logits_, link(logits_), labels)
        if derivative is None
        else derivative(logits_, labels)
    )
    difference = difference * w

    Z_staged, dZ = np.empty_like(Z), np.empty_like(Z)
    staged_labels = freeze(Y.copy()) if is_kept else Y.copy()
    head = staged_cost(cost, Z_staged, staged_labels, dZ, scale, weights)
    if head is None:
        assert isinstance(cost, CATEGORICAL)
        assert len(Z) > 1024
        return
    for _ in range(2):
        Z_staged[:] = Z
        with np.errstate(all="ignore"):
            found = head()
        assert abs(found - J) <= limit * terms
        assert largest(dZ - 0.7 / m * difference) <= limit * scale * max(1.0, largest(difference))


SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 7))


@MORE
@given(data=st.data(), shape=SHAPES, width=st.sampled_from([32, 64]), is_kept=st.booleans())
def test_a_staged_binary_cross_entropy_is_the_pure_one_for_hard_labels(
    data: st.DataObject, shape: tuple[int, int], width: int, is_kept: bool
) -> None:
    Z = data.draw(logits(*shape, width)).astype(f"float{width}")
    Y = np.round(data.draw(binary_labels(*shape))).astype(Z.dtype)
    require_same_cost(fdnn.binary_cross_entropy, Z, Y, is_kept=is_kept)


@MORE
@given(data=st.data(), shape=SHAPES, width=st.sampled_from([32, 64]), is_kept=st.booleans())
def test_a_staged_binary_cross_entropy_is_the_pure_one_for_soft_labels(
    data: st.DataObject, shape: tuple[int, int], width: int, is_kept: bool
) -> None:
    Z = data.draw(logits(*shape, width)).astype(f"float{width}")
    Y = data.draw(binary_labels(*shape)).astype(Z.dtype)
    require_same_cost(fdnn.binary_cross_entropy, Z, Y, is_kept=is_kept)


@LAW
@given(data=st.data(), shape=SHAPES, width=st.sampled_from([32, 64]), k=st.integers(1, 23))
def test_a_staged_binary_cross_entropy_is_the_pure_one_for_labels_that_are_nearly_hard(
    data: st.DataObject, shape: tuple[int, int], width: int, k: int
) -> None:
    """The network is sure, and right but for `2^-k`: the losses are the small rest."""
    Z = data.draw(logits(*shape, width)).astype(f"float{width}")
    Y = np.where(Z > 0.0, 1.0 - 0.5**k, 0.5**k).astype(Z.dtype)
    require_same_cost(fdnn.binary_cross_entropy, Z, Y, is_kept=True)


@MORE
@given(data=st.data(), shape=SHAPES, width=st.sampled_from([32, 64]), is_kept=st.booleans())
def test_a_staged_categorical_cross_entropy_is_the_pure_one(
    data: st.DataObject, shape: tuple[int, int], width: int, is_kept: bool
) -> None:
    Z = data.draw(logits(*shape, width)).astype(f"float{width}")
    Y = data.draw(class_labels(*shape)).astype(Z.dtype)
    require_same_cost(fdnn.categorical_cross_entropy, Z, Y, is_kept=is_kept)


@LAW
@given(data=st.data(), shape=SHAPES, width=st.sampled_from([32, 64]))
def test_a_staged_squared_error_is_the_pure_one(
    data: st.DataObject, shape: tuple[int, int], width: int
) -> None:
    Z, Y = (data.draw(logits(*shape, width)).astype(f"float{width}") for _ in range(2))
    require_same_cost(fdnn.squared_error, Z, Y, is_kept=True)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
@LAW
@given(data=st.data(), shape=SHAPES, width=st.sampled_from([32, 64]), is_kept=st.booleans())
def test_a_staged_focal_cost_is_the_pure_one(
    gamma: float, data: st.DataObject, shape: tuple[int, int], width: int, is_kept: bool
) -> None:
    Z = data.draw(logits(*shape, width)).astype(f"float{width}")
    binary = data.draw(binary_labels(*shape)).astype(Z.dtype)
    require_same_cost(fdnn.BinaryFocal(gamma), Z, binary, is_kept=is_kept)
    classes = data.draw(class_labels(*shape)).astype(Z.dtype)
    require_same_cost(fdnn.CategoricalFocal(gamma), Z, classes, is_kept=is_kept)


@LAW
@given(data=st.data(), shape=SHAPES, width=st.sampled_from([32, 64]), is_kept=st.booleans())
def test_a_staged_kl_divergence_is_the_pure_one(
    data: st.DataObject, shape: tuple[int, int], width: int, is_kept: bool
) -> None:
    Z = data.draw(logits(*shape, width)).astype(f"float{width}")
    Y = data.draw(class_labels(*shape)).astype(Z.dtype)
    require_same_cost(fdnn.kl_divergence, Z, Y, is_kept=is_kept)


@LAW
@given(data=st.data(), shape=SHAPES, width=st.sampled_from([32, 64]), is_kept=st.booleans())
def test_staged_costs_of_numbers_counts_and_margins_are_the_pure_ones(
    data: st.DataObject, shape: tuple[int, int], width: int, is_kept: bool
) -> None:
    Z, Y = (data.draw(logits(*shape, width)).astype(f"float{width}") for _ in range(2))
    for cost in (fdnn.absolute_error, fdnn.huber, fdnn.Huber(1e-3)):
        require_same_cost(cost, Z, Y, is_kept=is_kept)
    require_same_cost(fdnn.hinge, Z, (Y > 0.0).astype(Z.dtype), is_kept=is_kept)
    require_same_cost(fdnn.poisson, np.clip(Z, -1e4, 80.0), np.abs(Y), is_kept=is_kept)


MANY = [(1, 300), (3, 1000), (1, 8192), (2, 9001), (1000, 5), (1100, 4)]
KNOWN_COSTS = tuple(cost for name, cost in COSTS.items() if name != "poisson")


@pytest.mark.parametrize("deviation", [0.01, 3.0, 60.0], ids=["unsure", "between", "sure"])
@pytest.mark.parametrize("shape", MANY, ids=lambda shape: "x".join(map(str, shape)))
@pytest.mark.parametrize("cost", KNOWN_COSTS, ids=lambda cost: cost.name)
def test_a_staged_cost_of_many_numbers_is_the_pure_one(
    cost: Cost, shape: tuple[int, int], deviation: float
) -> None:
    random = np.random.default_rng(1)
    Z = random.normal(0.0, deviation, shape)
    soft = some_labels(cost, *shape, random, is_hard=False)
    right = np.eye(shape[0])[:, Z.argmax(axis=0)]
    hard = right if isinstance(cost, CATEGORICAL) else (Z > 0.0).astype(float)
    for dtype in ("float32", "float64"):
        for Y in (soft, hard, some_labels(cost, *shape, random, is_hard=True)):
            require_same_cost(cost, Z.astype(dtype), Y.astype(dtype), is_kept=True)


# ----------------------------------------------------------------------- what was handed out stays


def arrays_of(state: AnyState) -> list[Array]:
    """All arrays of a state."""
    vectors = [state.params.vector, *(moment.vector for moment in state.optimizer.moments)]
    return [*vectors, *(array_of(a) for layer in state.params.layers for a in layer.arrays)]


def fingerprint(state: AnyState) -> tuple[object, ...]:
    """The numbers of a state, to the bit."""
    vectors = [state.params.vector, *(moment.vector for moment in state.optimizer.moments)]
    bits = [sha256(vector.tobytes()).hexdigest() for vector in vectors]
    return state.step, state.key, float(state.cost).hex(), state.optimizer.count, *bits


@EACH_OPTIMIZER
@pytest.mark.parametrize("size", [None, 5], ids=["full batch", "mini-batches"])
@pytest.mark.parametrize("sizes", [[6, 8, 3], [70, 110, 9, 3]], ids=["few", "many"])
def test_no_state_that_was_handed_out_changes(
    optimizer: Optimizer, sizes: list[int], size: int | None
) -> None:
    step, start = digits(sizes, optimizer, size=size)
    assert isinstance(step.batch, Batch)
    assert (start.params.vector.size < 8192) == (sizes == [6, 8, 3])
    data = [array_of(a).tobytes() for a in (step.batch.X, step.batch.Y)]

    states, then = [], []
    for state in islice(iterate(step)(start), 40):
        states.append(state)
        then.append(fingerprint(state))

    assert [fingerprint(state) for state in states] == then
    assert len({bits for *_, bits in then}) == 40
    assert [array_of(a).tobytes() for a in (step.batch.X, step.batch.Y)] == data
    for state in states[::8]:
        assert all(is_frozen(a) for a in arrays_of(state))


# ------------------------------------------------------------------------- streams and their starts


@st.composite
def streams(draw: st.DrawFn) -> tuple[AnyStep, AnyState]:
    """A step of a network that draws numbers, on mini-batches or on all examples."""
    a, b, c = Dim[Any](5), Dim[Any](draw(st.sampled_from([6, 900]))), Dim[Any](3)
    thin = draw(st.sampled_from([Dropout, StagedDropout]))
    layers = [fdnn.dense(a, b, fdnn.relu), thin(b, 0.4), fdnn.dense(b, c, fdnn.softmax)]
    cost = draw(st.sampled_from([fdnn.categorical_cross_entropy, fdnn.squared_error]))
    learner = Learner(cost, draw(st.sampled_from(OPTIMIZERS)))
    start, architecture = begin(layers, draw(st.integers(0, 99)), "float64", learner)
    random = np.random.default_rng(3)
    Y = np.eye(3)[:, random.integers(3, size=11)]
    batch = BATCHES[draw(st.sampled_from([*BATCHES]))](random.standard_normal((5, 11)), Y)
    size = draw(st.sampled_from([None, 1, 4, 11, 20]))
    return learner.step(architecture)(batch, size=size), start


def fingerprints(stream: Iterator[AnyState], count: int) -> list[tuple[object, ...]]:
    return [fingerprint(state) for state in islice(stream, count)]


@FEWER
@given(training=streams(), other=st.integers(0, 9))
def test_two_streams_do_not_meet(training: tuple[AnyStep, AnyState], other: int) -> None:
    """Interleaved, in any rhythm, they give the bits that they give one after the other."""
    step, start = training
    moved = attrs.evolve(start, key=Key(other), step=other)
    train = iterate(step)
    alone = [fingerprints(train(begun), 8) for begun in (start, moved)]

    one, two = train(start), train(moved)
    woven: list[list[tuple[object, ...]]] = [[], []]
    for turn in (0, 1, 1, 0, 1, 0, 0, 0, 1, 1, 0, 1, 1, 0, 0, 1):
        woven[turn].append(fingerprint(next((one, two)[turn])))
    assert woven == alone


@FEWER
@given(training=streams())
def test_a_stream_that_starts_anew_goes_on_to_the_bit(training: tuple[AnyStep, AnyState]) -> None:
    step, start = training
    states = list(islice(iterate(step)(start), 8))
    for k, state in enumerate(states):
        expected = [fingerprint(later) for later in states[k:]]
        assert fingerprints(iterate(step)(state), 8 - k) == expected


# ------------------------------------------------------------------------------------- divergence


@pytest.mark.parametrize("cost", [*LAST], ids=lambda cost: type(cost).__name__)
@settings(FEWER, max_examples=8)
@given(
    dtype=st.sampled_from(["float32", "float64"]),
    is_hard=st.booleans(),
    exponent=st.integers(4, 307),
    seed=st.integers(0, 99),
    g=st.sampled_from(HIDDEN),
)
def test_a_stream_diverges_where_the_equations_do_and_in_their_words(
    cost: Cost, dtype: str, is_hard: bool, exponent: int, seed: int, g: Activation
) -> None:
    """Under `raise`, NumPy would turn a warning of the plan into another error."""
    rate = min(10.0**exponent, float(np.finfo(dtype).max))
    learner = Learner(cost, Momentum(rate))
    a, b, c = Dim[Any](3), Dim[Any](4), Dim[Any](2)
    layers = [fdnn.dense(a, b, g), fdnn.dense(b, c, LAST[cost][0])]
    start, architecture = begin(layers, seed, dtype, learner)
    random = np.random.default_rng(seed)
    X, Y = random.standard_normal((3, 8)), some_labels(cost, 2, 8, random, is_hard=is_hard)
    batch = BATCHES["by units"](X.astype(dtype), Y.astype(dtype))
    step = learner.step(architecture)(batch)

    with np.errstate(all="raise"):
        require_same_divergence(step, start)


def require_same_divergence(step: AnyStep, start: AnyState) -> DivergenceError | None:
    """The error of a stream within ten steps, that of the step by hand; None where none has one."""
    states: list[AnyState] = []
    found: DivergenceError | None = None
    try:
        states.extend(islice(iterate(step)(start), 10))
    except DivergenceError as error:
        found = error

    *earlier, final = states
    for state in earlier:
        step(state)
    if found is None:
        return None

    with pytest.raises(DivergenceError) as by_hand:
        step(final)
    assert str(by_hand.value) == str(found)
    assert by_hand.value.state is final
    before = earlier[-1] if earlier else start
    assert found.state is (final if found.in_update else before)

    anew = iterate(step)(final)
    assert next(anew) is final
    with pytest.raises(DivergenceError) as again:
        next(anew)
    assert str(again.value) == str(found)
    assert again.value.state is final
    return found


@pytest.mark.parametrize("size", [None, 5], ids=["full batch", "mini-batches"])
@pytest.mark.parametrize("optimizer", [GradientDescent(1e80), Momentum(1e80), LookAhead(1e80)])
def test_a_stream_with_an_absurd_rate_does_diverge(optimizer: Optimizer, size: int | None) -> None:
    learner = Learner(fdnn.squared_error, optimizer)
    axes = Dim[Any](3), Dim[Any](4), Dim[Any](2)
    layers = [fdnn.dense(axes[0], axes[1], fdnn.tanh), fdnn.dense(axes[1], axes[2])]
    start, architecture = begin(layers, 2, "float64", learner)
    random = np.random.default_rng(2)
    batch = BATCHES["columns"](random.standard_normal((3, 12)), random.standard_normal((2, 12)))
    step = learner.step(architecture)(batch, size=size)

    around = np.geterr()
    with np.errstate(all="raise"):
        error = require_same_divergence(step, start)
    assert error is not None
    assert "try a smaller rate than" in str(error)
    assert np.geterr() == around


def test_a_rate_that_overflows_in_the_precision_of_the_data_warns_nobody() -> None:
    with np.errstate(all="raise"):
        for optimizer in (GradientDescent(1e60), Momentum(1e60), Adam(1e60)):
            step, start = digits([4, 3, 2], optimizer, "float32")
            require_same_divergence(step, start)


def saturated(
    vector: list[float], x: float, cost: Cost, *gs: Activation
) -> tuple[AnyStep, AnyState]:
    """One unit after the other, one example of label 1, and these parameters."""
    one = Dim[Any](1)
    learner = Learner(cost, GradientDescent(1e-3))
    start, architecture = begin([fdnn.dense(one, one, g) for g in gs], 0, "float64", learner)
    start = attrs.evolve(start, params=start.params.with_vector(np.array(vector)))
    batch = BATCHES["by units"](np.array([[x]]), np.array([[1.0]]))
    return learner.step(architecture)(batch), start


def test_a_logit_that_overflowed_on_the_right_side_is_a_divergence() -> None:
    step, start = saturated([1e200, 0.0], 1e200, fdnn.binary_cross_entropy, fdnn.sigmoid)
    assert require_same_divergence(step, start) is not None


def test_a_gradient_that_overflowed_at_a_dead_unit_ends_a_stream_as_the_equations() -> None:
    """`dA` is infinite where `g'(Z)` is 0."""
    vector = [0.0, -1.0, 1e300, 1e20]
    step, start = saturated(vector, 1.0, fdnn.squared_error, fdnn.relu, fdnn.identity)

    def by_hand(state: AnyState) -> AnyState:
        return step(state)

    lengths = [length_of(iterate(move)(start)) for move in (step, by_hand)]
    assert lengths[0] == lengths[1]


def length_of(stream: Iterator[AnyState]) -> int:
    """How many states there are before a divergence, among the first five."""
    count = 0
    with suppress(DivergenceError):
        for _ in islice(stream, 5):
            count += 1
    return count


# -------------------------------------------------------------------------- kinds that are wrong


def taller(a: Matrix[Any, Any]) -> Matrix[Any, Any]:
    """One row too many."""
    return mx.unnamed(np.vstack([array_of(a), array_of(a)[:1]]))


def double(a: Matrix[Any, Any]) -> Matrix[Any, Any]:
    """Another precision, which NumPy would spread to all that follows."""
    return mx.unnamed(array_of(a).astype("float64"))


def lower(a: Matrix[Any, Any]) -> Matrix[Any, Any]:
    """One row, which NumPy would repeat for the others."""
    return mx.unnamed(array_of(a)[:1])


Spoil = Callable[[Matrix[Any, Any]], Matrix[Any, Any]]
WRONG: tuple[tuple[Spoil, type[fdnn.FdnnError]], ...] = (
    (taller, ShapeError),
    (lower, ShapeError),
    (double, DtypeError),
)


@attrs.frozen
class WrongThere(Activation):
    spoil: Spoil

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return self.spoil(Z)

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        return dA


@attrs.frozen
class WrongBack(Activation):
    spoil: Spoil

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return Z

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        return self.spoil(dA)


@attrs.frozen
class WrongMap(Dropout[F]):
    spoil: Spoil = taller
    is_back: bool = False

    def forward(self, A: Matrix[F, M], context: Context, /) -> tuple[Matrix[F, M], Any]:
        cache = WrongMask(A * 0.0 + 1.0, self)
        return (A, cache) if self.is_back else (self.spoil(A), cache)


class WrongMask(Mask[F, M]):
    def backward(self, dZ: Matrix[F, M], /) -> tuple[Dropout[F], Matrix[F, M]]:
        layer = self.layer
        assert isinstance(layer, WrongMap)
        return layer, layer.spoil(dZ) if layer.is_back else dZ


@attrs.frozen
class WrongGradient(LayerNorm[F]):
    spoil: Spoil = taller

    def forward(self, A: Matrix[F, M], context: Context, /) -> tuple[Matrix[F, M], Any]:
        Z, _ = LayerNorm.forward(self, A, context)
        return Z, Spoilt(A, self)


@attrs.frozen(eq=False, repr=False)
class Spoilt(fdnn.Cache[F, F, M]):
    A: Matrix[F, M]
    layer: WrongGradient[F]

    def backward(self, dZ: Matrix[F, M], /) -> tuple[LayerNorm[F], Matrix[F, M]]:
        ours = self.layer
        return ours.over([ours.spoil(ours.gain), ours.spoil(ours.shift)]), dZ


@attrs.frozen
class WrongUpdate(LookAhead):
    spoil: Spoil = taller

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        column = mx.unnamed(grads.vector[:, np.newaxis])
        return grads.with_vector(array_of(self.spoil(column))[:, 0]), state.next()


@attrs.frozen
class WrongCost(Counts):
    spoil: Spoil = taller

    def derivative(self, A: Matrix[R, C], Y: Matrix[R, C], /) -> Matrix[R, C]:
        return self.spoil(A)


def wrong_norm(features: Dim[F], spoil: Spoil) -> WrongGradient[F]:
    gain, shift = (mx.blank(features, fdnn.ONE) for _ in range(2))
    return WrongGradient(features, gain, shift, spoil=spoil)


PLACES = {
    "A of an activation": lambda n, spoil: fdnn.dense(n, n, WrongThere(spoil)),
    "dZ of an activation": lambda n, spoil: fdnn.dense(n, n, WrongBack(spoil)),
    "Z of a layer": lambda n, spoil: WrongMap(n, 0.5, spoil),
    "dA of a layer": lambda n, spoil: WrongMap(n, 0.5, spoil, is_back=True),
    "a gradient of a layer": wrong_norm,
}


@pytest.mark.parametrize(("spoil", "kind"), WRONG, ids=lambda x: x.__name__)
@pytest.mark.parametrize("place", [*PLACES])
@pytest.mark.parametrize("is_last", [False, True], ids=["hidden", "last"])
def test_a_layer_that_gives_another_shape_or_dtype_is_refused_by_a_sentence(
    spoil: Spoil, kind: type[fdnn.FdnnError], place: str, is_last: bool
) -> None:
    n = Dim[Any](3)
    wrong: Layer[Any, Any] = PLACES[place](n, spoil)
    rest = [] if is_last else [fdnn.dense(n, n)]
    require_refusal(
        [fdnn.dense(n, n), wrong, *rest], fdnn.squared_error, GradientDescent(0.1), kind
    )


@pytest.mark.parametrize(("spoil", "kind"), WRONG, ids=lambda x: x.__name__)
def test_an_update_of_another_shape_or_dtype_is_refused_by_a_sentence(
    spoil: Spoil, kind: type[fdnn.FdnnError]
) -> None:
    n = Dim[Any](3)
    require_refusal([fdnn.dense(n, n)], fdnn.squared_error, WrongUpdate(0.1, spoil=spoil), kind)


@pytest.mark.parametrize(("spoil", "kind"), WRONG, ids=lambda x: x.__name__)
def test_a_derivative_of_another_shape_or_dtype_is_refused_by_a_sentence(
    spoil: Spoil, kind: type[fdnn.FdnnError]
) -> None:
    n = Dim[Any](3)
    layers = [fdnn.dense(n, n, fdnn.sigmoid)]
    require_refusal(layers, WrongCost(spoil), GradientDescent(0.1), kind)


def require_refusal(
    layers: Sequence[Layer[Any, Any]], cost: Cost, optimizer: Optimizer, kind: type[fdnn.FdnnError]
) -> None:
    with suppress_type_checks():
        learner = Learner(cost, optimizer)
        start, architecture = begin(layers, 1, "float32", learner)
        ones = np.ones((3, 4), "float32")
        batch = BATCHES["columns"](ones, ones)
        stream = iterate(learner.step(architecture)(batch))(start)
        next(stream)
        with pytest.raises(kind) as refusal:
            next(stream)
    assert f"{refusal.value.came}, expected {refusal.value.expected}" in str(refusal.value)


# ---------------------------------------------------------------------------------- mini-batches


@LAW
@given(
    m=st.integers(1, 40),
    size=st.integers(1, 45),
    key=st.integers(0, 9).map(Key),
    way=st.sampled_from([*BATCHES]),
)
def test_an_epoch_shows_every_example_once_as_the_equations_take_them(
    m: int, size: int, key: Key, way: str
) -> None:
    """The examples of the plan are those of `minibatch`, over their row of ones."""
    random = np.random.default_rng(m)
    X, Y = random.standard_normal((3, m)), random.standard_normal((2, m))
    batch = BATCHES[way](X, Y)
    select, steps = minibatches(m, size, gathered(batch)), -(-m // size)

    for epoch in range(2):
        shown: list[tuple[float, ...]] = []
        for step in range(epoch * steps, (epoch + 1) * steps):
            expected, found = minibatch(batch, size, key, step), select(key, step)
            np.testing.assert_array_equal(found.inputs.A, array_of(expected.X))
            np.testing.assert_array_equal(found.Y, array_of(expected.Y))
            assert found.m == expected.size == found.inputs.A.shape[1]
            if found.inputs.biased is not None:
                np.testing.assert_array_equal(found.inputs.biased[:-1], found.inputs.A)
                np.testing.assert_array_equal(found.inputs.biased[-1], 1.0)
            shown += [tuple(both) for both in np.vstack([found.inputs.A, found.Y]).T]
        assert sorted(shown) == sorted(tuple(both) for both in np.vstack([X, Y]).T)


@LAW
@given(key=st.integers(0, 10**6).map(Key), epoch=st.integers(0, 99), m=st.integers(1, 50))
def test_an_order_is_a_function_of_key_and_epoch(key: Key, epoch: int, m: int) -> None:
    first = order(key, epoch, m)

    assert sorted(first) == list(range(m))
    assert first.tolist() == order(Key(key.seed), epoch, m).tolist()


@LAW
@given(key=st.integers(0, 10**6).map(Key), epoch=st.integers(0, 99))
def test_epochs_and_keys_have_orders_of_their_own(key: Key, epoch: int) -> None:
    orders = [order(key, e, 40).tolist() for e in (epoch, epoch + 1)]
    orders += [order(Key(key.seed + 1), epoch, 40).tolist()]

    assert orders[0] != orders[1]
    assert orders[0] != orders[2]


def test_a_plan_that_is_led_elsewhere_finds_the_mini_batches_of_there() -> None:
    """Forward, back, into another epoch, and to another key."""
    random = np.random.default_rng(0)
    batch = BATCHES["columns"](random.standard_normal((3, 11)), random.standard_normal((2, 11)))
    select = minibatches(11, 4, gathered(batch))
    for seed, step in [(0, 0), (0, 2), (0, 1), (1, 1), (0, 1), (0, 4), (1, 4), (0, 31), (0, 0)]:
        found = select(Key(seed), step)
        expected = minibatch(batch, 4, Key(seed), step)
        np.testing.assert_array_equal(found.inputs.A, array_of(expected.X))


@pytest.mark.parametrize(
    ("size", "kind", "sentence"),
    [
        (0, ArgumentError, "step: size is 0, expected a whole number from 1 on"),
        (-3, ArgumentError, "step: size is -3, expected a whole number from 1 on"),
        (2.5, KindError, "step: size is 2.5, expected a whole number from 1 on"),
        (True, KindError, "step: size is True, expected a whole number from 1 on"),
        ("8", KindError, "step: size is '8', expected a whole number from 1 on"),
    ],
)
def test_a_size_that_is_none_is_refused_by_a_sentence(
    size: Any, kind: type[fdnn.FdnnError], sentence: str
) -> None:
    step, start = digits([4, 3, 2], GradientDescent(0.1))
    batch: Any = step.batch
    with suppress_type_checks(), pytest.raises(kind) as refusal:
        step.learner.step(start.params)(batch, size=size)
    assert str(refusal.value) == sentence


# ---------------------------------------------------------------------- kinds that inherit, or clip


@attrs.frozen
class Clipping(Activation):
    """`A = tanh(Z)` whose way back clips, and so is not linear in `dA`."""

    name = "clipping"

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return mx.tanh(Z)

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        limit = 0.01
        return mx.where(dA > limit, limit, mx.where(dA > -limit, dA, -limit)) * (1.0 - A * A)


@attrs.frozen
class Doubling(Activation):
    """`A = 2 Z`, with a staged form."""

    name = "doubling"

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return Z * 2.0

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        return dA * 2.0

    def staged(self, Z: Array, A: Array, dA: Array, /) -> Any:
        return lambda: np.multiply(Z, 2.0, out=A), lambda: np.multiply(dA, 2.0, out=dA)


@attrs.frozen
class Halving(Doubling):
    """`A = Z / 2`, which inherits the staged form of another activation."""

    name = "halving"

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return Z * 0.5

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        return dA * 0.5


@pytest.mark.parametrize("g", [Clipping(), Doubling(), Halving()], ids=repr)
@pytest.mark.parametrize("optimizer", [GradientDescent(0.1), Momentum(0.1), Adam(0.1)])
def test_a_kind_that_clips_or_inherits_does_in_a_stream_what_it_does_by_hand(
    g: Activation, optimizer: Optimizer
) -> None:
    step, start = digits([4, 3, 2], optimizer, hidden=g)
    streamed = fdnn.run(step, start, 5)
    by_hand = start
    for _ in range(5):
        by_hand = step(by_hand)

    assert np.abs(streamed.params.vector - by_hand.params.vector).max() <= 1e-10


@pytest.mark.parametrize("left_by", [GradientDescent(0.1), Momentum(0.1), Adam(0.1)])
@pytest.mark.parametrize("taken", [GradientDescent(0.1), Momentum(0.1), Adam(0.1)])
def test_a_stream_refuses_what_another_optimizer_remembers(
    left_by: Optimizer, taken: Optimizer
) -> None:
    if left_by == taken:
        return
    step, _ = digits([4, 3, 2], taken, "float64")
    _, start = digits([4, 3, 2], left_by, "float64")

    with suppress_type_checks(), pytest.raises(KindError, match="it is of another optimizer"):
        fdnn.run(step, start, 1)


@pytest.mark.parametrize("form", [None, 3, lambda: None, (1, 2), (print,), (print, print, print)])
def test_a_staged_form_that_is_none_is_refused_by_a_sentence(form: Any) -> None:
    @attrs.frozen
    class Formless(Doubling):
        def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
            return Z * 2.0

        def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
            return dA * 2.0

        def staged(self, Z: Array, A: Array, dA: Array, /) -> Any:
            return form

    step, start = digits([4, 3, 2], GradientDescent(0.1), hidden=Formless())
    if form is None:
        with suppress_type_checks():
            assert fdnn.run(step, start, 1).step == 1
        return
    with (
        suppress_type_checks(),
        pytest.raises(KindError, match=r"staged: Formless.staged gave .* expected two functions"),
    ):
        fdnn.run(step, start, 1)
