"""No public function changes an argument, touches global state, or draws hidden randomness.

Every public function and method is found by looking for it, and called with samples chosen by the
names and the annotations of its parameters; one that the tables below have no samples for fails.
All sizes are three, so that whatever is called fits.
"""

from __future__ import annotations

import copy
import importlib
import inspect
import os
import pkgutil
import random
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any

import attrs
import numpy as np
import pytest
from typeguard import suppress_type_checks

import fdnn
from fdnn import Adam, Dim, Key, Learner, categorical_cross_entropy, dense, initialize
from fdnn.health import health
from fdnn.history import Curve, History, Measurement
from fdnn.layers.residual import Activations
from fdnn.matrix import is_frozen
from fdnn.scores import scoring
from fdnn.streams import recorded
from tests.strategies import public

WORLD = {
    "fdnn.__main__": "is the command",
    "fdnn.array_files": "reads files",
    "fdnn.atomic_files": "writes files",
    "fdnn.bindings": "notes what it has seen in typeguard's memo of a call",
    "fdnn.checkpoint": "reads and writes files",
    "fdnn.command": "is the command",
    "fdnn.datasets": "reads files",
    "fdnn.examples": "reads files",
    "fdnn.experiment": "reports to those who watch it",
    "fdnn.history_files": "reads and writes files",
    "fdnn.images": "reads files",
    "fdnn.inputs": "reads files",
    "fdnn.interruption": "listens to signals",
    "fdnn.options": "looks at folders and at the memory there is",
    "fdnn.plan.activations": "fills the buffers of one stream",
    "fdnn.plan.buffers": "fills the buffers of one stream",
    "fdnn.plan.costs": "fills the buffers of one stream",
    "fdnn.plan.examples": "fills the buffers of one stream",
    "fdnn.plan.gradients": "fills the buffers of one stream",
    "fdnn.plan.layers": "fills the buffers of one stream",
    "fdnn.plan.modifiers": "fills the buffers of one stream",
    "fdnn.plan.optimizers": "fills the buffers of one stream",
    "fdnn.plan.regularizers": "fills the buffers of one stream",
    "fdnn.plan.spans": "fills the buffers of one stream",
    "fdnn.plan.steps": "fills the buffers of one stream",
    "fdnn.plots": "draws and writes files",
    "fdnn.refusals": "speaks to a terminal",
    "fdnn.reports": "tells the world of the states that pass",
    "fdnn.screens": "speaks to a terminal",
    "fdnn.shipped": "reads files",
    "fdnn.tables": "reads files",
}
"""The modules whose purpose lies outside of the computation; `import fdnn` loads none of them."""

EFFECTS = {
    "fdnn.guards.disable": "switches the guards off",
    "fdnn.guards.enable": "switches the guards on",
    "fdnn.guards.setters": "gives what fills a record that has just been made",
    "fdnn.matrix.freeze": "flips the flag of an array that has just been made",
    "fdnn.matrix.sealed": "flips the flag of an array that has just been made",
    "fdnn.modifiers.shorten_rows": "shortens rows of a vector that has just been made",
    "fdnn.schedules.Constant.then": "is there to refuse, since it never ends",
    "fdnn.schedules.StepDecay.then": "is there to refuse, since it never ends",
    "fdnn.schedules.ExponentialDecay.then": "is there to refuse, since it never ends",
    "fdnn.schedules.InverseTime.then": "is there to refuse, since it never ends",
    "fdnn.predictions.read_labels": "reads a file",
    "fdnn.training.Step.staged": "makes the buffers of one stream",
    "fdnn.records.Architecture.__call__": "is there to refuse",
    "fdnn.records.Architecture.forward": "is there to refuse",
}
"""The functions that have an effect on purpose."""

OPERATORS = {
    *("__add__", "__call__", "__eq__", "__hash__", "__mul__", "__neg__", "__reduce__", "__repr__"),
    *("__rmul__", "__rshift__", "__str__", "__sub__", "__truediv__"),
}


# ------------------------------------------------------------------------------------------ samples


class Axis: ...


n = Dim[Axis](3)
X = np.array([[0.2, 0.5, 0.1], [0.3, 0.25, 0.6], [0.5, 0.25, 0.3]])
"""Numbers, probabilities and labels in one: positive, and every column sums to one."""


def floats() -> Any:
    """A new array, which whoever is handed it could write to."""
    return X.copy()


frozen = fdnn.from_numpy(X, n, n)
params: Any = initialize(dense(n, n, fdnn.tanh) >> dense(n, n, fdnn.softmax), rng=1)
layer: Any = params.layers[-1]
blank: Any = dense(n, n, fdnn.relu)
trace: Any = params.forward(frozen)
batch: Any = fdnn.Batch(frozen, frozen, n, n)
rows = fdnn.Rows(fdnn.to_numpy(frozen).T, fdnn.to_numpy(frozen).T, n, n)
learner = Learner(categorical_cross_entropy, Adam())
state: Any = learner.start(params, rng=4)
grads: Any = trace.gradient(frozen, categorical_cross_entropy)
span, coordinates, optimizer_coordinates = fdnn.span.enter(batch, params, state.optimizer)
weights = {"W1": floats(), "b1": floats()[:, :1], "W2": floats()[:1], "b2": floats()[:1, :1]}
course: Any = importlib.import_module("fdnn.course")
model: Any = importlib.import_module("fdnn.model")
transforms: Any = importlib.import_module("fdnn.transforms")
predictions: Any = importlib.import_module("fdnn.predictions")
standardize = transforms.fit(["standardize"], frozen)
encodings: Any = importlib.import_module("fdnn.encodings")
table: Any = importlib.import_module("fdnn.tables").Table(
    "a file", ("height", "colour"), (("1.5", "red"), ("2", "green")), (2, 3)
)
columns = encodings.Columns.fitted_to(table)
dataset: Any = importlib.import_module("fdnn.dataset")
recipes: Any = importlib.import_module("fdnn.recipes")
model_of_three = model.Model(params, class_names=("a", "b", "c"))

measurement = Measurement(1, {"test cost": 0.5})
measure: Any = scoring(categorical_cross_entropy, fdnn.accuracy, test=batch)
spent = recorded([state], measure)  # an iterator with nothing left, which looking at cannot change
fdnn.last(spent)
found_healthy = health(state, learner.step(params)(batch)(state), batch, categorical_cross_entropy)
kit: Any = importlib.import_module("fdnn.laws")
held = kit.Held("a law", 0.1, 0.2)
subject: Any = importlib.import_module("fdnn.laws.report").Subject("laws.check", "a kind")


@attrs.frozen
class Halving:
    """A schedule that only looks like one."""

    end: int = 4

    def __call__(self, count: int, /) -> float:
        if count >= self.end:
            raise fdnn.ArgumentError("Halving", f"count is {count}", "less than 4")
        return 0.5**count


norm = fdnn.batch_norm(n)
ready: Any = fdnn.calibrate(initialize(norm, rng=0), batch).layers[0]
normal_layer: Any = initialize(fdnn.layer_norm(n), rng=0).layers[0]
block: Any = initialize(fdnn.residual(n)(dense(n, n, fdnn.tanh)), rng=0).layers[0]
training = fdnn.Context(True, Key(2))
KINDS: list[Any] = [fdnn.dropout(n), ready, normal_layer, block]
CACHES = [kind.forward(frozen, training)[1] for kind in KINDS]
CACHES += [kind.forward(frozen, fdnn.INFERENCE)[1] for kind in KINDS[:2]]

ANNOTATED: dict[str, Callable[[], Any]] = {
    "Activation": lambda: fdnn.sigmoid,
    "Architecture": lambda: params.architecture,
    "Array": floats,
    "Average": lambda: "weighted",
    "ArrayLike": floats,
    "Batch": lambda: batch,
    "Cache": lambda: trace.caches[-1].linear,
    "Callable[[S], S]": lambda: learner.step(params)(batch),
    "Callable[[S], float]": lambda: lambda state: state.step / 2,
    "Callable[[], float]": lambda: lambda: 0.5,
    "Context": lambda: fdnn.Context(True, Key(2)),
    "Cost": lambda: categorical_cross_entropy,
    "CostAfter": lambda: categorical_cross_entropy,
    "CostLike": lambda: categorical_cross_entropy,
    "DTypeLike": lambda: "float64",
    "Dense": lambda: layer,
    "Dim": lambda: n,
    "Exponential": lambda: fdnn.exponential,
    "Flags": lambda: X > 0.25,
    "Floats": floats,
    "Grads": lambda: grads,
    "Identity": lambda: fdnn.identity,
    "Initializer": lambda: fdnn.he,
    "Iterable[Matrix[Any, Any]]": lambda: [floats(), floats()],
    "Iterable[Matrix[F, M]]": lambda: [floats(), floats()],
    "Iterable[Matrix[In, Any]]": lambda: [floats(), floats()],
    "Iterable[Batch[In, Out, Any]]": lambda: [batch],
    "Iterable[S]": lambda: [state, state],
    "Iterable[str]": lambda: ["first", "second"],
    "Invertible": lambda: standardize,
    "Key": lambda: Key(3),
    "Key | int": lambda: 3,
    "Layer": lambda: layer,
    "LayerCache": lambda: trace.caches[-1],
    "LayerLike": lambda: layer,
    "G": lambda: fdnn.softmax,
    "Learner": lambda: learner,
    "LinearCache": lambda: trace.caches[-1].linear,
    "Mapping[str, float]": lambda: {"test cost": 0.5},
    "Mapping[str, Any]": lambda: History((0.5,), (measurement,)).to_dict(),
    "Matrix": floats,
    "Numbers": floats,
    "Metric": lambda: fdnn.accuracy,
    "Matrix[One, M]": lambda: floats()[:1],
    "Matrix[Out, Biased[In]]": lambda: np.hstack([X, X[:, :1]]),
    "Matrix[Out, One]": lambda: floats()[:, :1],
    "Model": lambda: model_of_three,
    "Optimizer": Adam,
    "OptimizerState": lambda: state.optimizer,
    "Params": lambda: params,
    "Regularizer": lambda: fdnn.L2(0.5),
    "Rows": lambda: rows,
    "S": lambda: state,
    "Schedule": lambda: fdnn.Cosine(0.1, 9),
    "Sequence[Dim[Any]]": lambda: [n, n],
    "Sequence[LayerCache[Any, Any, M]]": lambda: list(trace.caches),
    "Sequence[Layer[Any, Any]]": lambda: list(params.layers),
    "Sequence[LayerLike[Any, Any]]": lambda: list(params.layers),
    "Sigmoid": lambda: fdnn.sigmoid,
    "Softmax": lambda: fdnn.softmax,
    "Sequence[Measure]": lambda: [fdnn.accuracy, fdnn.r2],
    "Measure": lambda: fdnn.accuracy,
    "Sequence[Matrix[Any, Any]]": lambda: [np.hstack([X, X[:, :1]])],
    "State": lambda: state,
    "Sequence[str]": lambda: ["green", "red", "red"],
    "Table": lambda: table,
    "Trace": lambda: trace,
    "Transform": lambda: standardize,
    "Callable[[Array], complex]": lambda: lambda a: complex((a * a).sum()),
    "Callable[[Array], float]": lambda: lambda a: float((a * a).sum()),
    "Iterable[Array]": lambda: [floats()],
    "Iterable[Held]": lambda: [held],
    "Mapping[str, Array]": lambda: {"A": floats()},
    "MetricLike": lambda: fdnn.accuracy,
    "ScheduleLike": Halving,
    "Sequence[Array]": list,
    "Subject": lambda: subject,
    "bool": lambda: False,
    "float": lambda: 0.5,
    "float | Schedule": lambda: fdnn.Cosine(0.1, 9),
    "int": lambda: 2,
    "np.dtype[Any]": lambda: np.dtype("float64"),
    "object": lambda: 3,
    "slice": lambda: slice(0, 2),
    "str": lambda: "a word",
}
"""By annotation: all of it, or else what stands before its brackets."""

NAMED: dict[str, Callable[[], Any]] = {
    "fdnn.laws.derivatives.along.place": lambda: (1, 2),
    "fdnn.laws.derivatives.along.step": lambda: 0.5,
    "fdnn.laws.derivatives.along.dtype": lambda: "float64",
    "fdnn.laws.derivatives.derivative.came": lambda: 2.0 * X,
    "fdnn.laws.derivatives.derivative.x": floats,
    "fdnn.laws.initializers.initializer.deviation": lambda: None,
    "fdnn.laws.layers.layer.kind": lambda: layer,
    "fdnn.laws.report.apart.came": lambda: 0.5,
    "fdnn.laws.report.apart.expected": lambda: 0.6,
    "fdnn.laws.samples.extremes.columns": lambda: 9,
    "fdnn.laws.samples.extremes.dtype": lambda: "float32",
    "fdnn.laws.staging.staged_agrees.cost": lambda: fdnn.squared_error,
    "fdnn.laws.staging.staged_agrees.Y": lambda: None,
    "fdnn.laws.staging.staged_agrees.regularizer": lambda: None,
    "Subject.like.came": floats,
    "Subject.of_kind.kind": lambda: int,
    "Subject.like.shape": lambda: (3, 3),
    "Subject.like.dtype": lambda: "float64",
    "fdnn.names.activation_named.name": lambda: "relu",
    "fdnn.annotations.field_names.record": lambda: fdnn.Batch,
    "fdnn.arrays.one_hot.classes": lambda: Dim[Any](3),
    "fdnn.arrays.one_hot.labels": lambda: np.array([0, 2, 1]),
    "fdnn.annotations.pair.names": lambda: [fdnn.axes.In, fdnn.axes.Out],
    "fdnn.annotations.pair.values": lambda: [3, 4],
    "fdnn.annotations.size_of_axis.axis": lambda: fdnn.axes.In,
    "fdnn.annotations.size_of_axis.sizes": lambda: {fdnn.axes.In: n},
    "fdnn.annotations.fill.annotation": lambda: fdnn.Dense.__orig_bases__[0],  # type: ignore[attr-defined]  # of every generic class
    "fdnn.annotations.fill.arguments": lambda: (Axis, Axis),
    "fdnn.annotations.fill.record": lambda: fdnn.Dense,
    "fdnn.annotations.root_arguments.arguments": lambda: (Axis, Axis),
    "fdnn.annotations.root_arguments.kind": lambda: fdnn.Dense,
    "fdnn.matrix.numbers.copy": lambda: None,
    "fdnn.annotations.weight_columns.annotation": lambda: fdnn.Matrix[Any, Any],
    "fdnn.axes.describe.axes": lambda: [n, n],
    "fdnn.names.cost_named.name": lambda: "squared_error",
    "fdnn.names.initializer_named.name": lambda: "he",
    "fdnn.guards.speaks_for.kind": lambda: Adam,
    "fdnn.guards.speaks_for.name": lambda: "staged",
    "fdnn.guards.speaks_for.others": lambda: "update",
    "fdnn.guards.positive.field": lambda: attrs.fields(Adam).rate,
    "fdnn.guards.positive.value": lambda: 0.5,
    "fdnn.guards.fraction.field": lambda: attrs.fields(Adam).beta1,
    "fdnn.guards.fraction.value": lambda: 0.5,
    "fdnn.guards.not_negative.field": lambda: attrs.fields(fdnn.Elastic).l1,
    "fdnn.guards.not_negative.value": lambda: 0.5,
    "fdnn.regularizers.require_penalty.penalty": lambda: 0.5,
    "fdnn.diagnosis.all_finite.vector": params.vector.copy,
    "fdnn.modifiers.length_of.vector": params.vector.copy,
    "fdnn.guards.require_kind.kind": lambda: int,
    "fdnn.guards.require_kind.value": lambda: 3,
    "fdnn.guards.require_sizes.record": lambda: layer,
    "fdnn.guards.require_sizes.sizes": lambda: {fdnn.axes.In: n, fdnn.axes.Out: n},
    "fdnn.matrix.require_matrix.value": floats,
    "fdnn.guards.admit_weights.weights": lambda: floats()[:1],
    "fdnn.arrays.batch_from_columns.weights": lambda: floats()[0],
    "fdnn.arrays.batch_from_rows.weights": lambda: floats()[0],
    "fdnn.costs.cost.require_follows.kind": lambda: fdnn.Sigmoid,
    "fdnn.costs.cost.require_between.least": lambda: 0.0,
    "fdnn.costs.cost.require_between.most": lambda: 1.0,
    "Hinge.require.activation": lambda: fdnn.identity,
    "Hinge.require.Y": lambda: np.eye(3),
    "Hinge.require_labels.Y": lambda: np.eye(3),
    "fdnn.metrics.doors.over_outputs.score": lambda: lambda scores, true, _name: scores @ true,
    "fdnn.metrics.doors.averaged.support": lambda: X[0],
    "fdnn.metrics.doors.require_average.average": lambda: "micro",
    "fdnn.metrics.ranking.roc_auc.Y": lambda: np.eye(3),
    "fdnn.network.linear_activation_forward.layer": lambda: layer,
    "fdnn.network.mlp.sizes": lambda: [3, 4, 3],
    "fdnn.network.mlp.hidden": lambda: fdnn.relu,
    "fdnn.names.optimizer_named.name": lambda: "adam",
    "fdnn.history.History.best.name": lambda: "cost",
    "fdnn.rates.range_test.low": lambda: 0.1,
    "fdnn.rates.range_test.high": lambda: 0.5,
    "fdnn.rates.range_test.explosion": lambda: 2.0,
    "fdnn.records.chain.layers": lambda: blank,
    "fdnn.records.initialize.network": lambda: params.architecture,
    "fdnn.scores.scoring.batches": lambda: {"test": batch},
    "fdnn.streams.recorded.measure": lambda: measure,
    "fdnn.streams.recorded.states": lambda: [state, state],
    "fdnn.streams.require_function.value": lambda: fdnn.accuracy,
    "fdnn.streams.require_stream.states": lambda: [state, state],
    "fdnn.transforms.fit.names": lambda: ["center", "standardize"],
    "fdnn.batches.select.places": lambda: np.array([2, 0]),
    "fdnn.splits.stratified.labels": lambda: np.array([0, 1, 1]),
    "fdnn.splits.stratified_k_fold.labels": lambda: np.array([0, 1, 1]),
    "fdnn.dataset.of_classes.rows": lambda: np.tile(X, (4, 1)),
    "fdnn.dataset.of_classes.labels": lambda: np.arange(12) % 3,
    "fdnn.dataset.of_numbers.rows": lambda: np.tile(X, (4, 1)),
    "fdnn.dataset.of_numbers.numbers": lambda: np.arange(12.0),
    "fdnn.dataset.of_numbers.outputs": lambda: Dim[Axis](1),
    "fdnn.dataset.targets_of.labels": lambda: np.array([0, 2, 1]),
    "fdnn.dataset.targets_of.outputs": lambda: 3,
    "Number.fitted_to.cells": lambda: ["1", "2.5"],
    "Number.apply.cells": lambda: ["1", "2.5"],
    "Number.encoded.cells": lambda: ["1", "2.5"],
    "OneHot.apply.cells": lambda: ["green", "red"],
    "OneHot.encoded.cells": lambda: ["green", "red"],
    "fdnn.predictions.predictions.labels": lambda: [0, 1, 2],
    "fdnn.predictions.predictions.examples": lambda: ["p", "q", "r"],
    "Grads.over.layers": lambda: list(params.layers),
    "Grads.over.vector": lambda: grads.vector,
    "Params.over.vector": lambda: params.vector,
    "OptimizerState.over.moments": lambda: [grads.vector, grads.vector],
    "Batch.over.X": lambda: frozen,
    "Batch.over.Y": lambda: frozen,
    "State.over.span": lambda: None,
    "Span.params.at": lambda: coordinates,
    "Span.grads.at": lambda: optimizer_coordinates.moments[0],
    "Span.optimizer.at": lambda: optimizer_coordinates,
    "with_vector.vector": params.vector.copy,
    "next.moments": lambda: grads,
    "BatchNorm.over.arrays": lambda: list(ready.arrays),
    "BatchNorm.replace.arrays": lambda: list(ready.arrays),
    "Dropout.over.arrays": list,
    "Dropout.replace.arrays": list,
    "LayerNorm.over.arrays": lambda: list(normal_layer.arrays),
    "LayerNorm.replace.arrays": lambda: list(normal_layer.arrays),
    "Residual.over.arrays": lambda: list(block.arrays),
    "Residual.replace.arrays": lambda: list(block.arrays),
    "Residual.with_layers.layers": lambda: list(block.layers),
    "ResidualOf.__call__.block": lambda: blank,
    "fdnn.calibration.calibrate.batches": lambda: batch,
    "Dropout.__rshift__.after": lambda: blank,
    "BatchNorm.__rshift__.after": lambda: blank,
    "LayerNorm.__rshift__.after": lambda: blank,
    "Residual.__rshift__.after": lambda: blank,
    "Architecture.__rshift__.after": lambda: blank,
    "Dense.__rshift__.after": lambda: blank,
    "fdnn.labels.class_weights.weights": lambda: {0: 0.5, 1: 2.0, 2: 1.0},
    "Head.require.activation": lambda: fdnn.softmax,
    "Averaged.average.state": lambda: fdnn.Averaged(Adam()).init(params),
    "fdnn.adaptive.weights_of.params": lambda: params,
    "fdnn.lbfgs.lbfgs_update.before": lambda: [grads.vector] * 4,
    "fdnn.lbfgs.lbfgs_update.g": lambda: grads.vector,
    "fdnn.modifiers.weight_matrices.vector": lambda: params.vector,
    "fdnn.schedules.warmed_up.start": lambda: 0.05,
    "fdnn.schedules.valid_rate.field": lambda: attrs.fields(Adam).rate,
    "fdnn.schedules.valid_rate.value": lambda: 0.5,
    "PlainCrossEntropy.require.activation": lambda: fdnn.sigmoid,
    "PlainCrossEntropy.follows.activation": lambda: fdnn.sigmoid,
    "Learner.step.network": lambda: params,
    "replace.arrays": lambda: [np.hstack([X, X[:, :1]])],
    "over.arrays": lambda: list(layer.arrays),
}
"""By the whole name of a parameter, or its end, where an annotation does not say enough."""

NAMED.update(
    {
        f"{type(each).__name__}.update.state": partial(each.init, params)
        for each in (
            *(fdnn.GradientDescent(0.1), fdnn.Momentum(0.1), fdnn.Nesterov(0.1)),
            *(fdnn.AdaGrad(), fdnn.RMSProp(), fdnn.Lion(), fdnn.LBFGS(), fdnn.Averaged(Adam())),
        )
    }
)

_, course_caches = course.L_model_forward(X, weights)
COURSE: dict[str, Any] = {
    "activation": "relu",
    "n_x": 3,
    "n_h": 2,
    "n_y": 1,
    "layer_dims": [3, 2, 1],
    "layers_dims": [3, 2, 1],
    "num_iterations": 2,
    "learning_rate": 0.1,
    "print_cost": False,
    "parameters": weights,
    "grads": {"d" + key: array.copy() for key, array in weights.items()},
    "AL": X[:1].copy(),
    "Y": np.array([[0.0, 1.0, 1.0]]),
    "y": np.array([[0.0, 1.0, 1.0]]),
    "caches": course_caches,
    "b": X[:, :1].copy(),
    "X": floats(),
    "seed": 3,
    "mini_batch_size": 2,
    "v": {"d" + key: array.copy() for key, array in weights.items()},
    "s": {"d" + key: array.copy() for key, array in weights.items()},
    "t": 2,
    "epoch_num": 3,
    "time_interval": 2,
}
NAMED.update({f"course.{name}": partial(copy.deepcopy, value) for name, value in COURSE.items()})
NAMED["course.linear_backward.cache"] = lambda: (floats(), floats(), X[:, :1].copy())
NAMED["course.linear_activation_backward.cache"] = lambda: (
    (floats(), floats(), X[:, :1].copy()),
    floats(),
)

ERRORS: list[type[fdnn.FdnnError]] = [
    *(fdnn.FdnnError, fdnn.ShapeError, fdnn.AxisError, fdnn.DtypeError, fdnn.DataError),
    *(fdnn.ArgumentError, fdnn.KindError, fdnn.FileError, fdnn.MissingExtraError),
]

INSTANCES: list[Any] = [
    *fdnn.names.ACTIVATIONS.values(),
    fdnn.exponential,
    *fdnn.names.COSTS.values(),
    *fdnn.names.INITIALIZERS.values(),
    *(fdnn.GradientDescent(0.1), fdnn.Momentum(0.1), fdnn.Nesterov(0.1), Adam()),
    *(fdnn.AdaGrad(), fdnn.RMSProp(), fdnn.AdamW(), fdnn.NAdam(), fdnn.Lion(), fdnn.LBFGS()),
    *(fdnn.ClippedByNorm(Adam(), 0.1), fdnn.ClippedByValue(Adam(), 0.1)),
    *(fdnn.Decayed(Adam(), 0.1), fdnn.MaxNorm(Adam(), 0.1), fdnn.Averaged(Adam(), 0.5)),
    *(fdnn.Constant(0.1), fdnn.StepDecay(0.1, 2), fdnn.ExponentialDecay(0.1, 0.9)),
    *(fdnn.InverseTime(0.1, 0.5), fdnn.Cosine(0.1, 9), fdnn.Polynomial(0.1, 9)),
    *(fdnn.Warmup(0.1, 9), fdnn.OneCycle(0.1, 9), fdnn.Scaled(fdnn.Cosine(0.1, 9), 0.5)),
    fdnn.warmed_up(fdnn.Cosine(0.1, 9), 2),
    *(n, Key(3), fdnn.Context(True, Key(2))),
    *(params, grads, params.architecture, layer, trace, trace.caches[-1], trace.caches[-1].linear),
    *(*KINDS, *CACHES, fdnn.residual(n), fdnn.calibration.Inputs(params, [batch])),
    Activations((layer,), [frozen]),
    *(batch, state, state.optimizer, learner, learner.step(params), learner.step(params)(batch)),
    fdnn.iterate(learner.step(params)(batch)),
    *(span, fdnn.span.choose(params.architecture, Adam(), batch), fdnn.Predictor(params)),
    *(kind("where", "came", "expected") for kind in ERRORS),
    fdnn.DivergenceError("came", "why", state),
    fdnn.errors.Misfit(),
    *(fdnn.L1(0.5), fdnn.L2(0.5), fdnn.Elastic(0.5, 0.5), rows, rows.parts(2)),
    learner.step(params).feed([batch]),
    fdnn.diagnosis.Finding("Z", 1, "has 1 of 3 numbers that are NaN", "a reason", in_update=False),
    *(fdnn.multiclass, fdnn.head(fdnn.softmax), fdnn.Metric("its name", fdnn.accuracy)),
    *(model_of_three, course.PlainCrossEntropy()),
    *(transforms.Unchanged(), transforms.Center(), standardize),
    transforms.Chain((transforms.Center(),)),
    *(measurement, History((0.5, 0.25), (measurement,)), Curve("test cost", (0, 1), (0.5, 0.25))),
    *(measure, spent, fdnn.RangeTest((0.1, 0.2), (0.5, 0.25))),
    *(found_healthy, found_healthy.layers[0]),
    *(encodings.Number(), encodings.OneHot(("green", "red")), *columns.columns, columns),
    *(recipes.IRIS, dataset.Dataset("three", batch, batch, ("a", "b", "c"), None, recipes.IRIS)),
    predictions.predictions(model_of_three, frozen, [0, 1, 2])[0],
    *(held, kit.Report("a kind", (held,)), subject, kit.LawError("where", "came", "expected")),
]
"""One of every public class that can be made."""

SELF = {
    "fdnn.layers.dense.Dense.__rshift__": blank,
    "fdnn.layers.normalization.BatchNorm.__rshift__": norm,
    "fdnn.layers.normalization.LayerNorm.__rshift__": fdnn.layer_norm(n),
    "fdnn.layers.residual.Residual.__rshift__": fdnn.residual(n)(blank),
}
"""Where another one is called for."""

ANCESTORS = {
    "LayeredVector",
    "OnArchitecture",
    "Sliceable",
    "Record",
    "LayerLike",
    "HeadLike",
    "CostAfter",
    "Measure",
    "CostLike",
    "One",
    "Biased",
    "Mask",
    "Matrix",
    "ScheduleLike",
}
"""Classes that are there to be inherited from or to be named in types."""


# --------------------------------------------------------------------------- finding what is public


def modules() -> Iterator[Any]:
    for found in pkgutil.walk_packages(fdnn.__path__, "fdnn."):
        if found.name not in WORLD:
            yield importlib.import_module(found.name)


def own(module: Any) -> Iterator[tuple[str, Any]]:
    for name, value in vars(module).items():
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__:
            yield name, value


def is_pure(whole: str, function: Callable[..., Any]) -> bool:
    return function.__module__.startswith("fdnn") and whole not in EFFECTS


def public_functions() -> Iterator[tuple[str, Callable[..., Any], Any]]:
    """Every public function, and every public method of a sample of every public class."""
    for module in modules():
        for name, value in own(module):
            if inspect.isfunction(value) and is_pure(f"{module.__name__}.{name}", value):
                yield f"{module.__name__}.{name}", value, None
    for instance in INSTANCES:
        kind: Any = type(instance)
        for name in dir(kind):
            if name.startswith("_") and name not in OPERATORS:
                continue
            member = inspect.getattr_static(kind, name)
            whole = f"{kind.__module__}.{kind.__name__}.{name}"
            if isinstance(member, property) and member.fget is not None:
                member = member.fget
            if isinstance(member, classmethod):
                yield whole, getattr(kind, name), None
            elif inspect.isfunction(member) and is_pure(whole, member):
                yield whole, member, SELF.get(whole, instance)


FUNCTIONS = {name: (function, instance) for name, function, instance in public_functions()}


def sample(function: str, parameter: inspect.Parameter) -> Any:
    """An argument for a parameter; LookupError where no table has one."""
    words = f"{function}.{parameter.name}".split(".")
    ends = [".".join(words[i:]) for i in range(len(words))]
    if words[1] == "course":
        ends.append(f"course.{parameter.name}")
    for end in ends:
        if end in NAMED and (end.count(".") or end == parameter.name):
            return NAMED[end]()

    annotation = str(parameter.annotation).removesuffix(" | None")
    for known in (annotation, annotation.partition("[")[0], annotation.partition(" | ")[0]):
        if known in ANNOTATED:
            return ANNOTATED[known]()
    raise LookupError(f"no sample for {parameter.name}: {annotation} of {function}")


def arguments(function: str, call: Callable[..., Any], instance: Any) -> tuple[list[Any], Any]:
    positional = [] if instance is None else [instance]
    named: dict[str, Any] = {}
    parameters = list(inspect.signature(call).parameters.values())[len(positional) :]
    for parameter in parameters:
        if function.endswith("__eq__"):
            positional.append(instance)
        elif parameter.kind is parameter.KEYWORD_ONLY:
            named[parameter.name] = sample(function, parameter)
        elif parameter.kind is parameter.VAR_KEYWORD:
            given = sample(function, parameter)
            named.update(given if isinstance(given, dict) else {})
        else:
            positional.append(sample(function, parameter))
    return positional, named


# ----------------------------------------------------------------------------- what does not change


def fingerprint(value: Any) -> Any:
    """All that there is to a value, deeply: two of them are equal where nothing has changed."""
    if isinstance(value, np.ndarray):
        flags = value.flags.writeable
        return "array", value.dtype.str, value.shape, value.strides, flags, value.tobytes()
    if isinstance(value, float):
        return "float", np.float64(value).tobytes()
    if isinstance(value, Dim):
        return "dim", int(value), value.name
    if isinstance(value, Mapping):
        return "mapping", [(fingerprint(k), fingerprint(v)) for k, v in value.items()]
    if isinstance(value, (tuple, list)):
        return type(value).__name__, [fingerprint(part) for part in value]
    if isinstance(value, np.random.Generator):
        return "generator", repr(value.bit_generator.state)
    if isinstance(value, Exception):
        return type(value), fingerprint(value.args), fingerprint(vars(value))
    if isinstance(value, type) or (callable(value) and not attrs.has(type(value))):
        return "code", repr(value)
    if attrs.has(type(value)):
        names = [field.name for field in attrs.fields(type(value))]
        return type(value), [fingerprint(getattr(value, name)) for name in names]
    if isinstance(value, Iterator):
        return "stream", [fingerprint(part) for part in islice(value, 3)]
    return type(value), repr(value)


def surroundings() -> Any:
    """The global state that NumPy and Python have."""
    return fingerprint(
        [
            list(np.random.get_state()),  # noqa: NPY002  # the very state that must not be touched
            random.getstate(),
            dict(os.environ),
            np.geterr(),
            str(np.get_printoptions()),
            str(warnings.filters),
            os.getcwd(),  # noqa: PTH109
        ]
    )


def arrays_in(value: Any) -> Iterator[Any]:
    """The arrays that the records in a value hold."""
    if isinstance(value, (tuple, list)):
        for part in value:
            yield from arrays_in(part)
    elif attrs.has(type(value)):
        for field in attrs.fields(type(value)):
            part = getattr(value, field.name)
            if isinstance(part, np.ndarray):
                yield part
            else:
                yield from arrays_in(part)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_changes_nothing_and_gives_the_same_again(name: str) -> None:
    call, instance = FUNCTIONS[name]
    positional, named = arguments(name, call, instance)
    with (
        suppress_type_checks(),
        elsewhere(1),
    ):  # so that one matrix of three by three fits every parameter
        before, around = fingerprint([positional, named]), surroundings()
        first = call(*positional, **named)
        found = fingerprint(first)

        assert fingerprint([positional, named]) == before, "an argument has changed"
        assert surroundings() == around, "global state has changed"

    with suppress_type_checks(), elsewhere(2):
        again = fingerprint(call(*positional, **named))
    assert again == found, "the same arguments gave something else"
    for array in arrays_in(first):
        assert is_frozen(array), "a record that was returned can be written to"


class elsewhere:  # noqa: N801  # a context manager, as the standard library writes them
    """Other global state: whoever reads it gives something else."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def __enter__(self) -> None:
        self.legacy = np.random.get_state()  # noqa: NPY002
        self.python = random.getstate()
        np.random.seed(self.seed + 12345)  # noqa: NPY002
        random.seed(self.seed)

    def __exit__(self, *_: object) -> None:
        np.random.set_state(self.legacy)  # noqa: NPY002
        random.setstate(self.python)


def test_every_public_class_has_a_sample() -> None:
    sampled = {type(instance).__name__ for instance in INSTANCES} | ANCESTORS
    missing = [
        f"{module.__name__}.{name}"
        for module in modules()
        for name, kind in own(module)
        if inspect.isclass(kind) and not inspect.isabstract(kind) and name not in sampled
    ]
    assert missing == []


def test_everything_that_fdnn_exports_was_called() -> None:
    exported = {
        f"{value.__module__}.{name}"
        for name, value in public()
        if inspect.isfunction(value) and not name.startswith("_")
    }
    assert exported <= set(FUNCTIONS)
    assert len(FUNCTIONS) > 200


def test_the_lists_of_exceptions_name_only_what_is_there() -> None:
    names = {found.name for found in pkgutil.walk_packages(fdnn.__path__, "fdnn.")}
    assert set(WORLD) <= names
    for name in EFFECTS:
        _, module, *path = name.split(".")
        found: Any = importlib.import_module(f"fdnn.{module}")
        for part in path:
            found = getattr(found, part)
        assert inspect.isfunction(found)


def test_this_test_sees_a_function_that_is_not_pure(monkeypatch: pytest.MonkeyPatch) -> None:
    def writes(X: Any) -> None:
        X[0, 0] = 7.0

    def draws(X: Any) -> Any:
        return np.random.default_rng().random() * X

    def draws_from_legacy(X: Any) -> Any:
        return np.random.rand() * X  # noqa: NPY002

    def silences(X: Any) -> Any:
        np.seterr(all="ignore")
        return X

    for call in (writes, draws, draws_from_legacy, silences):
        monkeypatch.setitem(FUNCTIONS, "test.impure", (call, None))
        monkeypatch.setitem(NAMED, "test.impure.X", floats)
        with np.errstate(), elsewhere(3), pytest.raises(AssertionError):
            test_a_function_changes_nothing_and_gives_the_same_again("test.impure")
