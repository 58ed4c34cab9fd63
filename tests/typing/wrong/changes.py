"""Records and matrices that somebody tries to change, and matrices used as plain arrays."""

from fdnn import Adam, Architecture, Context, chain, mlp
from tests.typing.refusals import refused
from tests.typing.scene import W1, X, Y, batch, layer1, learner, net, params, pixel, state, trace


@refused(
    mypy='Unsupported target for indexed assignment ("Matrix[Pixel, Example]")',
    numpy="ValueError: assignment destination is read-only",
)
def a_number_of_a_matrix_is_set() -> None:
    X[0, 0] = 1.0  # E: index


@refused(
    mypy='Property "name" defined in "Dim" is read-only',
    python="AttributeError: Dim is immutable: name cannot be set",
)
def a_size_is_renamed() -> None:
    pixel.name = "Word"  # E: misc


@refused(
    mypy='Property "W" defined in "Dense" is read-only',
    python="FrozenInstanceError: can't set attribute",
)
def weights_are_set() -> None:
    layer1.W = W1  # E: misc


@refused(
    mypy='Property "layers" defined in "Architecture" is read-only',
    python="FrozenInstanceError: can't set attribute",
)
def layers_are_set() -> None:
    net.layers = ()  # E: misc


@refused(
    mypy='Property "vector" defined in "LayeredVector" is read-only',
    python="FrozenInstanceError: can't set attribute",
)
def the_vector_is_set() -> None:
    params.vector = params.vector * 0.0  # E: misc


@refused(
    mypy='Property "X" defined in "Batch" is read-only',
    python="FrozenInstanceError: can't set attribute",
)
def the_examples_of_a_batch_are_set() -> None:
    batch.X = X  # E: misc


@refused(
    mypy='Property "output" defined in "Trace" is read-only',
    python="FrozenInstanceError: can't set attribute",
)
def the_output_of_a_trace_is_set() -> None:
    trace.output = Y  # E: misc


@refused(
    mypy='Property "params" defined in "State" is read-only',
    python="FrozenInstanceError: can't set attribute",
)
def the_parameters_of_a_state_are_set() -> None:
    state.params = params  # E: misc


@refused(
    mypy='Property "cost" defined in "State" is read-only',
    python="FrozenInstanceError: can't set attribute",
)
def the_cost_of_a_state_is_set() -> None:
    state.cost = 0.0  # E: misc


@refused(
    mypy='Property "optimizer" defined in "Learner" is read-only',
    python="FrozenInstanceError: can't set attribute",
)
def the_optimizer_of_a_learner_is_set() -> None:
    learner.optimizer = Adam()  # E: misc


@refused(
    mypy='Unsupported operand types for ** ("Matrix[Pixel, Example]" and "int")',
    unseen="NumPy knows powers; here a product says which axes it keeps",
)
def a_power_of_a_matrix() -> None:
    X**2  # E: operator


@refused(
    mypy='No overload variant of "sum" matches argument type "Matrix[Pixel, Example]"',
    unseen="at run time a matrix is a NumPy array, which Python adds up row by row",
)
def the_numbers_of_a_matrix_in_a_sum() -> None:
    sum(X)  # E: call-overload


@refused(
    mypy='Unsupported left operand type for @ ("Params[Pixel, Hidden, Deep, Cat]")',
    numpy="ValueError: matmul: Input operand 0 does not have enough dimensions",
)
def parameters_times_examples() -> None:
    params @ X  # E: operator


@refused(
    mypy='"Matrix[Cat, Example]"; expected "Context"',
    fdnn="KindError: forward: context is a ndarray, expected a Context",
)
def labels_in_place_of_a_context() -> None:
    params.forward(X, Y)  # E: arg-type


@refused(
    mypy='"int"; expected "Key | None"',
    fdnn="KindError: Context: key is an int, expected a Key: Key(0), for one",
)
def a_key_in_place_of_a_context() -> None:
    Context(True, 3)  # E: arg-type


@refused(
    mypy=(
        'No overload variant of "chain" matches argument type "Architecture[Pixel, Hidden, '
        'Deep, Cat]"'
    ),
    fdnn="KindError: Architecture: a layer is an Architecture, expected a Layer",
)
def a_chain_of_a_chain() -> None:
    chain(net)  # E: call-overload


@refused(
    mypy='"Dense[Pixel, Hidden]"; expected "Iterable[Layer[Any, Any]]"',
    python="TypeError: 'Dense' object is not iterable",
)
def an_architecture_of_one_bare_layer() -> None:
    Architecture(layer1)  # E: arg-type


@refused(
    mypy='"int"; expected "Sequence[int]"', python="TypeError: object of type 'int' has no len()"
)
def a_network_of_one_size() -> None:
    mlp(3)  # E: arg-type
