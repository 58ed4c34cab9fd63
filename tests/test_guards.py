"""The rings at run time, with typeguard absent, present and off, and on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Generic, TypeVar

import attrs
import numpy as np
import pytest
import typeguard
from typeguard import TypeCheckError, typechecked

import fdnn
from fdnn import (
    Adam,
    Architecture,
    Batch,
    Dense,
    Dim,
    Grads,
    Layer,
    LayerCache,
    Learner,
    LinearCache,
    Matrix,
    One,
    OptimizerState,
    Params,
    Predictor,
    Scoring,
    State,
    Step,
    Trace,
    categorical_cross_entropy,
    dense,
    guards,
    initialize,
)
from fdnn.axes import Biased, Hidden, In, M, Out
from fdnn.bindings import find_checker
from tests.own_layers import layer_norm
from tests.strategies import (
    Cat,
    Edge,
    Part,
    Pixel,
    cat,
    cat_batch,
    cat_network,
    edge,
    normal,
    pixel,
    public,
)

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def guards_are_on() -> Iterator[None]:
    was_on = find_checker in typeguard.checker_lookup_functions
    guards.enable()
    yield
    guards.enable()
    if not was_on:
        guards.disable()


def refusal_of(call: Callable[..., object], *arguments: Any) -> str:
    with pytest.raises(TypeCheckError) as refusal:
        call(*arguments)
    return str(refusal.value)


# ------------------------------------------------------------------------------------- three modes

ABSENT = "import sys; sys.modules['typeguard'] = None  # as if it were not installed\n"
OFF = "import sys\n"
ON = """
import sys, typeguard
typeguard.install_import_hook("fdnn")
typeguard.config.collection_check_strategy = typeguard.CollectionCheckStrategy.ALL_ITEMS
import fdnn.guards
fdnn.guards.enable()
"""


def run_python(program: str) -> str:
    """What a program prints in a new interpreter, where every warning is an error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


OUTCOMES = """
from tests import bad_input
for due, came in bad_input.outcomes():
    print(due, "|", came.splitlines()[0])
"""


@pytest.mark.parametrize("mode", [ABSENT, OFF], ids=["absent", "off"])
def test_bad_input_gets_our_sentence_without_typeguard(mode: str) -> None:
    assert run_python(mode + OUTCOMES) == ""


def test_bad_input_gets_our_sentence_or_typeguards_where_it_is_on() -> None:
    others = run_python(ON + OUTCOMES).splitlines()

    assert len(others) > 10  # it is on
    assert [line for line in others if "| TypeCheckError: " not in line] == []


@pytest.mark.parametrize("mode", [ABSENT, OFF], ids=["absent", "off"])
def test_fdnn_works_and_does_not_load_typeguard(mode: str) -> None:
    works = """
from tests import bad_input
bad_input.step(bad_input.learner.start(bad_input.params))
print(sorted(name for name in sys.modules if name.startswith("typeguard") and sys.modules[name]))
"""
    assert run_python(mode + works) == "[]\n"


def test_without_typeguard_enable_names_the_extra_to_install() -> None:
    program = """
import fdnn.guards
for switch in (fdnn.guards.enable, fdnn.guards.disable):
    try:
        switch()
    except fdnn.MissingExtraError as error:
        print(error)
"""
    assert run_python(ABSENT + program) == (
        "guards.enable: typeguard is not installed, expected it to be: pip install 'fdnn[guards]'\n"
        "guards.disable: typeguard is not installed, expected it to be: "
        "pip install 'fdnn[guards]'\n"
    )


def test_a_wrong_shape_is_caught_inside_fdnn_where_typeguard_is_on() -> None:
    program = """
import numpy as np, typeguard
from typing import Any
from tests.bad_input import layer, raw
try:
    fdnn.linear_forward(layer, raw(np.ones((5, 6))))
except typeguard.TypeCheckError as error:
    print(error)
"""
    assert run_python(ON + program) == (
        'argument "A" (numpy.ndarray) has shape (5, 6), expected (In=4, M): In is 4 in layer\n'
    )


def test_a_function_that_typeguard_cannot_instrument_is_an_error_here() -> None:
    source = "def nowhere(x: int) -> int: return x"
    namespace: dict[str, Any] = {"__name__": __name__}
    exec(source, namespace)
    with pytest.raises(typeguard.InstrumentationWarning):
        typechecked(namespace["nowhere"])


# ------------------------------------------------------------------------- the user's own functions


@typechecked
def affine(W: Matrix[Out, In], b: Matrix[Out, One], X: Matrix[In, M]) -> Matrix[Out, M]:
    return W @ X + b


@typechecked
def turned(W: Matrix[Out, In], X: Matrix[In, M]) -> Matrix[M, Out]:
    product: Any = W @ X
    return product  # type: ignore[no-any-return]  # the mistake that the guard is to see


@typechecked
def pixels(X: Matrix[Pixel, M], n: Dim[Pixel]) -> None: ...


@typechecked
def biased(Wb: Matrix[Out, Biased[In]], X: Matrix[In, M]) -> None: ...


def test_names_are_bound_across_arguments() -> None:
    W, b, X = normal(3, 4), normal(3, 1), normal(4, 6)

    assert affine(W, b, X).shape == (3, 6)
    assert refusal_of(affine, W, b, normal(5, 6)) == (
        'argument "X" (numpy.ndarray) has shape (5, 6), expected (In=4, M): In is 4 in W'
    )
    assert refusal_of(affine, W, normal(2, 1), X) == (
        'argument "b" (numpy.ndarray) has shape (2, 1), expected (Out=3, One=1): Out is 3 in W'
    )
    assert refusal_of(affine, W, normal(3, 2), X) == (
        'argument "b" (numpy.ndarray) has shape (3, 2), expected (Out=3, One=1): '
        "One is 1 in every call"
    )


def test_a_name_is_bound_for_one_call_only() -> None:
    affine(normal(3, 4), normal(3, 1), normal(4, 6))
    affine(normal(2, 5), normal(2, 1), normal(5, 7))


def test_what_is_no_matrix_is_refused() -> None:
    b, X = normal(3, 1), normal(4, 6)

    assert refusal_of(affine, np.ones(4), b, X) == (
        'argument "W" (numpy.ndarray) has shape (4,), expected (Out, In): a matrix has two axes'
    )
    assert refusal_of(affine, [[1.0]], b, X) == (
        'argument "W" (list) is a list, expected (Out, In): a matrix is an array'
    )


def test_the_return_value_is_checked() -> None:
    assert refusal_of(turned, normal(3, 4), normal(4, 6)) == (
        "the return value (numpy.ndarray) has shape (3, 6), expected (M=6, Out=3): M is 6 in X"
    )


def test_sizes_and_their_names_are_checked() -> None:
    pixels(normal(4, 6), pixel)
    assert refusal_of(pixels, normal(5, 6), pixel) == (
        'argument "n" (fdnn.axes.Dim) has Pixel=4, expected (Pixel=5): Pixel is 5 in X'
    )
    assert refusal_of(pixels, normal(4, 6), Dim[Cat](4)) == (
        'argument "n" (fdnn.axes.Dim) has Cat=4, expected (Pixel=4): Cat is not Pixel'
    )


def test_a_biased_axis_is_one_longer() -> None:
    biased(normal(3, 5), normal(4, 6))
    assert refusal_of(biased, normal(3, 4), normal(4, 6)) == (
        'argument "X" (numpy.ndarray) has shape (4, 6), expected (In=3, M): In is 3 in Wb'
    )


@typechecked
def square(A: Matrix[M, M]) -> None: ...


def test_a_name_twice_in_one_annotation_is_one_size() -> None:
    square(normal(3, 3))
    assert refusal_of(square, normal(3, 4)) == (
        'argument "A" (numpy.ndarray) has shape (3, 4), expected (M, M): M is 3 in A'
    )


def test_a_kind_with_parameters_of_its_own_is_read_through_its_base() -> None:
    """`Normed[F, M]` is a `Cache[F, F, M]`: its field `N`, `(F, M)`, binds the features."""
    net = initialize(fdnn.chain(layer_norm(Dim[Any](4))), rng=0)
    cache = net.forward(normal(4, 6)).caches[0].linear
    from_same(cache, normal(4, 6))

    assert refusal_of(from_same, cache, normal(4, 5)) == (
        'argument "X" (numpy.ndarray) has shape (4, 5), expected (Out=4, M=6): M is 6 in cache'
    )


@typechecked
def from_same(cache: fdnn.Cache[In, Out, M], X: Matrix[Out, M]) -> None: ...


def test_enable_twice_is_once_and_disable_undoes_it() -> None:
    lookups = typeguard.checker_lookup_functions
    guards.enable()
    guards.enable()
    assert lookups.count(find_checker) == 1

    guards.disable()
    guards.disable()
    assert find_checker not in lookups
    affine_unchecked: Any = affine
    assert affine_unchecked(normal(3, 4), normal(1, 1), normal(4, 6)).shape == (3, 6)


# -------------------------------------------------------------------------------- through records

PARAMS, BATCH = cat_network(), cat_batch()
TRACE = PARAMS.forward(BATCH.X)
LEARNER = Learner(categorical_cross_entropy, Adam())


@typechecked
def of_dim(record: Dim[In], X: Matrix[In, M]) -> None: ...


@typechecked
def of_layer(record: Layer[In, Out], X: Matrix[In, M]) -> None: ...


@typechecked
def of_dense(record: Dense[In, Out], X: Matrix[In, M]) -> None: ...


@typechecked
def of_linear_cache(record: LinearCache[In, Out, M], X: Matrix[In, M]) -> None: ...


@typechecked
def of_cache(record: fdnn.Cache[In, Out, M], X: Matrix[In, M]) -> None: ...


@typechecked
def of_layer_cache(record: LayerCache[Out, In, M], X: Matrix[In, M]) -> None: ...


@typechecked
def of_architecture(record: Architecture[In, *Hidden, Out], X: Matrix[In, M]) -> None: ...


@typechecked
def of_params(record: Params[In, *Hidden, Out], X: Matrix[In, M]) -> None: ...


@typechecked
def of_grads(record: Grads[In, *Hidden, Out], X: Matrix[In, M]) -> None: ...


@typechecked
def of_trace(record: Trace[M, In, *Hidden, Out], X: Matrix[In, M]) -> None: ...


@typechecked
def of_batch(record: Batch[In, Out, M], X: Matrix[In, M]) -> None: ...


@typechecked
def of_optimizer(record: OptimizerState[In, *Hidden, Out], X: Matrix[In, M]) -> None: ...


@typechecked
def of_state(record: State[In, *Hidden, Out], X: Matrix[In, M]) -> None: ...


@typechecked
def of_step(record: Step[In, *Hidden, Out], X: Matrix[In, M]) -> None: ...


@typechecked
def of_predictor(record: Predictor[In, *Hidden, Out], X: Matrix[In, M]) -> None: ...


@typechecked
def of_scoring(record: Scoring[In, Out], X: Matrix[In, M]) -> None: ...


@typechecked
def of_dropout(record: fdnn.Dropout[In], X: Matrix[In, M]) -> None: ...


@typechecked
def of_batch_norm(record: fdnn.BatchNorm[In], X: Matrix[In, M]) -> None: ...


@typechecked
def of_layer_norm(record: fdnn.LayerNorm[In], X: Matrix[In, M]) -> None: ...


@typechecked
def of_residual(record: fdnn.Residual[In], X: Matrix[In, M]) -> None: ...


@typechecked
def of_rows(record: fdnn.Rows[In, Any], X: Matrix[In, M]) -> None: ...


@typechecked
def of_feed(record: fdnn.Feed[In, Any, Any], X: Matrix[In, M]) -> None: ...


ROWS = fdnn.Rows(np.ones((6, 4)), np.ones((6, 2)), pixel, cat)

RECORDS: dict[type, tuple[Callable[..., None], Any]] = {
    Dim: (of_dim, pixel),
    Layer: (of_layer, PARAMS.layers[0]),
    Dense: (of_dense, PARAMS.layers[0]),
    fdnn.Dropout: (of_dropout, fdnn.dropout(pixel)),
    fdnn.BatchNorm: (of_batch_norm, fdnn.batch_norm(pixel)),
    fdnn.LayerNorm: (of_layer_norm, fdnn.layer_norm(pixel)),
    fdnn.Residual: (of_residual, fdnn.residual(pixel)(fdnn.dropout(pixel))),
    LinearCache: (of_linear_cache, TRACE.caches[0].linear),
    fdnn.Cache: (of_cache, TRACE.caches[0].linear),
    LayerCache: (of_layer_cache, TRACE.caches[0]),
    Architecture: (of_architecture, PARAMS.architecture),
    Params: (of_params, PARAMS),
    Grads: (of_grads, TRACE.backward(normal(2, 6))),
    Trace: (of_trace, TRACE),
    Batch: (of_batch, BATCH),
    OptimizerState: (of_optimizer, LEARNER.start(PARAMS).optimizer),
    State: (of_state, LEARNER.start(PARAMS)),
    Step: (of_step, LEARNER.step(PARAMS)(BATCH)),
    fdnn.Rows: (of_rows, ROWS),
    fdnn.Feed: (of_feed, LEARNER.step(PARAMS).feed([BATCH])),
    Predictor: (of_predictor, Predictor(PARAMS)),
    Scoring: (of_scoring, fdnn.scoring(categorical_cross_entropy, test=BATCH)),
}
EVERY_RECORD = pytest.mark.parametrize(
    ("kind", "function", "record"),
    [(kind, *pair) for kind, pair in RECORDS.items()],
    ids=[kind.__name__ for kind in RECORDS],
)


def test_every_public_generic_record_is_in_the_table() -> None:
    generic = {
        kind for _, kind in public() if isinstance(kind, type) and vars(kind).get("__parameters__")
    }
    # A recorded stream learns its axes only with its first state.
    without_axes = {Biased, Matrix, fdnn.CostAfter, fdnn.Head, fdnn.HeadAfter, fdnn.Recorded}
    assert generic - without_axes <= set(RECORDS)


@EVERY_RECORD
def test_a_size_is_carried_from_a_record_to_a_matrix(
    kind: type, function: Callable[..., None], record: Any
) -> None:
    size = 3 if kind is LayerCache else 4
    function(record, normal(size, 6))

    message = refusal_of(function, record, normal(7, 6))
    columns = "M=6" if kind in (LinearCache, fdnn.Cache, LayerCache, Trace, Batch) else "M"
    assert message == (
        f'argument "X" (numpy.ndarray) has shape (7, 6), expected (In={size}, {columns}): '
        f"In is {size} in record"
    )


@EVERY_RECORD
def test_a_record_of_another_kind_is_blamed_itself(
    kind: type, function: Callable[..., None], record: Any
) -> None:
    message = refusal_of(function, "record", normal(4, 6))
    assert message.startswith('argument "record" (str) is ')

    if kind is not Dim:
        assert message.endswith(f"it must be of kind {kind.__name__}")


@typechecked
def after(X: Matrix[In, M], record: Params[In, *Hidden, Out], Y: Matrix[Out, M]) -> None: ...


@typechecked
def beside(first: Params[In, *Hidden, Out], second: Grads[In, *Hidden, Out]) -> None: ...


@typechecked
def named(record: Params[Pixel, Edge, Cat]) -> Params[Pixel, Part, Cat]:
    wrong: Any = record
    return wrong  # type: ignore[no-any-return]  # the mistake that the guard is to see


def test_a_record_that_comes_later_is_the_one_to_blame() -> None:
    after(normal(4, 6), PARAMS, normal(2, 6))
    assert refusal_of(after, normal(5, 6), PARAMS, normal(2, 6)) == (
        'argument "record" (fdnn.records.Params) has axes (Pixel=4, Edge=3, Cat=2), '
        "expected (In=5, *Hidden, Out): In is 5 in X"
    )
    assert refusal_of(after, normal(4, 6), PARAMS, normal(3, 6)) == (
        'argument "Y" (numpy.ndarray) has shape (3, 6), expected (Out=2, M=6): Out is 2 in record'
    )


def test_hidden_axes_are_carried_too() -> None:
    deeper = initialize(dense(pixel, edge) >> dense(edge, edge) >> dense(edge, cat), rng=0)
    grads = deeper.forward(BATCH.X).backward(normal(2, 6))

    assert refusal_of(beside, PARAMS, grads) == (
        'argument "second" (fdnn.records.Grads) has axes (Pixel=4, Edge=3, Edge=3, Cat=2), '
        "expected (In=4, *Hidden=3, Out=2): *Hidden is 3 in first"
    )


def test_names_that_a_record_remembers_are_compared() -> None:
    part = Dim[Part](3)
    other: Any = initialize(dense(pixel, part, fdnn.tanh) >> dense(part, cat), rng=0)

    assert refusal_of(named, other) == (
        'argument "record" (fdnn.records.Params) has axes (Pixel=4, Part=3, Cat=2), '
        "expected (Pixel, Edge, Cat): Part is not Edge"
    )
    assert refusal_of(named, PARAMS) == (
        "the return value (fdnn.records.Params) has axes (Pixel=4, Edge=3, Cat=2), "
        "expected (Pixel=4, Part, Cat=2): Edge is not Part"
    )


Left = TypeVar("Left")
Right = TypeVar("Right")


@attrs.frozen(eq=False, repr=False)
class Pair(guards.Record, Generic[Left, Right, M]):
    """A record of the user's own, understood through its fields."""

    A: Matrix[Left, M]
    B: Matrix[Right, M]

    @property
    def axes(self) -> tuple[Dim[Any], ...]:
        left, examples = fdnn.matrix.size_of(self.A)
        right, _ = fdnn.matrix.size_of(self.B)
        return left, right, examples


@typechecked
def of_pair(record: Pair[In, Out, M], W: Matrix[Out, In]) -> None: ...


def test_a_record_of_the_users_own_is_understood() -> None:
    pair = Pair(normal(4, 6), normal(3, 6))

    of_pair(pair, normal(3, 4))
    assert refusal_of(of_pair, pair, normal(4, 3)) == (
        'argument "W" (numpy.ndarray) has shape (4, 3), expected (Out=3, In=4): Out is 3 in record'
    )
