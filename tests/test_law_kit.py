"""The law kit: every kind of fdnn keeps its laws, and each law sees the fault it is there for."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import attrs
import numpy as np
import pytest
from typeguard import suppress_type_checks

import fdnn
from fdnn import (
    Activation,
    Adam,
    ArgumentError,
    BinaryCrossEntropy,
    Cache,
    Cost,
    Dense,
    Dim,
    FdnnError,
    GradientDescent,
    He,
    KindError,
    Layer,
    Momentum,
    OptimizerState,
    SquaredError,
    Tanh,
    accuracy,
    dense,
    laws,
    relu,
    sigmoid,
    softmax,
    tanh,
)
from fdnn import matrix as mx
from fdnn.axes import In, Out
from fdnn.laws import LawError, Report
from fdnn.laws.report import Held, apart
from fdnn.matrix import to_numpy, unnamed
from fdnn.regularizers import L2, Regularizer
from fdnn.transforms import Center, Unchanged
from tests.law_samples import classes, everything, made
from tests.own_layers import Dropout, layer_norm

KINDS = everything()
n, k = Dim[Any](4), Dim[Any](3)


# ----------------------------------------------------------------------- what is built in keeps all


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_fdnn_keeps_its_laws(name: str) -> None:
    report = laws.check(KINDS[name])

    assert len(report.laws) >= 4
    assert all(held.error <= held.within for held in report.laws)


@pytest.mark.parametrize("layer", [layer_norm(n), Dropout(n, 0.4)], ids=["norm", "dropout"])
def test_kinds_of_layer_written_elsewhere_keep_the_laws(layer: Layer[Any, Any]) -> None:
    words = str(laws.check(layer))
    assert "dA is the derivative by A, in training, by complex step" in words
    assert "in inference, each example is treated by itself" in words


@pytest.mark.parametrize("kind", [relu, fdnn.he, Adam(), Momentum(0.1), dense(n, k), accuracy])
def test_the_kit_keeps_to_the_axes_that_the_guards_look_at(kind: Any) -> None:
    laws.check(kind)


def test_there_is_a_sample_of_every_class() -> None:
    assert len(KINDS) > 25
    for kind in classes():
        assert isinstance(made(kind), kind)


def test_a_check_is_a_function_of_the_kind() -> None:
    assert laws.check(tanh) == laws.check(tanh)
    assert laws.check(dense(n, k, relu)) == laws.check(dense(n, k, relu))


# --------------------------------------------------------------- a derivative wrong by a thousandth


@pytest.fixture(autouse=True)
def _unguarded(request: pytest.FixtureRequest) -> Iterator[None]:
    """The guards look at every call within a check, which is slow; one test has them on."""
    with nullcontext() if "guards" in request.node.name else suppress_type_checks():
        yield


def altered(kind: Any, method: str, change: Callable[[Any], Any]) -> Any:
    """The same kind, but what one of its methods gives is changed."""
    parent = type(kind)

    def wrong(self: Any, *arguments: Any) -> Any:
        return change(getattr(parent, method)(self, *arguments))

    new: Any = object.__new__(type(parent.__name__, (parent,), {method: wrong}))
    for field in attrs.fields(parent):
        object.__setattr__(new, field.name, getattr(kind, field.name))
    return new


def of_family(*families: type) -> list[str]:
    return [name for name, kind in KINDS.items() if isinstance(kind, families)]


def off(value: Any) -> Any:
    return value * 1.001


def refused(kind: Any, *words: str) -> LawError:
    """The error of a kind that breaks a law, whose sentence has all the words."""
    with pytest.raises(LawError) as raised:
        laws.check(kind)
    assert str(raised.value).count("\n") == 0
    for word in words:
        assert word in str(raised.value)
    return raised.value


@pytest.mark.parametrize("name", of_family(Activation))
def test_a_pullback_wrong_by_a_thousandth_is_seen(name: str) -> None:
    refused(altered(KINDS[name], "pullback", off), "dZ is the derivative of g, by central diff")


@pytest.mark.parametrize("name", of_family(Cost))
def test_a_derivative_of_a_cost_wrong_by_a_thousandth_is_seen(name: str) -> None:
    refused(altered(KINDS[name], "derivative", off), "derivative is that of losses, by central")


@pytest.mark.parametrize("name", of_family(Cost))
def test_a_gradient_of_a_cost_wrong_by_a_thousandth_is_seen(name: str) -> None:
    refused(altered(KINDS[name], "gradient", off), "the gradient after ", "that of the losses")


@pytest.mark.parametrize("name", [name for name in of_family(Cost) if KINDS[name].link is not None])
def test_a_derivative_from_the_logits_wrong_by_a_thousandth_is_seen(name: str) -> None:
    wrong = altered(KINDS[name], "derivative_from_logits", off)
    refused(wrong, f"the gradient after {KINDS[name].link.name} is that of the losses")


@pytest.mark.parametrize("name", of_family(Regularizer))
def test_a_gradient_of_a_regulariser_wrong_by_a_thousandth_is_seen(name: str) -> None:
    refused(altered(KINDS[name], "gradient", off), "gradient is that of penalty, by central diff")


@attrs.frozen(eq=False)
class Off(Cache[Any, Any, Any]):
    """A cache of which one part is wrong by a thousandth on the way back."""

    inner: Any
    part: int | str

    def backward(self, dZ: Any, /) -> tuple[Any, Any]:
        gradient, dA = self.inner.backward(dZ)
        if self.part == "dA":
            return gradient, off(dA)
        arrays = [np.array(to_numpy(a)) for a in gradient.arrays]
        if self.part in ("dW", "db"):
            columns = slice(-1, None) if self.part == "db" else slice(0, -1)
            arrays[0][:, columns] *= 1.001
        else:
            arrays[int(self.part)] *= 1.001
        return gradient.over([unnamed(a) for a in arrays]), dA


def with_part_off(layer: Any, part: int | str) -> Any:
    return altered(layer, "forward", lambda given: (given[0], Off(given[1], part)))


PARTS = [
    (name, part) for name in of_family(Layer) for part in ("dA", *range(len(KINDS[name].arrays)))
] + [("Dense", "dW"), ("Dense", "db")]


@pytest.mark.parametrize(("name", "part"), PARTS)
def test_a_gradient_of_a_layer_wrong_by_a_thousandth_is_seen(name: str, part: int | str) -> None:
    kind = KINDS[name]
    if isinstance(part, int) and getattr(kind, "parameter_names", [""] * 9)[part : part + 1] in (
        ("mean",),
        ("variance",),
    ):
        pytest.skip("a statistic has no gradient, and zero is not wrong by a thousandth")
    refused(with_part_off(kind, part), "is the derivative by")


@pytest.mark.parametrize("layer", [layer_norm(n), Dropout(n, 0.4)], ids=["norm", "dropout"])
def test_a_gradient_of_a_foreign_layer_wrong_by_a_thousandth_is_seen(layer: Any) -> None:
    for part in ("dA", *range(len(layer.arrays))):
        refused(with_part_off(layer, part), "is the derivative by")


# -------------------------------------------------------------------- faults of activations


class Shrinks(Tanh):
    def __call__(self, Z: Any, /) -> Any:
        return np.tanh(Z)[:, :1]


class Doubles(Tanh):
    def __call__(self, Z: Any, /) -> Any:
        return np.tanh(Z).astype("float64")


class DoublesBack(Tanh):
    def pullback(self, dA: Any, Z: Any, A: Any, /) -> Any:
        return (dA * (1.0 - A * A)).astype("float64")


class Writes(Tanh):
    def __call__(self, Z: Any, /) -> Any:
        Z[0, 0] = 0.0
        return np.tanh(Z)


class WritesBack(Tanh):
    def pullback(self, dA: Any, Z: Any, A: Any, /) -> Any:
        dA *= 1.0 - A * A
        return dA


class Draws(Tanh):
    def __call__(self, Z: Any, /) -> Any:
        return np.tanh(Z) * np.random.default_rng().random()


class AcrossExamples(Tanh):
    def __call__(self, Z: Any, /) -> Any:
        return Z - Z.mean(axis=1, keepdims=True)


class ByPlace(Tanh):
    def __call__(self, Z: Any, /) -> Any:
        return Z * np.arange(1.0, Z.shape[1] + 1.0, dtype=Z.dtype)


class AcrossExamplesBack(Tanh):
    def pullback(self, dA: Any, Z: Any, A: Any, /) -> Any:
        return dA - dA.mean(axis=1, keepdims=True)


class ByPlaceBack(Tanh):
    def pullback(self, dA: Any, Z: Any, A: Any, /) -> Any:
        return dA * np.arange(1.0, Z.shape[1] + 1.0, dtype=Z.dtype)


class DrawsBack(Tanh):
    def pullback(self, dA: Any, Z: Any, A: Any, /) -> Any:
        return dA * np.random.default_rng().random(1, Z.dtype)


class BeyondItsImage(Tanh):
    def __call__(self, Z: Any, /) -> Any:
        return np.tanh(Z) * 1.5


class NotLinear(Tanh):
    def pullback(self, dA: Any, Z: Any, A: Any, /) -> Any:
        return np.where(np.abs(dA) > 3.0, dA * 2.0, dA) * (1.0 - A * A)


class Overflows(Tanh):
    image = (0.0, math.inf)

    def __call__(self, Z: Any, /) -> Any:
        return mx.log(1.0 + mx.exp(Z))

    def pullback(self, dA: Any, Z: Any, A: Any, /) -> Any:
        return dA / (1.0 + mx.exp(-Z))


class OverflowsBack(Tanh):
    def pullback(self, dA: Any, Z: Any, A: Any, /) -> Any:
        return dA * 4.0 * mx.exp(2.0 * Z) / (1.0 + mx.exp(2.0 * Z)) / (1.0 + mx.exp(2.0 * Z))


class WrongAtTheKink(Activation):
    name = "wrong_at_the_kink"

    def __call__(self, Z: Any, /) -> Any:
        return mx.maximum(Z, 0.0)

    def pullback(self, dA: Any, Z: Any, A: Any, /) -> Any:
        return mx.where(Z >= 0.0, mx.where(Z > 0.0, dA, dA * 7.0), 0.0)


class WrongFarOut(Tanh):
    def pullback(self, dA: Any, Z: Any, A: Any, /) -> Any:
        return mx.where(Z > 2.0, dA * 1.001, dA) * (1.0 - A * A)


class WrongInTheLastDigits(Tanh):
    def pullback(self, dA: Any, Z: Any, A: Any, /) -> Any:
        return dA * (1.0 - A * A) * (1.0 + 1e-7)


class StagedWrong(Tanh):
    def staged(self, Z: Any, A: Any, dA: Any, /) -> Any:
        def forward() -> None:
            np.tanh(Z, out=A)

        def backward() -> None:
            dA[...] = dA * (1.0 - A * A) * 1.001

        return forward, backward


ACTIVATIONS = {
    Shrinks: "shape and precision are kept",
    Doubles: "A is float64 (4, 12), expected float32 (4, 12): shape and precision are kept",
    DoublesBack: "dZ is float64 (4, 12), expected float32 (4, 12): shape and precision are kept",
    Writes: "arguments are left alone",
    WritesBack: "dA is ",
    Draws: "the same gives the same again",
    AcrossExamples: "each example is treated by itself",
    ByPlace: "each example is treated by itself",
    AcrossExamplesBack: "each example is treated by itself",
    ByPlaceBack: "each example is treated by itself",
    DrawsBack: "the same gives the same again",
    BeyondItsImage: "expected a number in [-1, 1]: values lie in the image",
    NotLinear: "dZ is linear in dA",
    Overflows: "A is inf at Z = 10000, expected a finite number: finite inputs give finite numbers",
    OverflowsBack: "dZ is nan at Z = 10000, expected a finite number",
    WrongAtTheKink: "dZ is 7 at Z = 0, expected a number from 0 to 1: at a kink, dZ lies between",
    WrongFarOut: "dZ is the derivative of g, by central difference",
    WrongInTheLastDigits: "dZ is the derivative of g, by complex step",
    StagedWrong: "training over buffers agrees with the pure functions",
}


@pytest.mark.parametrize("kind", ACTIVATIONS, ids=lambda kind: kind.__name__)
def test_a_fault_of_an_activation_is_seen(kind: type[Activation]) -> None:
    refused(kind(), "laws.activation: ", kind.__name__, ACTIVATIONS[kind])


def test_the_sentence_says_law_input_and_both_numbers() -> None:
    error = refused(altered(tanh, "pullback", off))
    assert isinstance(error, FdnnError)
    assert isinstance(error, AssertionError)
    came, dZ, Z = error.came.split(": dZ is ")[0], *map(float, _numbers(error))
    assert (error.where, came) == ("laws.activation", "Tanh()")
    assert dZ == pytest.approx(1.001 * float(error.expected), rel=1e-5)
    assert math.isfinite(Z)
    assert error.why == "dZ is the derivative of g, by central difference"


def _numbers(error: LawError) -> tuple[str, str]:
    _, _, rest = error.came.partition("dZ is ")
    number, _, at = rest.partition(" at Z = ")
    return number, at.partition(",")[0]


def test_a_function_that_only_looks_complex_is_not_judged_by_the_complex_step() -> None:
    class Absolute(Activation):
        name = "absolute"
        image = (0.0, math.inf)

        def __call__(self, Z: Any, /) -> Any:
            return np.abs(Z)

        def pullback(self, dA: Any, Z: Any, A: Any, /) -> Any:
            return dA * np.sign(Z)

    held = {law.law for law in laws.check(Absolute()).laws}
    assert "dZ is the derivative of g, by central difference" in held
    assert "dZ is the derivative of g, by complex step" not in held


def test_an_exponential_may_overflow() -> None:
    class Exp(Activation):
        name = "exp"
        image = (0.0, math.inf)

        def __call__(self, Z: Any, /) -> Any:
            return mx.exp(Z)

        def pullback(self, dA: Any, Z: Any, A: Any, /) -> Any:
            return dA * A

    laws.activation(Exp())


# -------------------------------------------------------------------------- faults of costs


class Squared(SquaredError):  # noqa: N818  # an error of predictions
    """A squared error to change."""


class WrongFromLogits(BinaryCrossEntropy):
    def losses_from_logits(self, Z: Any, Y: Any, /) -> Any:
        return super().losses_from_logits(Z, Y) * 1.001


class NaiveFromLogits(BinaryCrossEntropy):
    def losses_from_logits(self, Z: Any, Y: Any, /) -> Any:
        return mx.sum_rows(Y * mx.log(1.0 + mx.exp(-Z)) + (1.0 - Y) * mx.log(1.0 + mx.exp(Z)))


class Sums(Squared):
    def value(self, last: Any, Y: Any, weights: Any = None, /) -> Any:
        return super().value(last, Y, weights) * Y.shape[1]


class ForgetsWeights(Squared):
    def value(self, last: Any, Y: Any, weights: Any = None, /) -> Any:
        return super().value(last, Y)


class ForgetsWeightsBack(Squared):
    def gradient(self, last: Any, Y: Any, weights: Any = None, /) -> Any:
        return super().gradient(last, Y)


class ComparesExamples(Squared):
    def losses(self, A: Any, Y: Any, /) -> Any:
        D = A - Y
        return mx.sum_rows(D * D) * 0.5 + np.roll(D[:1] ** 2, 1, axis=1)

    def derivative(self, A: Any, Y: Any, /) -> Any:
        D = A - Y
        return D + np.vstack([2.0 * D[:1], 0.0 * D[1:]])


class AnyLabel(BinaryCrossEntropy):
    def require_labels(self, where: str, Y: Any, /) -> None: ...


class OtherError(BinaryCrossEntropy):
    def require_labels(self, where: str, Y: Any, /) -> None:
        raise ArgumentError(where, "Y is bad", "better ones")


class NoLabel(Squared):
    def require_labels(self, where: str, Y: Any, /) -> None:
        raise fdnn.DataError(where, "Y is bad", "better ones")


class DoublesLosses(Squared):
    def losses(self, A: Any, Y: Any, /) -> Any:
        given: Any = super().losses(A, Y)
        return given.astype(np.result_type(A, "float64"))


class DoublesDerivative(Squared):
    def derivative(self, A: Any, Y: Any, /) -> Any:
        return (A - Y).astype(np.result_type(A, "float64"))


class DoublesGradient(Squared):
    def gradient(self, last: Any, Y: Any, weights: Any = None, /) -> Any:
        given: Any = super().gradient(last, Y, weights)
        return given.astype(np.result_type(given, "float64"))


class DoublesFromLogits(Squared):
    def losses_from_logits(self, Z: Any, Y: Any, /) -> Any:
        given: Any = super().losses_from_logits(Z, Y)
        return given.astype(np.result_type(Z, "float64"))


class OverflowsBackwards(Squared):
    def gradient(self, last: Any, Y: Any, weights: Any = None, /) -> Any:
        return super().gradient(last, Y, weights) * mx.exp(last.Z) / mx.exp(last.Z)


class DrawsDerivative(Squared):
    def derivative(self, A: Any, Y: Any, /) -> Any:
        return (A - Y) * np.random.default_rng().random(1, np.asarray(A).dtype)


class WritesLabels(Squared):
    def derivative(self, A: Any, Y: Any, /) -> Any:
        if np.asarray(Y).flags.writeable:
            Y[0, 0] += 1.0
        return A - Y


class DrawsLosses(Squared):
    calls = 0

    def losses(self, A: Any, Y: Any, /) -> Any:
        type(self).calls += 1
        return super().losses(A, Y) * (1.0 + 1e-12 * (type(self).calls % 7))


class StagedCost(Squared):
    def staged(self, Z: Any, Y: Any, dZ: Any, scale: float, /) -> Any:
        def both() -> float:
            np.subtract(Z, Y, out=dZ)
            dZ[...] *= scale * 1.001
            return float(((Z - Y) ** 2).sum() / 2 / Z.shape[1])

        return both


class NoCostlessBottom(Squared):
    def losses(self, A: Any, Y: Any, /) -> Any:
        return mx.sum_rows(A)

    def derivative(self, A: Any, Y: Any, /) -> Any:
        return A * 0.0 + 1.0

    def gradient(self, last: Any, Y: Any, weights: Any = None, /) -> Any:
        ones = last.A * 0.0 + 1.0
        return (ones if weights is None else ones * weights) / Y.shape[1]


COSTS = {
    WrongFromLogits: "losses from the logits are those of the output",
    NaiveFromLogits: "L is inf, expected a finite number: finite logits give finite numbers",
    Sums: "J is the mean of the losses",
    ForgetsWeights: "J with weights is ",
    ForgetsWeightsBack: "dJ/dZ with weights is ",
    ComparesExamples: "each example has a loss of its own, in any order",
    AnyLabel: "expected one above -1000, or such labels refused: losses are bounded below",
    OtherError: "expected a DataError: labels are refused, or have a loss",
    NoLabel: "all labels are refused",
    DoublesLosses: "L is float64 (1, 5), expected float32 (1, 5): shape and precision are kept",
    WritesLabels: "Y is ",
    DoublesDerivative: "dL/dA is float64 (3, 5), expected float32 (3, 5): shape and precision",
    DoublesGradient: "dJ/dZ is float64 (3, 5), expected float32 (3, 5): shape and precision",
    DoublesFromLogits: "L from the logits is float64 (1, 5), expected float32 (1, 5)",
    OverflowsBackwards: "dJ/dZ is nan at Z = ",
    DrawsDerivative: "the same gives the same again",
    StagedCost: "training over buffers agrees with the pure functions",
    NoCostlessBottom: "losses are bounded below",
}


@pytest.mark.parametrize("kind", COSTS, ids=lambda kind: kind.__name__)
def test_a_fault_of_a_cost_is_seen(kind: type[Cost]) -> None:
    refused(kind(), "laws.cost: ", kind.__name__, COSTS[kind])


def test_a_cost_that_is_another_function_every_time_is_seen() -> None:
    refused(DrawsLosses(), "laws.cost: DrawsLosses()")


def test_labels_that_must_be_refused_are_given() -> None:
    wrong = np.array([[2.0, 0.0]])
    laws.cost(fdnn.binary_cross_entropy, refuses=[wrong])
    with pytest.raises(LawError) as raised:
        laws.cost(fdnn.squared_error, refuses=[wrong])
    assert str(raised.value) == (
        "laws.cost: SquaredError(): labels [[2.0, 0.0]] are accepted, expected a DataError: "
        "labels are refused, or have a loss"
    )


# ------------------------------------------------------- faults of initialisers, and the deviation


def drawn(change: Callable[[Any], Any]) -> Any:
    return altered(fdnn.he, "__call__", change)


class NoKey(He):
    def __call__(self, key: Any, outputs: Any, inputs: Any, /) -> Any:
        return super().__call__(fdnn.Key(1), outputs, inputs)


class OwnStream(He):
    def __call__(self, key: Any, outputs: Any, inputs: Any, /) -> Any:
        return np.random.default_rng().standard_normal((outputs, inputs))


INITIALIZERS = [
    (drawn(lambda W: W.T), "W is (outputs, inputs), in float64 and finite"),
    (drawn(lambda W: W.astype("float32")), "W is float32 (40, 60), expected float64 (40, 60)"),
    (drawn(lambda W: W / 0.0), "W is "),
    (NoKey(), "W is the same, expected other numbers from another key"),
    (OwnStream(), "the same key gives the same bits"),
]


@pytest.mark.parametrize(("draw", "words"), INITIALIZERS)
def test_a_fault_of_an_initialiser_is_seen(draw: Any, words: str) -> None:
    with np.errstate(all="ignore"):
        refused(draw, "laws.initializer: ", words)


def test_the_deviation_is_measured_and_held_against_the_one_that_is_stated() -> None:
    assert "the deviation of 40 x 60 weights is 0.18" in str(laws.initializer(fdnn.he))
    laws.initializer(fdnn.he, deviation=lambda outputs, inputs: math.sqrt(2.0 / inputs))
    laws.initializer(fdnn.glorot, deviation=lambda o, i: math.sqrt(2.0 / (o + i)))
    with pytest.raises(LawError, match="the deviation of the weights is the one that is stated"):
        laws.initializer(fdnn.he, deviation=lambda outputs, inputs: math.sqrt(2.0 / outputs))


def test_an_initialiser_that_draws_nothing_is_none_that_ignores_its_key() -> None:
    class Eye(He):
        def __call__(self, key: Any, outputs: Any, inputs: Any, /) -> Any:
            return np.eye(outputs, inputs)

    assert "nothing is drawn" in str(laws.initializer(Eye()))


# ----------------------------------------------------------------------- faults of optimizers


class Descent(GradientDescent):
    """Gradient descent whose update is changed by `change`."""

    def update(self, grads: Any, state: Any, params: Any, /) -> Any:
        update, after = super().update(grads, state, params)
        return self.change(update, grads, params), after

    def change(self, update: Any, grads: Any, params: Any) -> Any:
        raise NotImplementedError


class GoesUphill(Descent):
    is_linear = False

    def change(self, update: Any, grads: Any, params: Any) -> Any:
        return -update


class MovesAtRest(Descent):
    is_linear = False

    def change(self, update: Any, grads: Any, params: Any) -> Any:
        return update.with_vector(update.vector + 0.01 * params.vector)


class ByTheFirst(Descent):
    is_linear = False

    def change(self, update: Any, grads: Any, params: Any) -> Any:
        return update * (1.0 + abs(float(grads.vector[0])))


class DividesByZero(Descent):
    is_linear = False

    def change(self, update: Any, grads: Any, params: Any) -> Any:
        with np.errstate(all="ignore"):
            return update.with_vector(update.vector / np.linalg.norm(grads.vector))


class NotFinite(Descent):
    def change(self, update: Any, grads: Any, params: Any) -> Any:
        return update.with_vector(update.vector * np.inf)


class Precise(Descent):
    def change(self, update: Any, grads: Any, params: Any) -> Any:
        return update.astype("float64")


class SaysItIsLinear(Descent):
    def change(self, update: Any, grads: Any, params: Any) -> Any:
        return update.with_vector(np.clip(update.vector, -0.1, 0.1))


class LinearByPlace(Descent):
    def change(self, update: Any, grads: Any, params: Any) -> Any:
        W = params.architecture.weights
        return update.with_vector(np.where(W, update.vector, update.vector * 2.0))


class Restless(Descent):
    def change(self, update: Any, grads: Any, params: Any) -> Any:
        return update * float(np.random.default_rng().random())


class GivesAnArray(Descent):
    def change(self, update: Any, grads: Any, params: Any) -> Any:
        return update.vector


class Unlocks(Descent):
    def change(self, update: Any, grads: Any, params: Any) -> Any:
        owner = params.vector.base
        owner.setflags(write=True)
        owner[0] += 1.0
        owner.setflags(write=False)
        return update


class LosesCount(GradientDescent):
    def update(self, grads: Any, state: Any, params: Any, /) -> Any:
        return super().update(grads, state, params)[0], state


class LosesMoments(Momentum):
    def update(self, grads: Any, state: Any, params: Any, /) -> Any:
        update, after = super().update(grads, state, params)
        (v,) = after.moments
        return update, OptimizerState(v.architecture, after.count, (v.astype("float64"),))


class StagedDescent(GradientDescent):
    is_linear = False

    def staged(self) -> Any:
        def update(parameters: Any, gradient: Any, moments: Any, count: int) -> Any:
            np.subtract(parameters, gradient, out=gradient)
            return ()

        return self.rate_at(0) * 1.001, update


OPTIMIZERS = {
    GoesUphill: "from zero, the first update does not go uphill",
    MovesAtRest: "a zero gradient from a fresh state moves nothing, or only decays",
    ByTheFirst: "the order of units and inputs is irrelevant",
    DividesByZero: "a zero gradient from a fresh state moves nothing, or only decays",
    NotFinite: "updates are finite",
    Precise: "expected float32 (23,): shape and precision are kept",
    SaysItIsLinear: "the update of a sum of gradients is ",
    LinearByPlace: "an update in another order is ",
    Restless: "the same gives the same again",
    GivesAnArray: "the update is of kind ndarray, expected Grads",
    Unlocks: "arguments are left alone",
    LosesCount: "after 1 updates its count is 0, expected 1: the state is threaded",
    LosesMoments: "a moment is float64 (23,), expected float32 (23,): the state is threaded",
    StagedDescent: "training over buffers agrees with the pure functions",
}


@pytest.mark.parametrize("kind", OPTIMIZERS, ids=lambda kind: kind.__name__)
def test_a_fault_of_an_optimizer_is_seen(kind: type[GradientDescent]) -> None:
    refused(kind(0.1), "laws.optimizer: ", kind.__name__, OPTIMIZERS[kind])


# ------------------------------------------------------------------------- faults of schedules


@attrs.frozen
class Slowing:
    """A schedule from outside: it only looks like one."""

    rate: float = 0.1
    end: Any = 8

    def __call__(self, count: int, /) -> float:
        if not count < self.end:
            raise ArgumentError("Slowing", f"count is {count}", f"less than {self.end}")
        return self.rate / (1 + count)


class Endless(Slowing):
    def __call__(self, count: int, /) -> float:
        return self.rate / (1 + count)


class Negative(Slowing):
    def __call__(self, count: int, /) -> float:
        return super().__call__(count) - 0.02


class Whole(Slowing):
    def __call__(self, count: int, /) -> Any:
        super().__call__(count)
        return 1


class Remembers(Slowing):
    asked = 0

    def __call__(self, count: int, /) -> float:
        type(self).asked += 1
        return super().__call__(count) + type(self).asked


SCHEDULES = [
    (Endless(), "there is a rate at 8, expected ArgumentError: a schedule refuses what lies"),
    (Negative(), "the rate at 5 is -0.003"),
    (Whole(), "the rate at 0 is 1, expected a finite number from 0 on"),
    (Slowing(math.nan), "the rate at 0 is nan, expected a finite number from 0 on"),
    (Slowing(0.0), "the rates of all 8 updates are 0, expected one above 0"),
    (Slowing(0.1, 0), "end is 0, expected a whole number from 1 on, or None"),
    (Slowing(0.1, 2.5), "end is 2.5, expected a whole number from 1 on, or None"),
    (Remembers(), "the same count gives the same rate"),
]


@pytest.mark.parametrize(("rate", "words"), SCHEDULES)
def test_a_fault_of_a_schedule_is_seen(rate: Slowing, words: str) -> None:
    refused(rate, "laws.schedule: ", words)


def test_a_schedule_that_keeps_the_laws_passes() -> None:
    assert len(laws.check(Slowing()).laws) == 5


# ----------------------------------------------------------------------------- faults of layers


class Own(Dense[In, Out]):
    """A dense layer to change."""

    def forward(self, A: Any, context: Any, /) -> Any:
        return super().forward(A, context)


def own(kind: type[Own[Any, Any]], activation: Activation = tanh) -> Own[Any, Any]:
    return kind(n, k, mx.blank(k, Dim[Any](5)), activation)


class NormsInInference(Own[In, Out]):
    def forward(self, A: Any, context: Any, /) -> Any:
        Z, cache = super().forward(A, context)
        shift = 0.0 if context.training else np.mean(Z, axis=1, keepdims=True) * 0.0 + Z[:, :1]
        return Z + 0.0 * shift + (
            0.0 if context.training else shift * 0.0 + Z[:, -1:] * 1e-3
        ), cache


class InOrder(Own[In, Out]):
    def forward(self, A: Any, context: Any, /) -> Any:
        if not context.training:
            return super().forward(A, context)
        Z, cache = super().forward(A, context)
        return Z + np.arange(Z.shape[1], dtype=Z.dtype), cache


class DrawsWithoutKey(Own[In, Out]):
    def forward(self, A: Any, context: Any, /) -> Any:
        Z, cache = super().forward(A, context)
        return Z * np.random.default_rng().random(), cache


class WritesInput(Own[In, Out]):
    def forward(self, A: Any, context: Any, /) -> Any:
        if A.dtype == "float64" and A.flags.writeable:
            A[0, 0] = 3.0
        return super().forward(A, context)


class DoublesZ(Own[In, Out]):
    def forward(self, A: Any, context: Any, /) -> Any:
        Z, cache = super().forward(A, context)
        return Z.astype(np.result_type(Z, "float64")), cache


@attrs.frozen(eq=False)
class HalfCache(Cache[Any, Any, Any]):
    inner: Any

    def backward(self, dZ: Any, /) -> Any:
        return self.inner.backward(dZ)

    def gradient(self, dZ: Any, /) -> Any:
        gradient = self.inner.gradient(dZ)
        return gradient.over([a * 1.001 for a in gradient.arrays])


class TwoGradients(Own[In, Out]):
    def forward(self, A: Any, context: Any, /) -> Any:
        Z, cache = super().forward(A, context)
        return Z, HalfCache(cache)


class LosesSettings(Own[In, Out]):
    def replace(self, arrays: Any, /) -> Any:
        (Wb,) = arrays
        return type(self)(self.inputs, self.outputs, Wb, fdnn.relu)


class KeepsNumbers(Own[In, Out]):
    def over(self, arrays: Any, /) -> Any:
        given = [*arrays]
        more = np.asarray(given[0]) - to_numpy(self.Wb)
        return super().over(self.arrays if bool((np.abs(more - 1.0) < 1e-9).all()) else given)


class FreshEveryTime(Own[In, Out]):
    def initialized(self, key: Any, /) -> Any:
        place = int(np.random.default_rng().integers(1000))
        return super().initialized(key.at(place))


class StagedLayer(Own[In, Out]):
    def staged(self, A: Any, Z: Any, dZ: Any, dA: Any, /) -> Any:
        def forward(arrays: Any, context: Any) -> None:
            (Wb,) = arrays
            Z[...] = Wb[:, :-1] @ A + Wb[:, -1:]

        def backward(arrays: Any, gradients: Any) -> None:
            (Wb,), (dWb,) = arrays, gradients
            dWb[:, :-1] = dZ @ A.T * 1.001
            dWb[:, -1:] = dZ.sum(axis=1, keepdims=True)
            if dA is not None:
                dA[...] = Wb[:, :-1].T @ dZ

        return forward, backward


LAYERS = {
    NormsInInference: "in inference",
    InOrder: "in training, the order of the examples is irrelevant",
    DrawsWithoutKey: "the same gives the same again",
    WritesInput: "A is 3 after the call",
    DoublesZ: "Z is float64 (3, 5), expected float32 (3, 5): shape and precision are kept",
    TwoGradients: "gradient is that of backward",
    LosesSettings: "replace and over lead back to an equal layer",
    KeepsNumbers: "over of other arrays is equal, expected another layer",
    FreshEveryTime: "a fresh layer is a function of its key",
    StagedLayer: "training over buffers agrees with the pure functions",
}


@pytest.mark.parametrize("kind", LAYERS, ids=lambda kind: kind.__name__)
def test_a_fault_of_a_layer_is_seen(kind: type[Own[Any, Any]]) -> None:
    refused(own(kind), "laws.layer: ", kind.__name__, LAYERS[kind])


def test_a_layer_with_numbers_of_its_own_is_checked_as_it_is() -> None:
    layer = fdnn.dense_of(unnamed(np.ones((3, 4))), unnamed(np.zeros((3, 1))), tanh)
    laws.layer(layer)
    laws.layer(layer.replace([unnamed(to_numpy(layer.Wb).astype("float32"))]))


# -------------------------------------------------- faults of metrics, regularisers and transforms


def in_order(A: Any, Y: Any) -> float:
    return float((A * Y * np.arange(Y.shape[1])).sum())


def infinite(A: Any, Y: Any) -> float:
    with np.errstate(all="ignore"):
        return float(np.sum(Y / (Y * 0.0)))


def writes(A: Any, Y: Any) -> float:
    A[0, 0] += 1.0
    return float(A.sum())


def draws(A: Any, Y: Any) -> float:
    return float(np.random.default_rng().random())


def word(A: Any, Y: Any) -> Any:
    return "good"


def single(A: Any, Y: Any) -> float:
    return float((A.dtype == "float32") + A.mean())


def refuses(A: Any, Y: Any) -> float:
    raise fdnn.DataError("refuses", "Y is bad", "better ones")


METRICS = [
    (in_order, "the order of the examples is irrelevant"),
    (infinite, "a metric is finite"),
    (writes, "arguments are left alone"),
    (draws, "the same gives the same again"),
    (word, "is a str, expected a float: a metric is a number"),
    (single, "less precision makes little difference"),
    (refuses, "all labels are refused (refuses: Y is bad, expected better ones)"),
]


@pytest.mark.parametrize(("measure", "words"), METRICS)
def test_a_fault_of_a_metric_is_seen(measure: Any, words: str) -> None:
    refused(measure, f"laws.metric: {measure.__name__}: ", words)


class Lifted(L2):
    def penalty(self, params: Any, /) -> float:
        return 1.0 - super().penalty(params)

    def gradient(self, params: Any, /) -> Any:
        return -super().gradient(params)


class PreciseGradient(L2):
    def gradient(self, params: Any, /) -> Any:
        return super().gradient(params).astype("float64")


class WholePenalty(L2):
    def penalty(self, params: Any, /) -> Any:
        return 1


class SteepAtZero(L2):
    def gradient(self, params: Any, /) -> Any:
        gradient = super().gradient(params)
        return gradient.with_vector(gradient.vector + (params.vector == 0.0))


class RestlessGradient(L2):
    def gradient(self, params: Any, /) -> Any:
        return super().gradient(params) * float(np.random.default_rng().random())


REGULARIZERS = [
    (Lifted(0.1), "the penalty is least at zero, and finite"),
    (PreciseGradient(0.1), "the gradient is float64 (23,), expected float32 (23,)"),
    (WholePenalty(0.1), "the penalty is of kind int, expected float"),
    (SteepAtZero(0.1), "at zero, the gradient lies between the slopes of both sides"),
    (RestlessGradient(0.1), "the same gives the same again"),
]


@pytest.mark.parametrize(("kind", "words"), REGULARIZERS)
def test_a_fault_of_a_regulariser_is_seen(kind: Any, words: str) -> None:
    refused(kind, "laws.regularizer: ", words)


class CentersExamples(Center):
    def apply(self, X: Any, /) -> Any:
        return X - X.mean(axis=1, keepdims=True)


class Cuts(Unchanged):
    def apply(self, X: Any, /) -> Any:
        return X[:2]


class LogsNegatives(Unchanged):
    def apply(self, X: Any, /) -> Any:
        return np.log(X)


class WritesX(Unchanged):
    def apply(self, X: Any, /) -> Any:
        X[0, 0] = 2.0
        return X


class Jitters(Unchanged):
    def apply(self, X: Any, /) -> Any:
        return X + np.random.default_rng().random(X.shape).astype(X.dtype)


TRANSFORMS = [
    (CentersExamples(), "each example is treated by itself"),
    (Cuts(), "what it gives is float64 (2, 6), expected float64 (4, 6): shape and precision"),
    (LogsNegatives(), "what it gives is finite"),
    (WritesX(), "arguments are left alone"),
    (Jitters(), "the same gives the same again"),
]


@pytest.mark.parametrize(("kind", "words"), TRANSFORMS)
def test_a_fault_of_a_transform_is_seen(kind: Any, words: str) -> None:
    refused(kind, "laws.transform: ", words)


# ------------------------------------------------------------------------------------- the door


def test_a_report_reads_as_sentences() -> None:
    report = laws.check(relu)
    assert repr(report) == f"Report(ReLU() keeps {len(report.laws)} laws)"
    first, *rest = str(report).splitlines()
    assert first == f"ReLU() keeps {len(report.laws)} laws"
    assert "  shape and precision are kept" in rest
    assert len(rest) == len(report.laws)


def test_two_numbers_are_told_apart_in_as_few_digits_as_do() -> None:
    assert apart(1.0, 2.0) == ("1", "2")
    assert apart(1.0, 1.0 + 1e-8) == ("1", "1.00000001")
    assert apart(math.nan, math.nan) == ("nan", "nan")
    assert str(Held("a law", 2e-16, 1e-12)) == "a law: 2.0e-16"


def test_the_functions_are_those_that_check_calls() -> None:
    pairs: list[tuple[Callable[[Any], Report], Any]] = [
        (laws.activation, sigmoid),
        (laws.cost, fdnn.squared_error),
        (laws.initializer, fdnn.he),
        (laws.layer, dense(n, k, softmax)),
        (laws.metric, accuracy),
        (laws.optimizer, Adam()),
        (laws.regularizer, L2(0.1)),
        (laws.schedule, Slowing()),
        (laws.transform, Center()),
    ]
    for check, kind in pairs:
        assert check(kind) == laws.check(kind)
        with pytest.raises(KindError):
            check(3)


class Typed(Tanh):
    """An activation with a call that no one can make."""

    def __call__(self, Z: Any, /) -> Any:
        return Z + "a text"


def test_a_kind_that_raises_has_broken_a_law() -> None:
    """Whatever it raises: the sentence says what, and the cause stays with it."""
    with pytest.raises(
        LawError, match=r"Typed\(\): it raised \w+Error: .* a kind raises"
    ) as raised:
        laws.check(Typed())
    assert isinstance(raised.value.__cause__, TypeError)

    with pytest.raises(LawError, match="it raised ZeroDivisionError: division by zero") as raised:
        laws.metric(lambda _A, _Y: 1 / 0)
    assert isinstance(raised.value.__cause__, ZeroDivisionError)
