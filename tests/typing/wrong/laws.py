"""What is held against laws that are not its own."""

from typing import Any

from fdnn import Adam, Matrix, dense, laws, relu, squared_error
from tests.typing.refusals import refused
from tests.typing.scene import hidden, pixel


@refused(
    mypy='Argument 1 to "activation" has incompatible type "SquaredError"; expected "Activation"',
    fdnn=("KindError: laws.activation: g is a SquaredError, expected an Activation: such as relu"),
)
def a_cost_as_an_activation() -> None:
    laws.activation(squared_error)  # E: arg-type


@refused(
    mypy='Argument 1 to "optimizer" has incompatible type "type[Adam]"; expected "Optimizer"',
    fdnn="KindError: laws.optimizer: kind is the class Adam, expected one that was made, Adam(...)",
)
def a_class_as_an_optimizer() -> None:
    laws.optimizer(Adam)  # E: arg-type


@refused(
    mypy=(
        'Argument "deviation" to "initializer" has incompatible type "float"; expected '
        '"Callable[[int, int], float] | None"'
    ),
    fdnn=(
        "LawError: laws.initializer: He(): it raised TypeError: 'float' object is not callable, "
        "expected what its kind has to give: a kind raises nothing"
    ),
)
def a_deviation_that_is_a_number() -> None:
    from fdnn import he

    laws.initializer(he, deviation=0.1)  # E: arg-type


@refused(
    mypy=(
        'Argument 1 to "metric" has incompatible type "Callable[[Matrix[Any, Any]], float]"; '
        'expected "Callable[[Matrix[Any, Any], Matrix[Any, Any]], float]"'
    ),
    fdnn=(
        "LawError: laws.metric: share: it raised TypeError: a_metric_of_outputs_alone.<locals>."
        "share() takes 1 positional argument but 2 were given, expected what its kind has to give: "
        "a kind raises nothing"
    ),
)
def a_metric_of_outputs_alone() -> None:
    def share(A: Matrix[Any, Any]) -> float:
        return float(A.shape[1])

    laws.metric(share)  # E: arg-type


@refused(
    mypy='Argument 1 to "check" has incompatible type "str"',
    fdnn=(
        "KindError: laws.check: kind is a str, expected an activation, a cost, a layer, an "
        "optimizer or another kind"
    ),
)
def a_name_for_a_kind() -> None:
    laws.check("relu")  # E: arg-type


@refused(
    mypy=(
        'Argument 1 to "layer" has incompatible type "Architecture[Pixel, Hidden, Hidden]"; '
        'expected "Layer[Any, Any]"'
    ),
    fdnn=(
        "KindError: laws.layer: kind is an Architecture, expected a Layer: such as "
        "dense(pixel, hidden, relu)"
    ),
)
def an_architecture_as_a_layer() -> None:
    laws.layer(dense(pixel, hidden, relu) >> dense(hidden, hidden))  # E: arg-type
