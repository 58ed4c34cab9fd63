"""Optimizers, schedules and modifiers, put together wrong."""

from fdnn import (
    Adam,
    AdamW,
    Averaged,
    ClippedByNorm,
    Cosine,
    Decayed,
    GradientDescent,
    Joined,
    MaxNorm,
    Momentum,
    Nesterov,
    Warmup,
    optimizer_named,
    warmed_up,
)
from tests.typing.refusals import refused
from tests.typing.scene import X, grads, other_params, params, sibling_grads, state

averaged = Averaged(Adam(0.01))
other_memory = averaged.init(other_params)


@refused(mypy="x", fdnn="x")
def a_state_of_another_network_in_a_modifier() -> None:
    averaged.update(grads, other_memory, params)  # E: misc


@refused(mypy="x", fdnn="x")
def gradients_of_another_network_in_adamw() -> None:
    adamw = AdamW(0.01)
    adamw.update(sibling_grads, adamw.init(params), params)  # E: misc


@refused(mypy="x", fdnn="x")
def the_average_of_another_network() -> None:
    averaged.average(other_memory)(X)  # E: misc


@refused(mypy="x", fdnn="x")
def an_average_of_parameters() -> None:
    averaged.average(params)  # E: arg-type


@refused(mypy="x", fdnn="x")
def an_optimizer_in_place_of_a_schedule() -> None:
    Adam(Momentum(0.1))  # E: arg-type


@refused(mypy="x", fdnn="x")
def a_schedule_in_place_of_an_optimizer() -> None:
    ClippedByNorm(Cosine(0.1, 100), 1.0)  # E: arg-type


@refused(mypy="x", fdnn="x")
def a_schedule_in_place_of_a_momentum() -> None:
    Nesterov(0.1, Warmup(0.9, 100))  # E: arg-type


@refused(mypy="x", fdnn="x")
def a_modifier_around_a_rate() -> None:
    Decayed(0.1, 0.01)  # E: arg-type


@refused(mypy="x", fdnn="x")
def a_modifier_around_a_class() -> None:
    MaxNorm(Adam, 3.0)  # E: arg-type


@refused(mypy="x", fdnn="x")
def a_rate_in_place_of_the_schedule_that_follows() -> None:
    Warmup(0.1, 10).then(0.1)  # E: arg-type


@refused(mypy="x", fdnn="x")
def a_warm_up_before_a_number() -> None:
    warmed_up(0.1, 10)  # E: arg-type


@refused(mypy="x", fdnn="x")
def one_schedule_where_several_are_joined() -> None:
    Joined(Cosine(0.1, 100), (100,))  # E: arg-type


@refused(mypy="x", fdnn="x")
def a_schedule_that_was_not_made() -> None:
    GradientDescent(Cosine)  # E: arg-type


@refused(mypy="x", fdnn="x")
def an_optimizer_by_name_with_its_state() -> None:
    optimizer_named("nadam", state.optimizer)  # E: arg-type
