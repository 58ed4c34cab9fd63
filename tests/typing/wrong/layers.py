"""Dropout, normalisation, residual blocks and calibration, written wrong."""

import attrs

from fdnn import (
    ONE,
    BatchNorm,
    Context,
    LayerNorm,
    Matrix,
    batch_norm,
    calibrate,
    chain,
    dense,
    dropout,
    initialize,
    layer_norm,
    params_of,
    relu,
    residual,
    tanh,
)
from fdnn.axes import F, M
from fdnn.layers.normalization import LayerNormCache
from fdnn.matrix import ones, sqrt, sum_columns, sum_rows, zeros
from tests.typing.refusals import refused
from tests.typing.scene import (
    Hidden,
    cat,
    deep,
    example,
    hidden,
    layer1,
    net,
    other_batch,
    params,
    pixel,
)


@refused(
    mypy=('Argument 1 to "dropout" has incompatible type "Dim[Deep]"; expected "Dim[Hidden]"'),
    fdnn=(
        "ShapeError: >>: layer 2 takes (Deep=5), expected (Hidden=7): that is what layer 1 gives"
    ),
)
def dropout_of_another_axis() -> None:
    dense(pixel, hidden, relu) >> dropout(deep, 0.2)  # E: arg-type


@refused(
    mypy='"batch_norm" has incompatible type "Dim[Pixel]"; expected "Dim[Hidden]"',
    fdnn=(
        "ShapeError: >>: layer 2 takes (Pixel=12), expected (Hidden=7): that is what layer 1 gives"
    ),
)
def normalisation_of_the_axis_before() -> None:
    dense(pixel, hidden, relu) >> batch_norm(pixel)  # E: arg-type


@refused(
    mypy='"dropout" has incompatible type "float"; expected "Dim[Hidden]"',
    fdnn=("KindError: dropout: features is a float, expected a Dim: write Dim[Hidden](20)"),
)
def a_rate_in_the_place_of_the_axis() -> None:
    layer1 >> dropout(0.5)  # E: arg-type, arg-type


@refused(
    mypy='"dropout" has incompatible type "Tanh"; expected "float"',
    fdnn="ArgumentError: Dropout: rate is Tanh(), expected a number in [0, 1)",
)
def an_activation_in_the_place_of_the_rate() -> None:
    dropout(hidden, tanh)  # E: arg-type


@refused(
    mypy='"dense" has incompatible type "Dim[Cat]"; expected "Dim[Hidden]"',
    fdnn=(
        "ShapeError: residual: the block goes from (Hidden=7) to (Cat=3), "
        "expected from (Hidden=7) to (Hidden=7): Z = A + block(A)"
    ),
)
def a_residual_layer_that_does_not_end_where_it_starts() -> None:
    residual(hidden)(dense(hidden, deep, relu) >> dense(deep, cat))  # E: arg-type


@refused(
    mypy='"dense" has incompatible type "Dim[Deep]"; expected "Dim[Hidden]"',
    fdnn=(
        "ShapeError: residual: the block goes from (Hidden=7) to (Deep=5), "
        "expected from (Hidden=7) to (Hidden=7): Z = A + block(A)"
    ),
)
def a_residual_layer_of_one_layer_to_another_axis() -> None:
    residual(hidden)(dense(hidden, deep))  # E: arg-type


@refused(
    mypy='expected "Architecture[Deep, *tuple[Any, ...], Deep] | Layer[Deep, Deep]"',
    fdnn=(
        "ShapeError: residual: the block goes from (Hidden=7) to (Hidden=7), "
        "expected from (Deep=5) to (Deep=5): Z = A + block(A)"
    ),
)
def a_residual_layer_on_another_axis_than_its_block() -> None:
    residual(deep)(dense(hidden, deep, relu) >> dense(deep, hidden))  # E: arg-type


@refused(
    mypy=(
        '"Params[Hidden, Hidden]"; expected "Architecture[Hidden, *tuple[Any, '
        '...], Hidden] | Layer[Hidden, Hidden]"'
    ),
    fdnn="KindError: Residual: block is Params, expected an Architecture: or a layer",
)
def a_residual_layer_of_parameters() -> None:
    residual(hidden)(initialize(dense(hidden, hidden), rng=0))  # E: arg-type


@refused(
    mypy=('Unsupported operand types for >> ("Dense[Pixel, Hidden]" and "Residual[Deep]")'),
    fdnn=(
        "ShapeError: >>: layer 2 takes (Deep=5), expected (Hidden=7): that is what layer 1 gives"
    ),
)
def a_residual_layer_after_another_axis() -> None:
    layer1 >> residual(deep)(layer_norm(deep))  # E: operator


@refused(
    mypy=(
        '"calibrate" has incompatible type "Architecture[Pixel, Hidden, Deep, '
        'Cat]"; expected "Params['
    ),
    fdnn=(
        "KindError: calibrate: params is an Architecture, expected Params: "
        "initialize(architecture, rng=0) gives them"
    ),
)
def an_architecture_is_calibrated() -> None:
    calibrate(net, other_batch)  # E: arg-type


@refused(
    mypy='Cannot infer value of type parameter "In" of "calibrate"',
    fdnn=(
        "ShapeError: calibrate: a batch has axes (Word=8, Topic=4), expected "
        "(Pixel=12, Cat=3): as params has them"
    ),
)
def calibration_with_another_networks_data() -> None:
    calibrate(params, other_batch)  # E: misc, misc


@refused(
    mypy=('"BatchNorm" has incompatible type "Matrix[One, Hidden]"; expected "Matrix[Any, One]"'),
    fdnn=(
        "ShapeError: BatchNorm: variance has shape (1, 7), expected (Hidden=7, "
        "One=1): as its axes say"
    ),
)
def statistics_that_lie_in_a_row() -> None:
    one, zero = ones(hidden, ONE), zeros(hidden, ONE)
    BatchNorm(hidden, one, zero, zero, one.T)  # E: misc, arg-type


@refused(
    mypy=('"LayerNormCache" has incompatible type "Matrix[F, One]"; expected "Matrix[One, M]"'),
    unseen="a column goes with every example too",
    guards=(
        "TypeCheckError: item 1 of the return value (tuple) has deviation of "
        "shape (7, 1), expected (One=1, M=11): One is 1 in every call"
    ),
)
def a_normalisation_that_sums_over_examples() -> None:
    @attrs.frozen
    class Wrong(LayerNorm[F]):
        def forward(
            self, A: Matrix[F, M], _context: Context, /
        ) -> tuple[Matrix[F, M], LayerNormCache[F, M]]:
            D = A - sum_rows(A) / int(self.features)
            deviation = sqrt(sum_columns(D * D) / int(self.features) + self.epsilon)
            N = D / deviation
            return N * self.gain + self.shift, LayerNormCache(N, deviation, self)  # E: arg-type

    one, zero = ones(hidden, ONE), zeros(hidden, ONE)
    wrong: Wrong[Hidden] = Wrong(hidden, one, zero)
    params_of(wrong)(ones(hidden, example))


@refused(
    mypy='"dense" has incompatible type "Dim[Deep]"; expected "Dim[Hidden]"',
    fdnn=(
        "ShapeError: >>: layer 3 takes (Deep=5), expected (Hidden=7): that is what layer 2 gives"
    ),
)
def a_chain_of_layers_that_forgets_the_width() -> None:
    chain(layer1) >> dropout(hidden) >> dense(deep, cat)  # E: arg-type
