"""Networks that do not fit together, and networks without numbers."""

import numpy as np

from fdnn import (
    categorical_cross_entropy,
    chain,
    dense,
    dense_of,
    forward,
    initialize,
    params_of,
    relu,
    softmax,
)
from tests.typing.refusals import refused
from tests.typing.scene import (
    W1,
    W2,
    X,
    b1,
    b2,
    cat,
    deep,
    hidden,
    layer1,
    layer2,
    layer3,
    learner,
    net,
    own_layer,
    params,
    pixel,
    theme,
)


@refused(
    mypy='"Dim[Deep]"; expected "Dim[Hidden]"',
    fdnn="ShapeError: >>: layer 2 takes (Deep=5), expected (Hidden=7): that is what layer 1 gives",
)
def layers_that_do_not_fit() -> None:
    dense(pixel, hidden, relu) >> dense(deep, cat, softmax)  # E: arg-type


@refused(
    mypy='Unsupported operand types for >> ("Dense[Hidden, Deep]" and "Dense[Pixel, Hidden]")',
    fdnn="ShapeError: >>: layer 2 takes (Pixel=12), expected (Deep=5): that is what layer 1 gives",
)
def layers_in_the_wrong_order() -> None:
    layer2 >> layer1  # E: operator


@refused(
    mypy='"Dim[Hidden]"; expected "Dim[Deep]"',
    fdnn="ShapeError: >>: layer 3 takes (Hidden=7), expected (Deep=5): that is what layer 2 gives",
)
def one_hidden_layer_for_another() -> None:
    layer1 >> layer2 >> dense(hidden, cat, softmax)  # E: arg-type


@refused(
    mypy='"Dim[Deep]"; expected "Dim[Hidden]"',
    fdnn="ShapeError: >>: layer 2 takes (Deep=5), expected (Hidden=7): that is what layer 1 gives",
)
def inputs_and_outputs_swapped() -> None:
    layer1 >> dense(deep, hidden, relu)  # E: arg-type


@refused(
    mypy=(
        'Unsupported operand types for >> ("Architecture[Pixel, Hidden, Deep, Cat]" and '
        '"Dense[Deep, Cat]")'
    ),
    fdnn="ShapeError: >>: layer 4 takes (Deep=5), expected (Cat=3): that is what layer 3 gives",
)
def a_layer_after_the_outputs() -> None:
    net >> layer3  # E: operator


@refused(
    mypy='"Dim[Theme]"; expected "Dim[Cat]"',
    fdnn="ShapeError: >>: layer 4 takes (Theme=6), expected (Cat=3): that is what layer 3 gives",
)
def a_layer_of_another_network() -> None:
    net >> dense(theme, cat)  # E: arg-type


@refused(
    mypy='Unsupported operand types for >> ("Affine[Pixel, Hidden]" and "Dense[Deep, Cat]")',
    fdnn="ShapeError: >>: layer 2 takes (Deep=5), expected (Hidden=7): that is what layer 1 gives",
)
def own_layer_that_does_not_fit() -> None:
    own_layer >> layer3  # E: operator


@refused(
    mypy=(
        'Unsupported operand types for >> ("Architecture[Pixel, Hidden]" and '
        '"Architecture[Hidden, Deep, Cat]")'
    ),
    fdnn="KindError: Architecture: a layer is an Architecture, expected a Layer",
)
def chain_after_chain() -> None:
    chain(layer1) >> (layer2 >> layer3)  # E: operator


@refused(
    mypy='"Matrix[Hidden, Pixel]"; expected "Matrix[Hidden, Hidden]"',
    fdnn="ShapeError: >>: layer 2 takes (12), expected (7): that is what layer 1 gives",
)
def numbers_that_do_not_fit() -> None:
    params_of(dense_of(W1, b1)) >> dense_of(W1, b1)  # E: arg-type


@refused(
    mypy='"Matrix[Hidden, Pixel]"; expected "Matrix[Hidden, Deep]"',
    fdnn="ShapeError: >>: layer 2 takes (12), expected (5): that is what layer 1 gives",
)
def numbers_in_the_wrong_order() -> None:
    params_of(dense_of(W2, b2)) >> dense_of(W1, b1)  # E: arg-type


@refused(
    mypy=(
        'Unsupported operand types for >> ("Architecture[Pixel, Hidden, Deep, Cat]" and '
        '"Params[Pixel, Hidden, Deep, Cat]")'
    ),
    fdnn="KindError: Architecture: a layer is Params, expected a Layer",
)
def numbers_after_an_architecture() -> None:
    net >> params  # E: operator


@refused(
    mypy='"int"; expected "Dim[Never]"',
    fdnn="KindError: dense: inputs is an int, expected a Dim: write Dim[Pixel](12288)",
)
def sizes_without_names() -> None:
    dense(12, 7, relu)  # E: arg-type, arg-type


@refused(
    mypy='"str"; expected "Activation"',
    fdnn="KindError: Dense: activation is a str, expected an Activation: such as relu",
)
def an_activation_by_its_name() -> None:
    dense(pixel, hidden, "relu")  # E: arg-type


@refused(
    mypy='"ReLU"; expected "Dim[Never]"',
    fdnn="KindError: dense: outputs is a ReLU, expected a Dim: write Dim[Pixel](12288)",
)
def an_activation_in_place_of_a_size() -> None:
    dense(pixel, relu)  # E: arg-type


@refused(
    mypy='"CategoricalCrossEntropy"; expected "Activation"',
    fdnn=(
        "KindError: Dense: activation is a CategoricalCrossEntropy, expected an Activation: "
        "such as relu"
    ),
)
def an_initializer_in_place_of_an_activation() -> None:
    dense(pixel, hidden, categorical_cross_entropy)  # E: arg-type


@refused(
    mypy='"Architecture[Pixel, Hidden, Deep, Cat]" not callable',
    fdnn=(
        "KindError: Architecture: the network is an Architecture, which has no numbers, "
        "expected Params: initialize(architecture, rng=0) gives them"
    ),
)
def a_network_never_initialised() -> None:
    net(X)  # E: operator


@refused(
    mypy='"Architecture[Pixel, Hidden, Deep, Cat]" has no attribute "forward"',
    fdnn=(
        "KindError: Architecture: the network is an Architecture, which has no numbers, "
        "expected Params: initialize(architecture, rng=0) gives them"
    ),
)
def a_network_never_initialised_goes_forward() -> None:
    net.forward(X)  # E: attr-defined


@refused(
    mypy=(
        '"Architecture[Pixel, Hidden, Deep, Cat]"; expected "Params[Pixel, *tuple[Never, '
        '...], Never]"'
    ),
    fdnn=(
        "KindError: forward: params is an Architecture, expected Params: "
        "initialize(architecture, rng=0) gives them"
    ),
)
def a_network_never_initialised_by_function() -> None:
    forward(net, X)  # E: arg-type


@refused(
    mypy='"Architecture[Pixel, Hidden, Deep, Cat]"; expected "Params[*tuple[Never, ...]]"',
    fdnn=(
        "KindError: start: params is an Architecture, expected Params: "
        "initialize(architecture, rng=0) gives them"
    ),
)
def a_network_never_initialised_is_trained() -> None:
    learner.start(net)  # E: arg-type


@refused(
    mypy='"Dense[Pixel, Hidden]"; expected "Params[*tuple[Never, ...]]"',
    fdnn=(
        "KindError: start: params is a Dense, expected Params: initialize(architecture, "
        "rng=0) gives them"
    ),
)
def a_layer_in_place_of_parameters() -> None:
    learner.start(layer1)  # E: arg-type


@refused(
    mypy=(
        'No overload variant of "initialize" matches argument types "Params[Pixel, Hidden, '
        'Deep, Cat]", "int"'
    ),
    fdnn="KindError: initialize: network is Params, expected an Architecture",
)
def initialised_twice() -> None:
    initialize(params, rng=0)  # E: call-overload


@refused(
    mypy=(
        'No overload variant of "initialize" matches argument type "Architecture[Pixel, '
        'Hidden, Deep, Cat]"'
    ),
    python="TypeError: initialize() missing 1 required keyword-only argument: 'rng'",
)
def initialised_without_a_key() -> None:
    initialize(net)  # E: call-overload


@refused(
    mypy=(
        'No overload variant of "initialize" matches argument types "Architecture[Pixel, '
        'Hidden, Deep, Cat]", "Generator"'
    ),
    fdnn=(
        "KindError: initialize: rng is a Generator, expected a Key or a whole number: a "
        "generator changes when it is drawn from, a key does not"
    ),
)
def initialised_by_a_generator() -> None:
    initialize(net, rng=np.random.default_rng(0))  # E: call-overload
