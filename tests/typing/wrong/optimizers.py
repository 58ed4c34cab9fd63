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


@refused(
    mypy='Cannot infer value of type parameter "Axes" of "update" of "Averaged"',
    fdnn=(
        "ShapeError: Adam: state has axes (Word=8, Theme=6, Topic=4), expected (Pixel=12, "
        "Hidden=7, Deep=5, Cat=3): as params has them"
    ),
)
def a_state_of_another_network_in_a_modifier() -> None:
    averaged.update(grads, other_memory, params)  # E: misc


@refused(
    mypy='Cannot infer value of type parameter "Axes" of "update" of "AdamW"',
    fdnn=(
        "ShapeError: AdamW: grads has axes (Pixel=12, Wide=10, Narrow=2, Cat=3), expected "
        "(Pixel=12, Hidden=7, Deep=5, Cat=3): as params has them"
    ),
)
def gradients_of_another_network_in_adamw() -> None:
    adamw = AdamW(0.01)
    adamw.update(sibling_grads, adamw.init(params), params)  # E: misc


@refused(
    mypy='"Matrix[Pixel, Example]"; expected "Matrix[Word, Example]"',
    fdnn=(
        "ShapeError: forward: X has shape (12, 11), expected (Word=8, m): Word is 8 in "
        "layer 1 of params"
    ),
)
def the_average_of_another_network() -> None:
    averaged.average(other_memory)(X)  # E: arg-type


@refused(
    mypy='"Params[Pixel, Hidden, Deep, Cat]"; expected "OptimizerState[*tuple[Never, ...]]"',
    fdnn="KindError: average: state is Params, expected an OptimizerState: state.optimizer",
)
def an_average_of_parameters() -> None:
    averaged.average(params)  # E: arg-type


@refused(
    mypy='"Momentum"; expected "float | Schedule"',
    fdnn=(
        "ArgumentError: Adam: rate is Momentum(rate=0.1, beta=0.9), expected a positive "
        "number or a schedule"
    ),
)
def an_optimizer_in_place_of_a_schedule() -> None:
    Adam(Momentum(0.1))  # E: arg-type


@refused(
    mypy='"Cosine"; expected "Optimizer"',
    fdnn=(
        "KindError: ClippedByNorm: optimizer is a Cosine, expected an Optimizer: Adam(), for one"
    ),
)
def a_schedule_in_place_of_an_optimizer() -> None:
    ClippedByNorm(Cosine(0.1, 100), 1.0)  # E: arg-type


@refused(
    mypy='"Warmup"; expected "float"',
    fdnn=(
        "ArgumentError: Nesterov: beta is Warmup(rate=0.9, steps=100, start=0.0), "
        "expected a number in [0, 1)"
    ),
)
def a_schedule_in_place_of_a_momentum() -> None:
    Nesterov(0.1, Warmup(0.9, 100))  # E: arg-type


@refused(
    mypy='"float"; expected "Optimizer"',
    fdnn="KindError: Decayed: optimizer is a float, expected an Optimizer: Adam(), for one",
)
def a_modifier_around_a_rate() -> None:
    Decayed(0.1, 0.01)  # E: arg-type


@refused(
    mypy='"type[Adam]"; expected "Optimizer"',
    fdnn="KindError: MaxNorm: optimizer is the class Adam, expected one that was made, Adam(...)",
)
def a_modifier_around_a_class() -> None:
    MaxNorm(Adam, 3.0)  # E: arg-type


@refused(
    mypy='"float"; expected "Schedule"',
    fdnn="KindError: then: after is a float, expected a Schedule: Constant(0.01), for one",
)
def a_rate_in_place_of_the_schedule_that_follows() -> None:
    Warmup(0.1, 10).then(0.1)  # E: arg-type


@refused(
    mypy='"float"; expected "Schedule"',
    fdnn=(
        "KindError: warmed_up: schedule is a float, expected a Schedule: Constant(0.01), for one"
    ),
)
def a_warm_up_before_a_number() -> None:
    warmed_up(0.1, 10)  # E: arg-type


@refused(
    mypy='"Cosine"; expected "Iterable[Schedule]"',
    fdnn="KindError: Joined: schedules is a Cosine, expected an Iterable: (first, second)",
)
def one_schedule_where_several_are_joined() -> None:
    Joined(Cosine(0.1, 100), (100,))  # E: arg-type


@refused(
    mypy='"type[Cosine]"; expected "float | Schedule"',
    fdnn=(
        "ArgumentError: GradientDescent: rate is <class 'fdnn.schedules.Cosine'>, "
        "expected a positive number or a schedule"
    ),
)
def a_schedule_that_was_not_made() -> None:
    GradientDescent(Cosine)  # E: arg-type


@refused(
    mypy='"OptimizerState[Pixel, Hidden, Deep, Cat]"; expected "float | Schedule"',
    fdnn=(
        "ArgumentError: NAdam: rate is OptimizerState[Pixel=12, Hidden=7, Deep=5, "
        "Cat=3](count 0, 2 moments), expected a positive number or a schedule"
    ),
)
def an_optimizer_by_name_with_its_state() -> None:
    optimizer_named("nadam", state.optimizer)  # E: arg-type
