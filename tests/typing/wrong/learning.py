"""Steps of training with the parts of another network."""

from itertools import islice

from fdnn import (
    Adam,
    Batch,
    GradientDescent,
    Key,
    Learner,
    State,
    categorical_cross_entropy,
    iterate,
    run,
    step,
    update,
)
from tests.typing.refusals import refused
from tests.typing.scene import (
    W1,
    X,
    Y,
    Y_test,
    batch,
    cat,
    grads,
    learner,
    net,
    other_batch,
    other_grads,
    other_params,
    other_state,
    other_X,
    other_Y,
    params,
    pixel,
    raw,
    sibling_grads,
    sibling_params,
    sibling_state,
    state,
)

move = learner.step(net)(batch)
descent = GradientDescent(0.1)


@refused(
    mypy=(
        'Unsupported operand types for + ("Params[Pixel, Hidden, Deep, Cat]" and '
        '"Params[Pixel, Hidden, Deep, Cat]")'
    ),
    fdnn="KindError: +: what stands after + is Params, expected Grads",
)
def parameters_plus_parameters() -> None:
    params + params  # E: operator


@refused(
    mypy='Unsupported operand types for * ("Params[Pixel, Hidden, Deep, Cat]" and "float")',
    python="TypeError: unsupported operand type(s) for *: 'Params' and 'float'",
)
def parameters_times_a_number() -> None:
    params * 0.5  # E: operator


@refused(
    mypy='Unsupported operand types for * ("float" and "Params[Pixel, Hidden, Deep, Cat]")',
    python="TypeError: unsupported operand type(s) for *: 'float' and 'Params'",
)
def a_number_times_parameters() -> None:
    0.5 * params  # E: operator


@refused(
    mypy='Unsupported operand types for - ("Params[Pixel, Hidden, Deep, Cat]" and "float")',
    fdnn="KindError: -: what stands after - is a float, expected Grads",
)
def parameters_minus_a_number() -> None:
    params - 0.1  # E: operator


@refused(
    mypy=(
        'Unsupported operand types for - ("Params[Pixel, Hidden, Deep, Cat]" and "Grads[Word,'
        ' Theme, Topic]")'
    ),
    fdnn=(
        "ShapeError: -: grads has axes (Word=8, Theme=6, Topic=4), expected (Pixel=12, "
        "Hidden=7, Deep=5, Cat=3): as params has them"
    ),
)
def gradients_of_another_network() -> None:
    params - 0.1 * other_grads  # E: operator


@refused(
    mypy=(
        'Unsupported operand types for - ("Params[Pixel, Hidden, Deep, Cat]" and '
        '"Grads[Pixel, Wide, Narrow, Cat]")'
    ),
    fdnn=(
        "ShapeError: -: grads has axes (Pixel=12, Wide=10, Narrow=2, Cat=3), expected "
        "(Pixel=12, Hidden=7, Deep=5, Cat=3): as params has them"
    ),
)
def gradients_of_other_hidden_layers() -> None:
    params - 0.1 * sibling_grads  # E: operator


@refused(
    mypy=(
        'Unsupported operand types for + ("Params[Pixel, Hidden, Deep, Cat]" and '
        '"Grads[Pixel, Wide, Narrow, Cat]")'
    ),
    fdnn=(
        "ShapeError: +: grads has axes (Pixel=12, Wide=10, Narrow=2, Cat=3), expected "
        "(Pixel=12, Hidden=7, Deep=5, Cat=3): as params has them"
    ),
)
def gradients_without_a_rate_of_other_hidden_layers() -> None:
    params + sibling_grads  # E: operator


@refused(
    mypy=(
        'Unsupported operand types for - ("Params[Pixel, Hidden, Deep, Cat]" and '
        '"Matrix[Hidden, Pixel]")'
    ),
    fdnn="KindError: -: what stands after - is a ndarray, expected Grads",
)
def a_matrix_in_place_of_gradients() -> None:
    params - W1  # E: operator


@refused(
    mypy=(
        'Unsupported operand types for + ("Grads[Pixel, Hidden, Deep, Cat]" and '
        '"Matrix[Hidden, Pixel]")'
    ),
    fdnn="KindError: +: what stands after + is a ndarray, expected Grads",
)
def gradients_plus_a_matrix() -> None:
    grads + W1  # E: operator


@refused(
    mypy=(
        'Unsupported operand types for + ("Grads[Pixel, Hidden, Deep, Cat]" and '
        '"Params[Pixel, Hidden, Deep, Cat]")'
    ),
    fdnn="KindError: +: what stands after + is Params, expected Grads",
)
def gradients_plus_parameters() -> None:
    grads + params  # E: operator


@refused(
    mypy=(
        'Unsupported operand types for + ("Grads[Pixel, Hidden, Deep, Cat]" and "Grads[Pixel,'
        ' Wide, Narrow, Cat]")'
    ),
    fdnn=(
        "ShapeError: +: grads has axes (Pixel=12, Wide=10, Narrow=2, Cat=3), expected "
        "(Pixel=12, Hidden=7, Deep=5, Cat=3): as params has them"
    ),
)
def gradients_plus_other_gradients() -> None:
    grads + sibling_grads  # E: operator


@refused(
    mypy=(
        'Unsupported operand types for - ("Grads[Pixel, Hidden, Deep, Cat]" and "Grads[Word, '
        'Theme, Topic]")'
    ),
    fdnn=(
        "ShapeError: -: grads has axes (Word=8, Theme=6, Topic=4), expected (Pixel=12, "
        "Hidden=7, Deep=5, Cat=3): as params has them"
    ),
)
def gradients_minus_other_gradients() -> None:
    grads - other_grads  # E: operator


@refused(
    mypy=(
        'Unsupported operand types for * ("Grads[Pixel, Hidden, Deep, Cat]" and "Grads[Pixel,'
        ' Hidden, Deep, Cat]")'
    ),
    fdnn="KindError: *: the factor is Grads, expected a number",
)
def gradients_times_gradients() -> None:
    grads * grads  # E: operator


@refused(
    mypy=(
        'Unsupported operand types for / ("Grads[Pixel, Hidden, Deep, Cat]" and "Grads[Pixel,'
        ' Hidden, Deep, Cat]")'
    ),
    fdnn="KindError: /: the factor is Grads, expected a number",
)
def gradients_over_gradients() -> None:
    grads / grads  # E: operator


@refused(
    mypy='Cannot infer value of type parameter "Axes" of "update"',
    fdnn=(
        "ShapeError: -: grads has axes (Pixel=12, Wide=10, Narrow=2, Cat=3), expected "
        "(Pixel=12, Hidden=7, Deep=5, Cat=3): as params has them"
    ),
)
def update_with_other_gradients() -> None:
    update(params, sibling_grads, 0.1)  # E: misc


@refused(
    mypy='Cannot infer value of type parameter "Axes" of "update" of "GradientDescent"',
    fdnn=(
        "ShapeError: GradientDescent: grads has axes (Pixel=12, Wide=10, Narrow=2, Cat=3), "
        "expected (Pixel=12, Hidden=7, Deep=5, Cat=3): as params has them"
    ),
)
def optimizer_with_other_gradients() -> None:
    descent.update(sibling_grads, state.optimizer, params)  # E: misc


@refused(
    mypy='Cannot infer value of type parameter "Axes" of "update" of "GradientDescent"',
    fdnn=(
        "ShapeError: GradientDescent: state has axes (Word=8, Theme=6, Topic=4), expected "
        "(Pixel=12, Hidden=7, Deep=5, Cat=3): as params has them"
    ),
)
def optimizer_state_of_another_network() -> None:
    descent.update(grads, other_state.optimizer, params)  # E: misc


@refused(
    mypy='Cannot infer value of type parameter "Axes" of "update" of "GradientDescent"',
    fdnn=(
        "ShapeError: GradientDescent: grads has axes (Pixel=12, Hidden=7, Deep=5, Cat=3), "
        "expected (Pixel=12, Wide=10, Narrow=2, Cat=3): as params has them"
    ),
)
def optimizer_for_another_network() -> None:
    descent.update(grads, state.optimizer, sibling_params)  # E: misc


@refused(
    mypy='"Grads[Pixel, Hidden, Deep, Cat]"; expected "Params[*tuple[Never, ...]]"',
    fdnn="KindError: init: params is Grads, expected Params",
)
def optimizer_of_gradients() -> None:
    descent.init(grads)  # E: arg-type


@refused(
    mypy='"Grads[Word, Theme, Topic]"; expected "Grads[Pixel, Hidden, Deep, Cat]"',
    fdnn=(
        "ShapeError: OptimizerState: a moment has axes (Word=8, Theme=6, Topic=4), expected "
        "(Pixel=12, Hidden=7, Deep=5, Cat=3): as the architecture has them"
    ),
)
def moments_of_another_network() -> None:
    state.optimizer.next(other_grads)  # E: arg-type


@refused(
    mypy='Cannot infer value of type parameter "Axes" of "State"',
    fdnn=(
        "ShapeError: State: optimizer has axes (Pixel=12, Wide=10, Narrow=2, Cat=3), expected"
        " (Pixel=12, Hidden=7, Deep=5, Cat=3): as params has them"
    ),
)
def state_with_the_optimizer_of_another() -> None:
    State(params, sibling_state.optimizer, Key(0))  # E: misc


@refused(
    mypy='"Grads[Pixel, Hidden, Deep, Cat]"; expected "Params[*tuple[Never, ...]]"',
    fdnn=(
        "KindError: start: params is Grads, expected Params: initialize(architecture, rng=0) "
        "gives them"
    ),
)
def state_that_starts_from_gradients() -> None:
    learner.start(grads)  # E: arg-type


@refused(
    mypy='Cannot infer value of type parameter "M" of "Batch"',
    fdnn="ShapeError: Batch: Y has 9 columns, expected 11: X has as many: one for each example",
)
def inputs_and_labels_of_different_examples() -> None:
    Batch(X, Y_test)  # E: misc


@refused(
    mypy='Cannot infer value of type parameter "M" of "Batch"',
    fdnn="ShapeError: Batch: Y has 11 columns, expected 12: X has as many: one for each example",
)
def inputs_as_rows_in_a_batch() -> None:
    Batch(X.T, Y)  # E: misc


@refused(
    mypy='"ndarray[tuple[Any, ...], dtype[float64]]"; expected "Matrix[Never, Never]"',
    unseen="at run time a matrix is a NumPy array, and these have as many columns",
)
def raw_arrays_in_a_batch() -> None:
    Batch(raw, raw)  # E: arg-type, arg-type


@refused(
    mypy='Cannot infer value of type parameter "In" of "Batch"',
    fdnn=(
        "ShapeError: Batch: X has shape (12, 11), expected (Cat=3, m): batch_from_columns takes "
        "columns, batch_from_rows rows"
    ),
)
def sizes_swapped_in_a_batch() -> None:
    Batch(X, Y, cat, pixel)  # E: misc, misc


@refused(
    mypy='"Matrix[Cat, Example]"; expected "Matrix[Pixel, Example]"',
    fdnn=(
        "ShapeError: step: batch has axes (3, 12), expected (Pixel=12, Cat=3): those are the "
        "inputs and outputs of the network"
    ),
)
def inputs_and_labels_swapped() -> None:
    learner.step(net)(Batch(Y, X))  # E: arg-type, arg-type


@refused(
    mypy='"Matrix[Topic, Example]"; expected "Matrix[Cat, Example]"',
    fdnn=(
        "ShapeError: step: batch has axes (12, 4), expected (Pixel=12, Cat=3): those are the "
        "inputs and outputs of the network"
    ),
)
def labels_of_another_network() -> None:
    learner.step(net)(Batch(X, other_Y))  # E: arg-type


@refused(
    mypy='"Matrix[Word, Example]"; expected "Matrix[Pixel, Example]"',
    fdnn=(
        "ShapeError: step: batch has axes (8, 3), expected (Pixel=12, Cat=3): those are the "
        "inputs and outputs of the network"
    ),
)
def inputs_of_another_network() -> None:
    learner.step(net)(Batch(other_X, Y))  # E: arg-type


@refused(
    mypy='"Batch[Word, Topic, Example]"; expected "Batch[Pixel, Cat, Example]"',
    fdnn=(
        "ShapeError: step: batch has axes (Word=8, Topic=4), expected (Pixel=12, Cat=3): "
        "those are the inputs and outputs of the network"
    ),
)
def a_batch_of_another_network() -> None:
    learner.step(net)(other_batch)  # E: arg-type


@refused(
    mypy='"Batch[Pixel, Cat, Example]"; expected "Batch[Word, Topic, Example]"',
    fdnn=(
        "ShapeError: step: batch has axes (Pixel=12, Cat=3), expected (Word=8, Topic=4): "
        "those are the inputs and outputs of the network"
    ),
)
def a_batch_for_another_network() -> None:
    learner.step(other_params)(batch)  # E: arg-type


@refused(
    mypy='"Matrix[Pixel, Example]"; expected "Batch[Pixel, Cat, Never]"',
    fdnn="KindError: step: batch is a ndarray, expected a Batch: Batch(X, Y) checks the data once",
)
def a_matrix_in_place_of_a_batch() -> None:
    learner.step(net)(X)  # E: arg-type


@refused(
    mypy='"State[Word, Theme, Topic]"; expected "State[Pixel, Hidden, Deep, Cat]"',
    fdnn=(
        "ShapeError: step: state has axes (Word=8, Theme=6, Topic=4), expected (Pixel=12, "
        "Hidden=7, Deep=5, Cat=3): the step was made for another network"
    ),
)
def a_state_of_another_network() -> None:
    move(other_state)  # E: arg-type


@refused(
    mypy='"State[Pixel, Wide, Narrow, Cat]"; expected "State[Pixel, Hidden, Deep, Cat]"',
    fdnn=(
        "ShapeError: step: state has axes (Pixel=12, Wide=10, Narrow=2, Cat=3), expected "
        "(Pixel=12, Hidden=7, Deep=5, Cat=3): the step was made for another network"
    ),
)
def a_state_of_other_hidden_layers() -> None:
    move(sibling_state)  # E: arg-type


@refused(
    mypy='"Params[Pixel, Hidden, Deep, Cat]"; expected "State[Pixel, Hidden, Deep, Cat]"',
    fdnn=(
        "KindError: step: state is Params, expected a State: learner.start(params) gives the first"
    ),
)
def parameters_in_place_of_a_state() -> None:
    move(params)  # E: arg-type


@refused(
    mypy='Cannot infer value of type parameter "In" of "step"',
    fdnn=(
        "ShapeError: step: batch has axes (Word=8, Topic=4), expected (Pixel=12, Cat=3): "
        "those are the inputs and outputs of the network"
    ),
)
def one_step_on_another_batch() -> None:
    step(state, other_batch, learner)  # E: misc, misc


@refused(
    mypy='"State[Word, Theme, Topic]"; expected "State[Pixel, Hidden, Deep, Cat]"',
    fdnn=(
        "ShapeError: step: state has axes (Word=8, Theme=6, Topic=4), expected (Pixel=12, "
        "Hidden=7, Deep=5, Cat=3): the step was made for another network"
    ),
)
def training_another_network() -> None:
    train = iterate(move)
    list(islice(train(other_state), 2))  # E: arg-type


@refused(
    mypy='"State[Pixel, Wide, Narrow, Cat]"; expected "State[Pixel, Hidden, Deep, Cat]"',
    fdnn=(
        "ShapeError: step: state has axes (Pixel=12, Wide=10, Narrow=2, Cat=3), expected "
        "(Pixel=12, Hidden=7, Deep=5, Cat=3): the step was made for another network"
    ),
)
def training_other_hidden_layers() -> None:
    list(islice(iterate(move)(sibling_state), 2))  # E: arg-type


@refused(
    mypy=(
        '"Step[Pixel, Hidden, Deep, Cat]"; expected "Callable[[State[Pixel, Wide, Narrow, '
        'Cat]], State[Pixel, Wide, Narrow, Cat]]"'
    ),
    fdnn=(
        "ShapeError: step: state has axes (Pixel=12, Wide=10, Narrow=2, Cat=3), expected "
        "(Pixel=12, Hidden=7, Deep=5, Cat=3): the step was made for another network"
    ),
)
def iterating_from_another_state() -> None:
    list(islice(iterate(move, sibling_state), 2))  # E: arg-type


@refused(
    mypy='"Batch[Word, Topic, Example]"; expected "Batch[Pixel, Cat, Example]"',
    fdnn=(
        "ShapeError: step: batch has axes (Word=8, Topic=4), expected (Pixel=12, Cat=3): "
        "those are the inputs and outputs of the network"
    ),
)
def iterating_a_lambda_on_another_batch() -> None:
    stream = iterate(lambda s: step(s, other_batch, learner), state)  # E: arg-type
    list(islice(stream, 2))


@refused(
    mypy=(
        '"Step[Pixel, Hidden, Deep, Cat]"; expected "Callable[[Params[Pixel, Hidden, Deep, '
        'Cat]], Params[Pixel, Hidden, Deep, Cat]]"'
    ),
    fdnn=(
        "KindError: step: state is Params, expected a State: learner.start(params) gives the first"
    ),
)
def iterating_from_parameters() -> None:
    list(islice(iterate(move, params), 2))  # E: arg-type


@refused(
    mypy=(
        '"Step[Pixel, Hidden, Deep, Cat]"; expected "Callable[[State[Pixel, Wide, Narrow, '
        'Cat]], State[Pixel, Wide, Narrow, Cat]]"'
    ),
    fdnn=(
        "ShapeError: step: state has axes (Pixel=12, Wide=10, Narrow=2, Cat=3), expected "
        "(Pixel=12, Hidden=7, Deep=5, Cat=3): the step was made for another network"
    ),
)
def running_another_network() -> None:
    run(move, sibling_state, 2)  # E: arg-type


@refused(
    mypy='"float"; expected "Cost"',
    fdnn="KindError: Learner: cost is a float, expected a Cost: such as squared_error",
)
def a_number_in_place_of_a_cost() -> None:
    Learner(0.01, descent)  # E: arg-type


@refused(
    mypy='"float"; expected "Optimizer"',
    fdnn="KindError: Learner: optimizer is a float, expected an Optimizer",
)
def a_rate_in_place_of_an_optimizer() -> None:
    Learner(categorical_cross_entropy, 0.01)  # E: arg-type


@refused(
    mypy='"GradientDescent"; expected "Cost"',
    fdnn="KindError: Learner: cost is a GradientDescent, expected a Cost: such as squared_error",
)
def an_optimizer_in_place_of_a_cost() -> None:
    Learner(descent, categorical_cross_entropy)  # E: arg-type, arg-type


@refused(
    mypy='"type[Adam]"; expected "Optimizer"',
    fdnn="KindError: Learner: optimizer is the class Adam, expected one that was made, Adam(...)",
)
def an_optimizer_that_was_not_made() -> None:
    Learner(categorical_cross_entropy, Adam)  # E: arg-type


@refused(
    mypy=(
        'Unsupported operand types for - ("Params[Pixel, Hidden, Deep, Cat]" and '
        '"Grads[Pixel, Wide, Narrow, Cat]")'
    ),
    fdnn=(
        "ShapeError: -: grads has axes (Pixel=12, Wide=10, Narrow=2, Cat=3), expected "
        "(Pixel=12, Hidden=7, Deep=5, Cat=3): as params has them"
    ),
)
def new_parameters_for_the_gradients_of_another_trace() -> None:
    params - 0.1 * sibling_params.forward(X).gradient(Y, categorical_cross_entropy)  # E: operator
