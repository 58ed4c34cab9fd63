"""Records cannot be built wrong and cannot be changed; pickle and copy keep all that they say."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import attrs
import numpy as np
import pytest
from typeguard import suppress_type_checks

import fdnn
from fdnn import (
    Adam,
    Architecture,
    Batch,
    Context,
    Dense,
    Dim,
    Grads,
    Key,
    LayerCache,
    Learner,
    LinearCache,
    OptimizerState,
    Params,
    State,
    Trace,
    categorical_cross_entropy,
    dense,
)
from fdnn.axes import Biased
from fdnn.matrix import is_frozen
from tests.own_layers import Dropout, layer_norm
from tests.strategies import (
    Cat,
    Part,
    Pixel,
    array_of,
    cat,
    cat_batch,
    cat_network,
    edge,
    matrix,
    normal,
    pixel,
    public,
)

PARAMS = cat_network()
BATCH = cat_batch()
TRACE = PARAMS.forward(BATCH.X)
LEARNER = Learner(categorical_cross_entropy, Adam(0.01))
STATE = LEARNER.step(PARAMS)(BATCH)(LEARNER.start(PARAMS, rng=5))


def divergence() -> fdnn.DivergenceError:
    came = "the cost of step 2 is nan"
    return fdnn.DivergenceError(came, "try a smaller rate", STATE)


BLOCK = fdnn.residual(edge)(dense(edge, edge, fdnn.tanh) >> fdnn.dropout(edge))
CACHES: list[Any] = [
    fdnn.initialize(layer, rng=0).layers[0].forward(normal(3, 4), context)[1]
    for context in (Context(True, Key(3)), fdnn.INFERENCE)
    for layer in (fdnn.dropout(edge), fdnn.batch_norm(edge), fdnn.layer_norm(edge), BLOCK)
    if context.training or not isinstance(layer, fdnn.BatchNorm)
]


@attrs.frozen
class Stored:
    """Numbers by rows, which are read when they are due."""

    rows: tuple[tuple[float, ...], ...]

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.rows), len(self.rows[0])

    def __getitem__(self, rows: slice) -> Any:
        return np.array(self.rows[rows])


X_STORED, Y_STORED = (Stored(tuple(map(tuple, array_of(a).T))) for a in (BATCH.X, BATCH.Y))
MEASUREMENT = fdnn.Measurement(3, {"test cost": 0.5, "test accuracy": 0.75})

RECORDS: dict[str, Any] = {
    "Dim": pixel,
    "Key": Key(3, (1, 2)),
    "Context": Context(True, Key(3)),
    "Dense": PARAMS.layers[0],
    "blank Dense": dense(pixel, edge, fdnn.LeakyReLU(0.2), fdnn.Orthogonal(2.0)),
    "Dropout": fdnn.dropout(edge, 0.3),
    "BatchNorm": fdnn.initialize(fdnn.batch_norm(edge, fdnn.relu), rng=0).layers[0],
    "blank BatchNorm": fdnn.batch_norm(edge),
    "LayerNorm": fdnn.initialize(fdnn.layer_norm(edge), rng=0).layers[0],
    "Residual": fdnn.initialize(BLOCK, rng=0).layers[0],
    "blank Residual": BLOCK,
    "ResidualOf": fdnn.residual(edge, fdnn.tanh),
    **{type(cache).__name__: cache for cache in CACHES},
    "Architecture": PARAMS.architecture,
    "Params": PARAMS,
    "Grads": TRACE.gradient(BATCH.Y, categorical_cross_entropy),
    "Trace": TRACE,
    "LayerCache": TRACE.caches[0],
    "LinearCache": TRACE.caches[0].linear,
    "Batch": BATCH,
    "OptimizerState": STATE.optimizer,
    "State": STATE,
    "Learner": LEARNER,
    "Step": LEARNER.step(PARAMS)(BATCH),
    "StepOf": LEARNER.step(PARAMS),
    "Rows": fdnn.Rows(X_STORED, Y_STORED, pixel, cat),
    "Feed": LEARNER.step(PARAMS).feed((BATCH, BATCH)),
    "Head": fdnn.multiclass,
    "HeadAfter": fdnn.head(fdnn.softmax),
    "Metric": fdnn.multiclass.metrics[0],
    "Scoring": fdnn.scoring(categorical_cross_entropy, fdnn.accuracy, test=BATCH),
    "Measurement": MEASUREMENT,
    "History": fdnn.History((0.7, 0.6), (MEASUREMENT,)),
    "Curve": fdnn.Curve("test cost", (0, 3), (0.75, 0.5)),
    "RangeTest": fdnn.RangeTest((0.1, 0.2), (0.7, 0.6), diverged=True),
    **{kind.__name__: kind(0.1) for kind in (fdnn.GradientDescent, fdnn.Momentum, fdnn.Nesterov)},
    **{kind.__name__: kind(0.1) for kind in (fdnn.AdaGrad, fdnn.RMSProp, Adam, fdnn.AdamW)},
    **{kind.__name__: kind(0.1) for kind in (fdnn.NAdam, fdnn.Lion, fdnn.LBFGS)},
    **{kind.__name__: kind(Adam(), 0.1) for kind in (fdnn.ClippedByNorm, fdnn.ClippedByValue)},
    **{kind.__name__: kind(Adam(), 0.1) for kind in (fdnn.Decayed, fdnn.MaxNorm, fdnn.Averaged)},
    "Constant": fdnn.Constant(0.1),
    "ExponentialDecay": fdnn.ExponentialDecay(0.1, 0.9),
    **{kind.__name__: kind(0.1, 9) for kind in (fdnn.StepDecay, fdnn.Cosine)},
    **{kind.__name__: kind(0.1, 9) for kind in (fdnn.Polynomial, fdnn.Warmup, fdnn.OneCycle)},
    "InverseTime": fdnn.InverseTime(0.1, 0.5, 9),
    **{kind.__name__: kind(0.1) for kind in (fdnn.L2, fdnn.L1)},
    "Elastic": fdnn.Elastic(0.1, 0.2),
    "Scaled": fdnn.Scaled(fdnn.Constant(0.1), 0.5),
    "Joined": fdnn.warmed_up(fdnn.Constant(0.1), 9),
    **{type(g).__name__: g for g in fdnn.names.ACTIVATIONS.values()},
    **{type(J).__name__: J for J in fdnn.names.COSTS.values()},
    **{type(draw).__name__: draw for draw in fdnn.names.INITIALIZERS.values()},
}
RECORD = pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)

AGAIN: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda record: pickle.loads(pickle.dumps(record)),
    "old pickle": lambda record: pickle.loads(pickle.dumps(record, protocol=2)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}
AGAIN_AND_AGAIN = pytest.mark.parametrize("again", AGAIN.values(), ids=AGAIN)


def arrays_in(record: Any) -> Iterator[Any]:
    """All arrays of a record and of the records in it."""
    if isinstance(record, np.ndarray):
        yield record
    elif isinstance(record, tuple):
        for part in record:
            yield from arrays_in(part)
    elif attrs.has(type(record)):
        for name in [field.name for field in attrs.fields(type(record))]:
            yield from arrays_in(getattr(record, name))
        yield from arrays_in(getattr(record, "layers", ()) if hasattr(record, "vector") else ())


def axes_in(record: Any) -> Any:
    """The axes that a record and the records in it remember."""
    if isinstance(record, Dim):
        return repr(record)
    if isinstance(record, tuple):
        return [axes_in(part) for part in record]
    if attrs.has(type(record)):
        names = [field.name for field in attrs.fields(type(record))]
        return [type(record).__name__, *(axes_in(getattr(record, name)) for name in names)]
    return None


def bits_of(record: Any) -> list[tuple[str, tuple[int, ...], bytes]]:
    return [(a.dtype.name, a.shape, a.tobytes()) for a in arrays_in(record)]


IDENTICAL = (Trace, LayerCache, fdnn.Cache, Batch, fdnn.Step, fdnn.Rows, fdnn.Feed, fdnn.Scoring)
"""What holds data is equal to itself alone."""


# ----------------------------------------------------------------------------------------- weights


def test_weights_are_what_stands_in_W_and_neither_biases_nor_gains_nor_shifts() -> None:
    """Their places are found by filling each layer's `W` with ones, and everything else with 0."""
    net = dense(pixel, edge) >> layer_norm(edge) >> Dropout(edge) >> dense(edge, cat)
    params = fdnn.initialize(net, rng=0)
    marked = [
        fdnn.dense_of(matrix(np.ones(x.W.shape)), matrix(np.zeros(x.b.shape))).Wb
        if isinstance(x, Dense)
        else None
        for x in params.layers
    ]
    rows = [
        np.zeros(sum(a.size for a in map(array_of, layer.arrays)))
        if mark is None
        else array_of(mark).reshape(-1)
        for layer, mark in zip(params.layers, marked, strict=True)
    ]

    assert net.weights.dtype == bool
    assert net.weights.shape == (net.size,)
    assert np.array_equal(net.weights, np.concatenate(rows) == 1.0)
    assert [layer.weight_columns for layer in net.layers] == [(4,), (0, 0), (), (3,)]


def test_a_matrix_that_is_neither_a_column_nor_biased_is_all_weights() -> None:
    @attrs.frozen
    class Mixed(fdnn.Layer[fdnn.axes.F, fdnn.axes.F]):
        """`Z = V A`, without a bias."""

        axis: Dim[fdnn.axes.F]
        V: fdnn.Matrix[fdnn.axes.F, fdnn.axes.F]

        @property
        def axes(self) -> tuple[Dim[fdnn.axes.F], Dim[fdnn.axes.F]]:
            return self.axis, self.axis

        def forward(self, A: Any, _context: fdnn.Context, /) -> Any:
            raise NotImplementedError

    net = fdnn.chain(Mixed(edge, fdnn.matrix.blank(edge, edge)))
    assert net.weights.tolist() == [True] * 9


def test_weights_are_found_once_and_nobody_can_write_to_them() -> None:
    net = cat_network().architecture

    assert net.weights is net.weights
    assert is_frozen(net.weights)
    assert np.array_equal(pickle.loads(pickle.dumps(net)).weights, net.weights)
    assert fdnn.chain(Dropout(edge)).weights.shape == (0,)


# ---------------------------------------------------------------------------------------- unchanged


def test_every_public_record_is_in_the_table() -> None:
    names = {
        name
        for name, kind in public()
        if isinstance(kind, type) and attrs.has(kind) and not vars(kind).get("__abstractmethods__")
    }
    # A recorded stream moves on, as every iterator does.
    assert names - {"Recorded"} <= {type(record).__name__ for record in RECORDS.values()}


@RECORD
def test_no_field_can_be_set_or_deleted(record: Any) -> None:
    names = (
        [field.name for field in attrs.fields(type(record))]
        if attrs.has(type(record))
        else ["name"]
    )
    for name in [*names, "something_new"]:
        before = getattr(record, name, None)
        with pytest.raises(AttributeError):
            setattr(record, name, 1)
        with pytest.raises(AttributeError):
            delattr(record, name)
        assert getattr(record, name, None) is before


@RECORD
def test_no_array_can_be_written_to(record: Any) -> None:
    for array in arrays_in(record):
        before = array.tobytes()
        assert is_frozen(array)
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0.0
        with pytest.raises(ValueError, match="cannot set WRITEABLE"):
            array.setflags(write=True)
        with pytest.raises(ValueError, match="cannot set WRITEABLE"):
            array[:1].flags.writeable = True
        assert array.tobytes() == before


def test_what_the_caller_writes_later_does_not_show() -> None:
    x, y = np.ones((4, 6)), np.ones((2, 6))
    w, b, vector = np.ones((3, 4)), np.ones((3, 1)), np.ones(PARAMS.vector.shape)
    view = x[:]
    view.setflags(write=False)  # a read-only view of what somebody else can still write to
    unseen: Any = [
        Batch(
            fdnn.matrix.unchecked(x, pixel, Dim[Any](6)), fdnn.matrix.unchecked(y, cat, Dim[Any](6))
        ),
        Batch(fdnn.matrix.unchecked(view, pixel, Dim[Any](6)), matrix(y)),
        fdnn.batch_from_rows(x.T, y.T, pixel, cat),
        fdnn.dense_of(
            fdnn.matrix.unchecked(w, edge, pixel), fdnn.matrix.unchecked(b, edge, fdnn.ONE)
        ),
        Params(PARAMS.architecture, vector),
        PARAMS.with_vector(vector),
        fdnn.from_numpy(x, pixel, Dim[Any](6)),
        PARAMS.forward(fdnn.matrix.unchecked(x, pixel, Dim[Any](6))),
    ]
    before = [bits_of(record) for record in unseen]
    for array in (x, y, w, b, vector):
        array[...] = 7.0

    assert [bits_of(record) for record in unseen] == before


def test_what_its_owner_could_thaw_is_copied() -> None:
    """A flag can be lifted again, and a view taken before it was set can be written to."""
    X = np.ones((4, 6))
    view = X[:]
    X.setflags(write=False)
    vector = np.array(PARAMS.vector)
    vector.setflags(write=False)
    batch = Batch(fdnn.matrix.unchecked(X, pixel, Dim[Any](6)), BATCH.Y)
    params = PARAMS.with_vector(vector)

    view[0, 0] = 99.0
    X.setflags(write=True)
    X[1, 1] = 99.0
    vector.setflags(write=True)
    vector[0] = 99.0
    assert (fdnn.to_numpy(batch.X) == 1.0).all()
    assert params == PARAMS


def test_a_list_handed_to_a_record_is_not_kept() -> None:
    places, caches, moments = [1], list(TRACE.caches), list(STATE.optimizer.moments)
    key = fdnn.Key(0, places)  # type: ignore[arg-type]  # a list where a tuple is due
    trace: Any = fdnn.Trace(PARAMS, caches)  # type: ignore[arg-type]  # a list where a tuple is due
    state = fdnn.OptimizerState(PARAMS.architecture, 0, moments)  # type: ignore[arg-type]  # likewise
    for given in (places, caches, moments):
        given.clear()

    assert (key.path, len(trace.caches), len(state.moments)) == ((1,), 2, 2)


def test_a_kind_cannot_be_declared_mutable() -> None:
    @attrs.define
    class Loose(fdnn.Layer[fdnn.axes.F, fdnn.axes.F]):
        """A kind whose author forgot `frozen`."""

        axis: Dim[fdnn.axes.F]

        @property
        def axes(self) -> tuple[Dim[fdnn.axes.F], Dim[fdnn.axes.F]]:
            return self.axis, self.axis

        def forward(self, A: Any, _context: fdnn.Context, /) -> Any:
            return A

    loose = Loose(edge)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        loose.axis = edge  # type: ignore[misc]  # it is the mistake


def test_what_nobody_can_write_to_is_not_copied() -> None:
    again = Batch(BATCH.X, BATCH.Y)

    assert np.shares_memory(array_of(again.X), array_of(BATCH.X))
    assert np.shares_memory(PARAMS.with_vector(PARAMS.vector).vector, PARAMS.vector)


def test_training_changes_no_state_that_was_handed_out() -> None:
    start = LEARNER.start(PARAMS)
    states = list(islice(fdnn.iterate(LEARNER.step(PARAMS)(BATCH), start), 3))
    before = [bits_of(state) for state in states]
    fdnn.run(LEARNER.step(PARAMS)(BATCH), states[-1], 2)

    assert [bits_of(state) for state in states] == before
    assert not np.shares_memory(states[0].params.vector, states[1].params.vector)


# ------------------------------------------------------------------------------- pickled and copied


@RECORD
@AGAIN_AND_AGAIN
def test_pickle_and_copy_keep_everything(again: Callable[[Any], Any], record: Any) -> None:
    twin = again(record)

    assert type(twin) is type(record)
    assert repr(twin) == repr(record)
    assert bits_of(twin) == bits_of(record)
    assert axes_in(twin) == axes_in(record)
    assert all(is_frozen(array) for array in arrays_in(twin))
    if not isinstance(record, IDENTICAL):
        assert twin == record
        assert hash(twin) == hash(record)


@AGAIN_AND_AGAIN
def test_a_copy_still_works(again: Callable[[Any], Any]) -> None:
    trace, step = again(TRACE), again(LEARNER.step(PARAMS)(BATCH))

    expected = TRACE.gradient(BATCH.Y, categorical_cross_entropy)
    assert trace.gradient(BATCH.Y, categorical_cross_entropy) == expected
    assert step(again(STATE)) == LEARNER.step(PARAMS)(BATCH)(STATE)


@AGAIN_AND_AGAIN
@pytest.mark.parametrize(
    "error",
    [
        fdnn.ShapeError("forward", "X has shape (3,)", "(4, m)", "so it is"),
        fdnn.AxisError("a", "b", "c"),
        fdnn.DtypeError("a", "b", "c"),
        fdnn.DataError("a", "b", "c"),
        fdnn.ArgumentError("a", "b", "c"),
        fdnn.KindError("a", "b", "c"),
        fdnn.FileError("a", "b", "c"),
        fdnn.MissingExtraError("a", "b", "c"),
        divergence(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_keep_their_facts(again: Callable[[Any], Any], error: fdnn.FdnnError) -> None:
    twin = again(error)

    assert type(twin) is type(error)
    assert str(twin) == str(error)
    facts = ("where", "came", "expected", "why")
    assert [getattr(twin, fact) for fact in facts] == [getattr(error, fact) for fact in facts]


@AGAIN_AND_AGAIN
def test_a_divergence_keeps_its_state(again: Callable[[Any], Any]) -> None:
    assert again(divergence()).state == STATE


@AGAIN_AND_AGAIN
def test_a_blank_layer_stays_blank_and_weighs_nothing(again: Callable[[Any], Any]) -> None:
    large = fdnn.chain(dense(Dim[Any](10_000), Dim[Any](10_000)))

    assert all(fdnn.matrix.is_blank(a) for layer in again(large).layers for a in layer.arrays)
    assert len(pickle.dumps(large)) < 2_000


@AGAIN_AND_AGAIN
def test_axis_names_survive(again: Callable[[Any], Any]) -> None:
    for record in (PARAMS, PARAMS.architecture, STATE, STATE.optimizer):
        assert [axis.name for axis in again(record).axes] == ["Pixel", "Edge", "Cat"]
    assert [axis.name for axis in again(PARAMS.layers[0]).axes] == ["Pixel", "Edge"]
    assert [axis.name for axis in again(BATCH).axes] == ["Pixel", "Cat", None]
    assert again(Dim[Biased[Pixel]](5)).name == "Biased[Pixel]"


# -------------------------------------------------------------------------------- equality and hash


def test_equal_records_are_those_with_the_same_axes_and_the_same_bits() -> None:
    assert cat_network() == cat_network()
    assert hash(cat_network()) == hash(cat_network())
    params = cat_network()
    assert params != params.astype("float32")
    assert params != params.with_vector(np.nextafter(params.vector, np.inf))
    assert params != Grads(params.architecture, params.vector)
    assert PARAMS.with_vector(0.0 * PARAMS.vector) != PARAMS.with_vector(-0.0 * PARAMS.vector)
    assert params != "params"


def test_numbers_in_another_precision_are_not_equal_even_where_there_are_none() -> None:
    """Without any bytes to compare, the precision is all there is."""
    nothing = fdnn.chain(Dropout(edge))
    double, single = (Params(nothing, np.zeros(0, dtype)) for dtype in ("float64", "float32"))

    assert double == Params(nothing, np.zeros(0))
    assert double != single


def test_other_names_or_activations_are_other_architectures() -> None:
    plain = dense(pixel, edge, fdnn.relu)

    assert plain == dense(pixel, edge, fdnn.relu)
    assert hash(plain) == hash(dense(pixel, edge, fdnn.relu))
    assert plain != dense(pixel, edge, fdnn.tanh)
    assert Params(fdnn.chain(plain), np.ones(15)) != Params(
        fdnn.chain(dense(pixel, edge, fdnn.tanh)), np.ones(15)
    )
    assert plain != dense(pixel, edge, fdnn.relu, fdnn.he)
    assert fdnn.chain(plain) != fdnn.chain(dense(pixel, Dim[Any](4), fdnn.relu))
    assert PARAMS.layers[0] == PARAMS.layers[0]
    assert PARAMS.layers[0] != cat_network().architecture.layers[0]


def test_what_holds_data_compares_by_identity() -> None:
    for record in (TRACE, TRACE.caches[0], BATCH, LEARNER.step(PARAMS)(BATCH)):
        twin = copy.copy(record)
        assert twin != record
        assert len({record, twin, record}) == 2


# --------------------------------------------------------------------------------------------- repr


def test_repr_shows_axes_and_sizes() -> None:
    axes = "Pixel=4, Edge=3, Cat=2"

    assert repr(pixel) == "Pixel=4"
    assert repr(Dim[Any](7)) == "7"
    assert repr(PARAMS) == f"Params[{axes}](float64)"
    assert repr(RECORDS["Grads"]) == f"Grads[{axes}](float64)"
    assert repr(PARAMS.architecture) == f"Architecture[{axes}](Dense tanh, Dense softmax)"
    assert repr(PARAMS.layers[0]) == "Dense(Pixel=4 -> Edge=3, tanh)"
    assert repr(TRACE) == f"Trace[6, {axes}]"
    assert repr(BATCH) == "Batch(Pixel=4, Cat=2, m=6, float64)"
    assert repr(STATE.optimizer) == f"OptimizerState[{axes}](count 1, 2 moments)"
    assert repr(STATE) == f"State[{axes}](step 1, cost {STATE.cost:.6g})"
    assert repr(RECORDS["Step"]) == f"Step[{axes}](categorical cross-entropy, Adam)"
    assert repr(Key(3, (1, 2))) == "Key(seed=3, path=(1, 2))"


@RECORD
def test_repr_shows_no_array(record: Any) -> None:
    assert "array(" not in repr(record)
    assert "\n" not in repr(record)


# -------------------------------------------------------------------------------------- built wrong


def namesake_optimizer() -> Any:
    """The state of an optimizer of a network that differs by the name of its hidden axis alone."""
    parts = Dim[Part](3)
    return OptimizerState(dense(pixel, parts, fdnn.tanh) >> dense(parts, cat, fdnn.softmax))


WRONG: dict[str, tuple[Callable[[], object], type[fdnn.FdnnError], str]] = {
    "Dim without an axis": (
        lambda: Dim(3),
        fdnn.ArgumentError,
        "Dim: Dim(3) has no axis, expected Dim[Pixel](3): or Dim[Any]",
    ),
    "Dim of nothing": (
        lambda: Dim[Pixel](0),
        fdnn.ArgumentError,
        "Dim[Pixel]: size is 0, expected a whole number of at least 1",
    ),
    "Dim of a half": (
        lambda: Dim[Pixel](2.5),  # type: ignore[arg-type]  # it is the mistake
        fdnn.ArgumentError,
        "Dim[Pixel]: size is 2.5, expected a whole number of at least 1",
    ),
    "Key with a negative seed": (
        lambda: Key(-1),
        fdnn.ArgumentError,
        "Key: seed is -1, expected a whole number from 0 on",
    ),
    "Key with a broken path": (
        lambda: Key(1, (0, -2)),
        fdnn.ArgumentError,
        "Key: path is -2, expected a whole number from 0 on",
    ),
    "Key with a seed that is no number": (
        lambda: Key("1"),  # type: ignore[arg-type]  # it is the mistake
        fdnn.KindError,
        "Key: seed is '1', expected a whole number from 0 on",
    ),
    "Dense of the wrong size": (
        lambda: Dense(pixel, edge, matrix(np.ones((3, 4)))),
        fdnn.ShapeError,
        "Dense: Wb has shape (3, 4), expected (Edge=3, Biased[Pixel]=5): as its axes say",
    ),
    "Dense without an activation": (
        lambda: dense(pixel, edge, "relu"),  # type: ignore[arg-type]  # it is the mistake
        fdnn.KindError,
        "Dense: activation is a str, expected an Activation: such as relu",
    ),
    "Dense of integers": (
        lambda: Dense(pixel, edge, fdnn.matrix.unchecked(np.ones((3, 5), int), edge, Dim[Any](5))),
        fdnn.DtypeError,
        (
            "Dense: Wb has dtype int64, expected float64 or float32: "
            "dtype=float or .astype(float) converts it"
        ),
    ),
    "Architecture of nothing": (
        lambda: Architecture(()),
        fdnn.ShapeError,
        "Architecture: layers is empty, expected at least one layer",
    ),
    "Architecture of numbers": (
        lambda: Architecture((PARAMS.layers[0],)),
        fdnn.KindError,
        (
            "Architecture: Dense(Pixel=4 -> Edge=3, tanh) has numbers, expected a blank layer: "
            "an architecture has none: params_of(layer) >> ... keeps them, in Params"
        ),
    ),
    "Architecture that does not fit": (
        lambda: Architecture((dense(pixel, edge), dense(cat, edge))),
        fdnn.ShapeError,
        ">>: layer 2 takes (Cat=2), expected (Edge=3): that is what layer 1 gives",
    ),
    "Architecture of other names": (
        lambda: Architecture((dense(pixel, edge), dense(Dim[Cat](3), edge))),
        fdnn.AxisError,
        ">>: layer 2 takes (Cat=3), expected (Edge=3): that is what layer 1 gives",
    ),
    "Params of the wrong length": (
        lambda: Params(PARAMS.architecture, np.ones(5)),
        fdnn.ShapeError,
        (
            "Params: vector has shape (5,), expected (23,): so many parameters has "
            "Architecture[Pixel=4, Edge=3, Cat=2](Dense tanh, Dense softmax)"
        ),
    ),
    "Params of integers": (
        lambda: Params(PARAMS.architecture, np.ones(23, int)),
        fdnn.DtypeError,
        "Params: vector has dtype int64, expected float64 or float32",
    ),
    "Grads that are a list": (
        lambda: Grads(PARAMS.architecture, [1.0] * 23),  # type: ignore[arg-type]  # it is the mistake
        fdnn.KindError,
        "Grads: vector is a list, expected a ndarray",
    ),
    "Batch of different lengths": (
        lambda: Batch(normal(4, 6), normal(2, 5)),
        fdnn.ShapeError,
        "Batch: Y has 5 columns, expected 6: X has as many: one for each example",
    ),
    "Batch of two precisions": (
        lambda: Batch(normal(4, 6), matrix(np.ones((2, 6)), "float32")),
        fdnn.DtypeError,
        "Batch: Y has dtype float32, expected float64: which is the dtype of X",
    ),
    "Batch with a number for a size": (
        lambda: Batch(normal(4, 6), normal(2, 6), 4, 2),  # type: ignore[arg-type]  # it is the mistake
        fdnn.KindError,
        "Batch: a size is an int, expected a Dim: write Dim[Pixel](12288)",
    ),
    "State of gradients": (
        lambda: fdnn.State(PARAMS.forward(BATCH.X), STATE.optimizer, STATE.key),  # type: ignore[arg-type]  # it is the mistake
        fdnn.KindError,
        "State: params is a Trace, expected Params",
    ),
    "State with a number for a key": (
        lambda: fdnn.State(PARAMS, STATE.optimizer, 5),  # type: ignore[arg-type]  # it is the mistake
        fdnn.KindError,
        "State: key is an int, expected a Key",
    ),
    "State before the first step": (
        lambda: fdnn.State(PARAMS, STATE.optimizer, STATE.key, -1),
        fdnn.ArgumentError,
        "State: step is -1, expected a whole number from 0 on",
    ),
    "Trace without caches": (
        lambda: fdnn.Trace(PARAMS, ()),
        fdnn.ShapeError,
        "Trace: caches have [] rows, expected (Edge=3, Cat=2)",
    ),
    "Trace of half a network": (
        lambda: fdnn.Trace(PARAMS, TRACE.caches[:1]),
        fdnn.ShapeError,
        "Trace: caches have [3] rows, expected (Edge=3, Cat=2)",
    ),
    "Context with nothing for a key": (
        lambda: fdnn.Context(True, 0),  # type: ignore[arg-type]  # it is the mistake
        fdnn.KindError,
        "Context: key is an int, expected a Key: Key(0), for one",
    ),
    "Context of a word": (
        lambda: fdnn.Context("inference"),  # type: ignore[arg-type]  # it is the mistake
        fdnn.KindError,
        "Context: training is a str, expected a bool",
    ),
    "Batch of other sizes": (
        lambda: Batch(normal(4, 6), normal(2, 6), edge, cat),
        fdnn.ShapeError,
        (
            "Batch: X has shape (4, 6), expected (Edge=3, m): batch_from_columns takes "
            "columns, batch_from_rows rows"
        ),
    ),
    "OptimizerState counting down": (
        lambda: OptimizerState(PARAMS.architecture, -1),
        fdnn.ArgumentError,
        "OptimizerState: count is -1, expected a whole number from 0 on",
    ),
    "OptimizerState of another network": (
        lambda: OptimizerState(fdnn.chain(dense(pixel, cat)), 0, (RECORDS["Grads"],)),
        fdnn.ShapeError,
        (
            "OptimizerState: a moment has axes (Pixel=4, Edge=3, Cat=2), expected (Pixel=4, Cat=2)"
            ": as the architecture has them"
        ),
    ),
    "State of two networks": (
        lambda: State(PARAMS, OptimizerState(fdnn.chain(dense(pixel, cat))), Key(0)),  # type: ignore[misc]  # so does mypy
        fdnn.ShapeError,
        (
            "State: optimizer has axes (Pixel=4, Cat=2), expected (Pixel=4, Edge=3, Cat=2): "
            "as params has them"
        ),
    ),
    "State of one size and two names": (
        lambda: State(PARAMS, namesake_optimizer(), Key(0)),
        fdnn.AxisError,
        (
            "State: optimizer has axes (Pixel=4, Part=3, Cat=2), expected (Pixel=4, Edge=3, Cat=2)"
            ": as params has them, and Part is not Edge although both are 3"
        ),
    ),
    "Learner without a cost": (
        lambda: Learner("mse", Adam()),  # type: ignore[arg-type]  # it is the mistake
        fdnn.KindError,
        "Learner: cost is a str, expected a Cost: such as squared_error",
    ),
    "Learner without an optimizer": (
        lambda: Learner(categorical_cross_entropy, 0.1),  # type: ignore[arg-type]  # it is the mistake
        fdnn.KindError,
        "Learner: optimizer is a float, expected an Optimizer",
    ),
    "LinearCache of a flat array": (
        lambda: LinearCache(np.ones(3), PARAMS.layers[0]),  # type: ignore[arg-type]  # it is the mistake
        fdnn.ShapeError,
        ("LinearCache: A has shape (3,), expected (Pixel=4, m): as the layer has it"),
    ),
    "LayerCache without a matrix": (
        lambda: LayerCache(TRACE.caches[0].linear, fdnn.relu, None, None),  # type: ignore[arg-type]  # it is the mistake
        fdnn.KindError,
        "LayerCache: Z is a NoneType, expected a matrix (n, m)",
    ),
    "slope": (
        lambda: fdnn.LeakyReLU(1.5),
        fdnn.ArgumentError,
        "LeakyReLU: slope is 1.5, expected a number in [0, 1)",
    ),
    "alpha": (
        lambda: fdnn.ELU(-1.0),
        fdnn.ArgumentError,
        "ELU: alpha is -1.0, expected a positive number",
    ),
    "no alpha": (
        lambda: fdnn.ELU(0),
        fdnn.ArgumentError,
        "ELU: alpha is 0.0, expected a positive number",
    ),
    "gain": (
        lambda: fdnn.Orthogonal(-1.0),
        fdnn.ArgumentError,
        "Orthogonal: gain is -1.0, expected a positive number",
    ),
    "scale": (
        lambda: fdnn.ScaledNormal(0.0),
        fdnn.ArgumentError,
        "ScaledNormal: scale is 0.0, expected a positive number",
    ),
    "rate": (
        lambda: fdnn.GradientDescent(float("nan")),
        fdnn.ArgumentError,
        "GradientDescent: rate is nan, expected a positive number",
    ),
    "beta": (
        lambda: fdnn.Momentum(0.1, 1.0),
        fdnn.ArgumentError,
        "Momentum: beta is 1.0, expected a number in [0, 1)",
    ),
    "beta1": (
        lambda: Adam(0.1, -0.1),
        fdnn.ArgumentError,
        "Adam: beta1 is -0.1, expected a number in [0, 1)",
    ),
    "beta2": (
        lambda: Adam(0.1, 0.9, 2),
        fdnn.ArgumentError,
        "Adam: beta2 is 2.0, expected a number in [0, 1)",
    ),
    "epsilon": (
        lambda: Adam(epsilon=0),
        fdnn.ArgumentError,
        "Adam: epsilon is 0.0, expected a positive number",
    ),
    "rate that is no number": (
        lambda: Adam("0.1"),  # type: ignore[arg-type]  # it is the mistake
        fdnn.ArgumentError,
        "Adam: rate is '0.1', expected a positive number or a schedule",
    ),
}


@pytest.mark.parametrize(("build", "kind", "sentence"), WRONG.values(), ids=WRONG)
def test_a_record_cannot_be_built_wrong(
    build: Callable[[], object], kind: type[fdnn.FdnnError], sentence: str
) -> None:
    with suppress_type_checks(), pytest.raises(fdnn.FdnnError) as refusal:
        build()

    assert type(refusal.value) is kind
    assert str(refusal.value) == sentence


def test_a_state_says_where_it_stands() -> None:
    assert STATE.step == 1
    assert STATE.key == Key(5)
    assert STATE.params.axes == STATE.axes == PARAMS.axes
    assert LEARNER.start(PARAMS).cost == float("inf")


def test_params_is_a_property_of_a_state_and_no_field() -> None:
    assert "params" not in [field.name for field in attrs.fields(State)]
