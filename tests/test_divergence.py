"""A diagnosis in the place of NaN: step, layer, quantity, the likely cause, the last good state."""

import math
from itertools import islice
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fdnn
from fdnn import (
    Activation,
    Cost,
    Dim,
    DivergenceError,
    GradientDescent,
    Grads,
    Learner,
    Matrix,
    Optimizer,
    OptimizerState,
    Params,
    State,
    iterate,
    run,
    squared_error,
)
from fdnn.axes import Axes, C, M, One, Out, R
from fdnn.matrix import log, sum_rows, where

AnyState = State[*tuple[Any, ...]]


def batch(scale: float = 1.0, inputs: int = 4) -> fdnn.Batch[Any, Any, Any]:
    draw = np.random.default_rng(0)
    x, y = scale * draw.standard_normal((inputs, 20)), draw.uniform(0.2, 0.8, (3, 20))
    return fdnn.batch_from_columns(x, y, Dim[Any](inputs), Dim[Any](3))


def params(
    hidden: Activation = fdnn.relu, output: Activation = fdnn.identity
) -> Params[*tuple[Any, ...]]:
    return fdnn.initialize(fdnn.mlp([4, 5, 3], hidden, output), rng=0)


def divergence(
    net: Params[*tuple[Any, ...]], learner: Learner, data: fdnn.Batch[Any, Any, Any]
) -> DivergenceError:
    """What ends the stream; by hand it is the same."""
    step = learner.step(net)(data, span=False)
    seen: list[AnyState] = []
    with pytest.raises(DivergenceError) as of_stream:
        seen.extend(islice(iterate(step)(learner.start(net)), 1000))

    def by_hand(state: AnyState) -> AnyState:
        return step(state)

    with pytest.raises(DivergenceError) as of_hand:
        run(by_hand, learner.start(net), 1000)
    assert str(of_stream.value) == str(of_hand.value)
    assert of_stream.value.state.step == of_hand.value.state.step
    return of_stream.value


def test_a_rate_too_high_is_named_with_step_and_layer() -> None:
    error = divergence(params(), Learner(squared_error, GradientDescent(1e3)), batch())

    assert (error.quantity, error.layer) in {("Z", 1), ("Z", 2), ("dZ", 2), ("the cost", None)}
    assert f"at step {error.step}," in str(error)
    assert str(error).endswith("try a smaller rate than 1000")
    assert np.isfinite(error.state.params.vector).all()
    assert math.isfinite(error.state.cost)


def test_inputs_that_are_not_scaled_are_blamed() -> None:
    error = divergence(params(), Learner(squared_error, GradientDescent(1.0)), batch(1e6))
    assert "the inputs are as large as" in error.why
    assert "scale them to about 1" in error.why


@pytest.mark.parametrize(("scale", "blamed"), [(3.0, False), (10.0, True), (50.0, True)])
def test_inputs_beyond_ten_are_blamed(scale: float, blamed: bool) -> None:
    """The largest of these inputs is that of `batch(1)` so many times."""
    largest = float(np.abs(fdnn.to_numpy(batch().X)).max())
    assert 2.0 < largest < 3.3
    error = divergence(params(), Learner(squared_error, GradientDescent(1e3)), batch(scale))
    assert (f"the inputs are as large as {scale * largest:.3g}" in error.why) is blamed


def test_a_penalty_that_overflows_is_named() -> None:
    """Weights of 1e160 have no square, and the costs of two saturated units do."""
    net = params(fdnn.tanh, fdnn.sigmoid)
    far = net.with_vector(np.where(np.arange(net.vector.size) < 25, 1e160 * net.vector, net.vector))
    learner = Learner(fdnn.binary_cross_entropy, GradientDescent(0.1), fdnn.L2(0.1))
    error = divergence(far, learner, batch())
    assert (error.quantity, error.layer, error.step) == ("the penalty", None, 1)
    assert "the penalty is inf" in str(error)


@attrs.frozen
class Surprise(Cost):
    """A cost of the user's own that takes the logarithm of an output that may be 0."""

    name = "surprise"

    def losses(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        return -sum_rows(Y * log(A))

    def derivative(self, A: Matrix[R, C], Y: Matrix[R, C], /) -> Matrix[R, C]:
        return -Y / A

    def require_labels(self, where: str, Y: Matrix[Out, M], /) -> None:
        """Any."""


def test_the_log_of_zero_in_a_users_own_cost_is_said() -> None:
    error = divergence(params(output=fdnn.relu), Learner(Surprise(), GradientDescent(0.1)), batch())
    assert (error.quantity, error.layer) == ("the cost", None)
    assert "surprise has no value there, such as the log of 0" in error.why


def test_a_logarithm_behind_logits_that_blew_up_is_not_the_costs_fault() -> None:
    """Beyond a billion it is the rate that is too high; below, the cost has no value there."""
    net, learner = params(output=fdnn.relu), Learner(Surprise(), GradientDescent(0.1))
    for power, too_far in ((0.0, False), (3.0, False), (6.0, True), (9.0, True)):
        error = divergence(net.with_vector(10.0**power * net.vector), learner, batch())
        assert (error.step, error.quantity) == (1, "the cost")
        assert ("try a smaller rate" in error.why) is too_far
        assert ("has no value there" in error.why) is not too_far


@attrs.frozen
class Steep(Activation):
    """An activation whose derivative overflows where its value does not."""

    name = "steep"

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return Z

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        return where(Z > 0.0, dA * 1e200 * 1e200, dA)


def test_a_derivative_that_overflows_is_found_in_its_own_layer() -> None:
    error = divergence(params(Steep()), Learner(squared_error, GradientDescent(0.1)), batch())
    assert (error.step, error.quantity, error.layer) == (1, "[dW | db]", 1)
    assert error.in_update


@attrs.frozen
class Leap(Optimizer):
    """An optimizer whose second update is infinite."""

    name = "leap"

    def init(self, params: Params[*Axes], /) -> OptimizerState[*Axes]:
        return OptimizerState(params.architecture)

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        rate = math.inf if state.count == 1 else 0.1
        return grads.with_vector(-rate * grads.vector), state.next()


def test_an_update_that_is_infinite_stops_at_its_own_step() -> None:
    """No state with such parameters is handed out, and the last good one is the one before."""
    net, learner = params(), Learner(squared_error, Leap())
    error = divergence(net, learner, batch())

    assert (error.step, error.quantity, error.in_update) == (2, "the update of [W | b]", True)
    assert error.state.step == 1
    assert np.isfinite(error.state.params.vector).all()


@settings(deadline=None, max_examples=60)
@given(
    power=st.integers(0, 300),
    scale=st.integers(-3, 150),
    which=st.sampled_from([fdnn.relu, fdnn.tanh, fdnn.identity, fdnn.leaky_relu]),
    optimizer=st.sampled_from([GradientDescent, fdnn.Momentum, fdnn.Adam]),
)
def test_no_stream_hands_out_a_number_that_is_not_finite(
    power: int, scale: int, which: Activation, optimizer: type[Optimizer]
) -> None:
    net = params(which)
    learner = Learner(squared_error, optimizer(10.0**power))  # type: ignore[call-arg]  # of each
    step = learner.step(net)(batch(10.0**scale), span=False)
    states: list[AnyState] = []
    ended: DivergenceError | None = None
    try:
        states.extend(islice(iterate(step)(learner.start(net)), 12))
    except DivergenceError as error:
        ended = error

    if ended is not None:
        assert np.isfinite(ended.state.params.vector).all()
        assert ended.step == states[-1].step + 1
    for state in states:
        assert np.isfinite(state.params.vector).all()
        assert all(np.isfinite(moment.vector).all() for moment in state.optimizer.moments)
    assert all(math.isfinite(state.cost) for state in states[1:])


@pytest.mark.parametrize("averages", [0, 1, 2])
def test_squares_that_overflow_stop_training_however_many_averages_stand_behind_them(
    averages: int,
) -> None:
    """The parameters are finite: what is divided by infinity moves nothing."""
    optimizer: Optimizer = fdnn.Adam()
    for _ in range(averages):
        optimizer = fdnn.Averaged(optimizer)
    x, y = np.array([[1e5, 2e5]], "float32"), np.array([[1e18, -1e18]], "float32")
    data = fdnn.batch_from_columns(x, y, Dim[Any](1), Dim[Any](1))
    net = fdnn.initialize(fdnn.mlp([1, 1], output=fdnn.identity), rng=0, dtype="float32")

    error = divergence(net, Learner(squared_error, optimizer), data)
    assert (error.step, error.quantity) == (1, "moment 2 of [W | b]")


def test_an_average_of_finite_parameters_is_finite_with_no_moment_before_it() -> None:
    net, learner = params(), Learner(squared_error, fdnn.Averaged(GradientDescent(0.1)))
    state = run(learner.step(net)(batch(), span=False), learner.start(net), 3)
    assert np.isfinite(state.optimizer.moments[0].vector).all()


def test_one_goes_on_from_the_last_good_state() -> None:
    error = divergence(params(), Learner(squared_error, GradientDescent(1e3)), batch())
    gentle = Learner(squared_error, GradientDescent(1e-3))
    state = error.state
    fresh = gentle.start(params())
    assert run(gentle.step(params())(batch()), fresh, 50).cost < math.inf
    assert gentle.step(state.params)(batch())(gentle.start(state.params)).step == 1


@attrs.frozen
class Sheer(Cost):
    """A cost whose slope is 1e200 everywhere."""

    name = "sheer"

    def losses(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        return sum_rows(0.0 * A)

    def derivative(self, A: Matrix[R, C], _Y: Matrix[R, C], /) -> Matrix[R, C]:
        return 1e200 + 0.0 * A

    def require_labels(self, where: str, Y: Matrix[Out, M], /) -> None:
        """Any."""


def test_of_several_gradients_the_first_on_the_way_back_is_named() -> None:
    """With activations of 1e110, `dZ = 1e200` overflows in the last layer first."""
    error = divergence(params(), Learner(Sheer(), GradientDescent(0.1)), batch(1e110))
    assert (error.step, error.quantity, error.layer) == (1, "[dW | db]", 2)
