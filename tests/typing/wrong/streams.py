"""Streams of states that are measured, scored and ended by what does not fit them."""

from fdnn import (
    State,
    accuracy,
    best,
    categorical_cross_entropy,
    early_stopping,
    every,
    iterate,
    last,
    range_test,
    recorded,
    scoring,
    take,
    within,
)
from fdnn.health import health
from fdnn.reports import saved, to_csv
from tests.typing.refusals import refused
from tests.typing.scene import (
    Theme,
    Topic,
    Word,
    batch,
    learner,
    net,
    other_batch,
    other_state,
    sibling_state,
    state,
)

train = iterate(learner.step(net)(batch))
measure_others = scoring(categorical_cross_entropy, accuracy, test=other_batch)


def score_of_others(state: State[Word, Theme, Topic]) -> float:
    return state.cost


@refused(
    mypy=(
        '"Scoring[Word, Topic]"; expected "Callable[[State[Pixel, Hidden, Deep, Cat]], '
        'Mapping[str, float]] | None"'
    ),
    fdnn=(
        "ShapeError: scoring: state has axes (Pixel=12, Cat=3), expected (Word=8, "
        "Topic=4): those are the inputs and outputs of the batches"
    ),
)
def the_scores_of_another_network() -> None:
    last(take(2, recorded(train(state), measure_others)))  # E: arg-type


@refused(
    mypy='Cannot infer value of type parameter "In" of "scoring"',
    fdnn=(
        "ShapeError: scoring: test has axes (Word=8, Topic=4), expected (Pixel=12, "
        "Cat=3): as train has them"
    ),
)
def batches_of_two_networks_in_one_scoring() -> None:
    scoring(categorical_cross_entropy, train=batch, test=other_batch)(state)  # E: misc, misc


@refused(
    mypy=('"State[Pixel, Hidden, Deep, Cat]"; expected "State[Word, Hidden, Deep, Topic]"'),
    fdnn=(
        "ShapeError: scoring: state has axes (Pixel=12, Cat=3), expected (Word=8, "
        "Topic=4): those are the inputs and outputs of the batches"
    ),
)
def the_score_of_a_state_of_another_network() -> None:
    measure_others(state)  # E: arg-type


@refused(
    mypy='"str"; expected "Measure"',
    fdnn="KindError: Metric: a metric is a str, expected a function of A and Y: such as accuracy",
)
def a_metric_by_its_name() -> None:
    scoring(categorical_cross_entropy, "accuracy", test=batch)  # E: arg-type


@refused(
    mypy=(
        '"Callable[[State[Word, Theme, Topic]], float]"; expected '
        '"Callable[[State[Pixel, Hidden, Deep, Cat]], float]"'
    ),
    unseen="a score is a function, which is trusted to know what it asks of a state",
    guards=(
        'TypeCheckError: argument "state" (fdnn.training.State) has axes (Pixel=12, '
        "Hidden=7, Deep=5, Cat=3), expected (Word, Theme, Topic): the number of axes "
        "differs"
    ),
)
def early_stopping_by_the_score_of_another_network() -> None:
    last(early_stopping(take(2, train(state)), score_of_others, 2))  # E: arg-type


@refused(
    mypy='Argument 3 to "early_stopping" has incompatible type "float"; expected "int"',
    fdnn="KindError: early_stopping: patience is 0.5, expected a whole number from 1 on",
)
def patience_that_is_a_fraction() -> None:
    early_stopping(train(state), lambda state: state.cost, 0.5)  # E: arg-type


@refused(
    mypy='"str"; expected "Callable[[State[Pixel, Hidden, Deep, Cat]], float]"',
    fdnn="KindError: best: score is a str, expected a function from a state to a number",
)
def the_best_by_a_name() -> None:
    best(train(state), "test cost")  # E: arg-type


@refused(
    mypy='"State[Pixel, Hidden, Deep, Cat]"; expected "Iterable[Never]"',
    fdnn=(
        "KindError: take: states is a State, expected a stream of states: "
        "iterate(step)(start) gives one"
    ),
)
def a_state_in_place_of_a_stream() -> None:
    take(2, state)  # E: arg-type


@refused(
    mypy='"Iteration[State[Pixel, Hidden, Deep, Cat]]"; expected "Iterable[Never]"',
    fdnn=(
        "KindError: every: states is an Iteration, expected a stream of states: "
        "iterate(step)(start) gives one"
    ),
)
def a_step_in_place_of_a_stream() -> None:
    every(2, train)  # E: arg-type


@refused(
    mypy='Argument 1 to "within" has incompatible type "str"; expected "float"',
    fdnn="KindError: within: seconds is '1.5', expected a positive number",
)
def seconds_as_text() -> None:
    within("1.5", train(state))  # E: arg-type


@refused(
    mypy=(
        '"Iterator[Params[Pixel, Hidden, Deep, Cat]]"; expected '
        '"Iterable[State[*tuple[Never, ...]]]"'
    ),
    fdnn=(
        "KindError: a stream: a state is Params, expected a State: "
        "learner.start(params) gives the first"
    ),
)
def parameters_in_a_stream_that_is_saved() -> None:
    next(saved(iter([state.params]), "never.safetensors"))  # E: arg-type


@refused(
    mypy=('"State[Pixel, Hidden, Deep, Cat]"; expected "Iterable[State[*tuple[Never, ...]]]"'),
    fdnn=(
        "KindError: to_csv: states is a State, expected a stream of states: "
        "iterate(step)(start) gives one"
    ),
)
def a_table_of_a_state() -> None:
    to_csv(state, "run.csv")  # E: arg-type


@refused(
    mypy='Cannot infer value of type parameter "In" of "range_test"',
    fdnn=(
        "ShapeError: step: batch has axes (Word=8, Topic=4), expected (Pixel=12, "
        "Cat=3): those are the inputs and outputs of the network"
    ),
)
def rates_for_another_network() -> None:
    range_test(learner, state, other_batch)  # E: misc, misc


@refused(
    mypy='Cannot infer value of type parameter "Hidden" of "health"',
    fdnn=(
        "ShapeError: health: after has axes (Pixel=12, Wide=10, Narrow=2, Cat=3), "
        "expected (Pixel=12, Hidden=7, Deep=5, Cat=3): as before has them"
    ),
)
def health_between_two_networks() -> None:
    health(state, sibling_state, batch)  # E: misc


@refused(
    mypy='"State[Word, Theme, Topic]"; expected "State[Pixel, Hidden, Deep, Cat]"',
    fdnn=(
        "ShapeError: step: state has axes (Word=8, Theme=6, Topic=4), expected "
        "(Pixel=12, Hidden=7, Deep=5, Cat=3): the step was made for another network"
    ),
)
def training_that_goes_on_from_a_state_of_another() -> None:
    take(2, train(other_state))  # E: arg-type
