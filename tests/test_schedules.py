"""Schedules: what they promise beside the oracles' numbers (`test_oracles`)."""

from __future__ import annotations

import math
from itertools import islice
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typeguard import suppress_type_checks

import fdnn
from fdnn import (
    Adam,
    ArgumentError,
    Constant,
    Cosine,
    ExponentialDecay,
    GradientDescent,
    Grads,
    InverseTime,
    Joined,
    Learner,
    Momentum,
    Nesterov,
    OneCycle,
    Optimizer,
    Polynomial,
    Scaled,
    Schedule,
    StepDecay,
    Warmup,
    iterate,
    warmed_up,
)
from fdnn.names import OPTIMIZERS
from tests.strategies import LAW, cat_batch, cat_network

ENDING: list[Schedule] = [
    Cosine(0.5, 7),
    Polynomial(0.5, 7, 2.0, 0.1),
    Warmup(0.5, 7),
    OneCycle(0.5, 7),
    Scaled(Cosine(0.5, 7), 2.0),
    Joined((Constant(0.5), Cosine(0.5, 4)), (3,)),
    Warmup(0.5, 3).then(Cosine(0.5, 4)),
]
ENDLESS: list[Schedule] = [
    Constant(0.5),
    StepDecay(0.5, 30),
    ExponentialDecay(0.5, 0.9),
    InverseTime(0.5, 0.1),
    InverseTime(0.5, 0.1, 3),
    warmed_up(Constant(0.5), 3),
]


@pytest.mark.parametrize("schedule", ENDING, ids=repr)
def test_a_schedule_is_refused_beyond_its_end(schedule: Schedule) -> None:
    assert schedule.end == 7
    assert all(math.isfinite(schedule(count)) for count in range(7))
    for count in (7, 8, 100):
        with pytest.raises(ArgumentError, match="the schedule ends after"):
            schedule(count)


@pytest.mark.parametrize("schedule", ENDLESS, ids=repr)
def test_a_schedule_without_an_end_goes_on(schedule: Schedule) -> None:
    assert schedule.end is None
    assert 0.0 < schedule(1000) <= 0.5


@pytest.mark.parametrize("optimizer", [Adam, GradientDescent, Momentum, Nesterov])
def test_training_beyond_the_end_is_refused_in_one_sentence(optimizer: Any) -> None:
    params, batch = cat_network(), cat_batch()
    learner = Learner(fdnn.categorical_cross_entropy, optimizer(Cosine(0.1, 3)))
    step = learner.step(params)(batch)
    assert learner.optimizer.end == 3
    sentence = (
        "Cosine: count is 3, expected less than 3: the schedule ends after 3 updates; "
        ".then(another) goes on"
    )

    stream = iterate(step)(learner.start(params))
    last = list(islice(stream, 4))[-1]
    with pytest.raises(ArgumentError) as in_a_stream:
        next(stream)
    with pytest.raises(ArgumentError) as by_hand:
        step(last)
    assert str(in_a_stream.value) == str(by_hand.value) == sentence


@LAW
@given(lengths=st.lists(st.integers(1, 9), min_size=2, max_size=4), rates=st.floats(0.1, 1.0))
def test_joined_schedules_follow_each_other_and_each_begins_at_0(
    lengths: list[int], rates: float
) -> None:
    schedules = [Cosine(rates, length) for length in lengths]
    together: Schedule = schedules[0]
    for schedule in schedules[1:]:
        together = together.then(schedule)

    expected = [schedule(t) for schedule in schedules for t in range(schedule.steps)]
    assert together.end == sum(lengths)
    assert [together(count) for count in range(sum(lengths))] == expected


@LAW
@given(steps=st.integers(1, 50), rise=st.floats(0.0, 0.99))
def test_one_cycle_rises_once_and_falls_once(steps: int, rise: float) -> None:
    cycle = OneCycle(1.0, steps, rise)
    rates = [cycle(count) for count in range(steps)]
    assert all(math.isfinite(rate) and 0.0 < rate <= 1.0 for rate in rates)
    top = int(np.argmax(rates))
    assert (np.diff(rates[: top + 1]) > 0.0).all()
    assert (np.diff(rates[top:]) < 0.0).all()


@pytest.mark.parametrize(
    ("rise", "rates"),
    [
        (0.37, [0.1649408561506024, 0.42469799308849604, 0.49720771772545586, 0.44928332967322343]),
        (0.33, [0.21117055686736785, 0.48013071236130866, 0.48665397220693324, 0.4246926581752826]),
    ],
)
def test_a_peak_between_two_updates_is_passed_between_them(rise: float, rates: Any) -> None:
    """At 2.7 and at 2.3; the rates of updates 1 to 4 are those of PyTorch's `OneCycleLR`."""
    cycle = OneCycle(0.5, 10, rise)
    np.testing.assert_allclose([cycle(count) for count in range(1, 5)], rates, rtol=1e-12)


def test_a_warm_up_leads_to_where_the_next_begins() -> None:
    schedule = warmed_up(ExponentialDecay(0.5, 0.5), 5, 0.1)
    np.testing.assert_allclose(
        [schedule(t) for t in range(8)], [0.1, 0.18, 0.26, 0.34, 0.42, 0.5, 0.25, 0.125]
    )


def test_the_decay_of_the_course_by_its_own_examples() -> None:
    """The numbers that the notebook "Optimization methods" prints."""
    assert InverseTime(0.5, 1.0)(2) == pytest.approx(0.16666666666666666, abs=1e-16)
    stairs = InverseTime(0.5, 0.3, 100)
    assert stairs(10) == 0.5
    assert stairs(100) == pytest.approx(0.3846153846153846, abs=1e-16)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_constant_schedule_is_its_number(name: str) -> None:
    params = cat_network()
    grads = Grads(params.architecture, params.vector)
    by_number, by_schedule = OPTIMIZERS[name](0.25), OPTIMIZERS[name](Constant(0.25))
    assert by_number.rate_at(9) == by_schedule.rate_at(9) == 0.25
    assert (by_number.end, by_schedule.end) == (None, None)

    one, other = (o.update(grads, o.init(params), params) for o in (by_number, by_schedule))
    assert one == other


def test_each_update_asks_for_the_rate_of_its_count() -> None:
    params = cat_network()
    optimizer: Optimizer = GradientDescent(Warmup(1.0, 4, 0.2))
    state, ones = optimizer.init(params), params.with_vector(np.ones_like(params.vector))
    for expected in (0.2, 0.4, 0.6, 0.8):
        updates, state = optimizer.update(Grads(ones.architecture, ones.vector), state, params)
        np.testing.assert_allclose(updates.vector, -expected)


def test_momentum_as_in_the_course_is_the_courses() -> None:
    """`v := beta v + (1 - beta) dW`, `W := W - rate v`, with a rate that changes too."""
    for rate in (0.3, InverseTime(0.3, 0.5)):
        optimizer = Momentum.as_in_course(rate, 0.8)
        params = cat_network()
        state, w, v = optimizer.init(params), params.vector, np.zeros_like(params.vector)
        for t in range(9):
            g = np.sin(3.0 * w)
            updates, state = optimizer.update(Grads(params.architecture, g), state, params)
            params = params + updates
            v = 0.8 * v + (1.0 - 0.8) * g
            w = w - (rate if isinstance(rate, float) else rate(t)) * v
            np.testing.assert_allclose(params.vector, w, rtol=0, atol=1e-14)


@attrs.frozen
class Wrong(Schedule):
    """A schedule of the user's own that gives anything."""

    value: Any

    def __call__(self, _count: int, /) -> float:
        value: float = self.value
        return value


def test_a_rate_that_grows_beyond_all_numbers_is_refused_in_words() -> None:
    with pytest.raises(ArgumentError, match="the rate of update 5000 is inf"):
        Adam(ExponentialDecay(0.1, 2.0)).rate_at(5000)


@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf, "0.1", None])
def test_what_is_no_rate_is_refused_when_it_comes(value: Any) -> None:
    params = cat_network()
    optimizer = Adam(Wrong(value))
    with suppress_type_checks(), pytest.raises(ArgumentError) as refusal:
        optimizer.update(Grads(params.architecture, params.vector), optimizer.init(params), params)
    expected = f"Wrong: the rate of update 0 is {value!r}, expected a finite number from 0 on"
    assert str(refusal.value) == expected
