"""An experiment: a network trained on one data set, watched on its way, and what came of it.

    outcome = run(Experiment(dataset, Settings.of(dataset.recipe)))

The training itself is the stream of states that `iterate` makes of a step; what is measured, when
it is watched and when it ends is decided here, outside of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import islice
from typing import Any, Self

import attrs

from fdnn.activations import Activation
from fdnn.axes import Hidden, In, M, N, Out
from fdnn.batches import Batch
from fdnn.datasets import Dataset, Recipe
from fdnn.errors import ArgumentError, ShapeError
from fdnn.history import History, Measurement
from fdnn.initializers import Initializer
from fdnn.keys import Key, as_key
from fdnn.metrics import Metric
from fdnn.model import Model
from fdnn.network import mlp
from fdnn.optimizers import Optimizer
from fdnn.records import Architecture, Params, initialize
from fdnn.regularizers import Regularizer
from fdnn.scores import scoring
from fdnn.span import Choice, choose
from fdnn.training import DivergenceError, Learner, State, iterate
from fdnn.transforms import fit, transformed

OFTEN, AT_LEAST, REPORTS = 10, 20, 10
"""A run is measured whenever it has become a tenth longer, at least twenty times, and whenever it
is reported: ten times, or at every step where there are no more than that."""


@attrs.frozen
class Settings:
    """How a network is trained: its hidden layers, one activation for each, and how it learns.

    `span` asks for training in the span of the data, or refuses it; see `fdnn.span`.  Each of the
    iterations is on `batch_size` examples, or on all of them.
    """

    hidden: tuple[int, ...]
    activations: tuple[Activation, ...]
    optimizer: Optimizer
    iterations: int
    transforms: tuple[str, ...] = ()
    initializer: Initializer | None = None
    rng: Key | int = 0
    span: bool | None = None
    batch_size: int | None = None
    regularizer: Regularizer | None = None

    def __attrs_post_init__(self) -> None:
        if len(self.activations) != len(self.hidden):
            came = f"there are {len(self.activations)} activations"
            why = "one for each hidden layer"
            raise ShapeError("Settings", came, f"{len(self.hidden)}", why)
        if self.iterations < 1:
            came = f"iterations is {self.iterations}"
            raise ArgumentError("Settings", came, "a whole number of at least 1")
        as_key("Settings", self.rng)

    @classmethod
    def of(cls, recipe: Recipe, rng: Key | int = 0) -> Self:
        """The settings that a data set brings with it."""
        return cls(
            hidden=recipe.hidden,
            activations=(recipe.activation,) * len(recipe.hidden),
            optimizer=recipe.optimizer,
            iterations=recipe.iterations,
            transforms=recipe.transforms,
            initializer=recipe.initializer,
            rng=rng,
            batch_size=recipe.batch_size,
            regularizer=recipe.regularizer,
        )


@attrs.frozen
class Outcome:
    """What came of an experiment: the model of its last state, and the history of the run.

    `divergence` is set where the cost ceased to be a finite number; then the model is that of the
    last state whose cost still was.
    """

    model: Model[*tuple[Any, ...]]
    history: History
    steps: int
    divergence: DivergenceError | None = None


@attrs.frozen(eq=False)
class Experiment:
    """A data set, and how a network is to be trained on it."""

    dataset: Dataset[Any, Any]
    settings: Settings

    @property
    def architecture(self) -> Architecture[*tuple[Any, ...]]:
        """The network: the hidden layers of the settings between the axes of the data."""
        inputs, outputs = self.dataset.axes
        settings = self.settings

        return mlp(
            [inputs, *settings.hidden, outputs],
            settings.activations,
            self.dataset.output,
            settings.initializer,
        )

    @property
    def choice(self) -> Choice:
        """Whether training goes by the span of the data, and why."""
        settings, batch = self.settings, self.dataset.train
        wanted, size, penalty = settings.span, settings.batch_size, settings.regularizer
        return choose(self.architecture, settings.optimizer, batch, wanted, size, penalty)


Watch = Callable[[State[*tuple[Any, ...]], Measurement], object]
"""Told after every step: the state, and what was measured last.

That is of this very state at the start, at each `milestone`, and where the run is stopped.
"""


def milestone(step: int, iterations: int) -> bool:
    """Whether a run of so many iterations is reported after so many steps."""
    every = -(-iterations // REPORTS)
    return step > 0 and (step % every == 0 or step == iterations)


def run(
    experiment: Experiment,
    watch: Watch = lambda state, measurement: None,
    stop: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Train, telling `watch` of every state, until the iterations are done or `stop()` is true."""
    dataset, settings = experiment.dataset, experiment.settings
    transform = fit(settings.transforms, dataset.train.X)
    targets = dataset.targets
    train_batch = transformed(dataset.train, transform, targets)
    test_batch = transformed(dataset.test, transform, targets)
    dtype = dataset.train.X.dtype
    start = initialize(experiment.architecture, rng=settings.rng, dtype=dtype)
    learner = dataset.head.learner(settings.optimizer, settings.regularizer)
    metric = dataset.head.metrics[0]

    last = _watched(start, train_batch, test_batch, learner, metric, settings, watch, stop)
    params, names = last.state.params, dataset.class_names
    shape, columns = dataset.image_shape, dataset.columns
    model = Model(params, transform, names, shape, dataset.name, targets, columns)
    return Outcome(model, last.history, last.state.step, last.divergence)


@attrs.frozen
class _Last:
    state: State[*tuple[Any, ...]]
    history: History
    divergence: DivergenceError | None


def _watched(
    params: Params[In, *Hidden, Out],
    train_batch: Batch[In, Out, M],
    test_batch: Batch[In, Out, N],
    learner: Learner,
    metric: Metric,
    settings: Settings,
    watch: Watch,
    stop: Callable[[], bool],
) -> _Last:
    """Fold the step over time: the last state whose cost is finite, and what was seen on the way.

    `train = iterate(step)` is the stream; it is cut off at the last iteration, and measured now and
    then.
    """

    def measured(state: State[In, *Hidden, Out]) -> Measurement:
        scores = measure(state)
        if not math.isfinite(scores["train cost"]):
            why = "the last update went too far: try a smaller rate, or smaller inputs"
            came = f"the cost after step {state.step} is {scores['train cost']}"
            raise DivergenceError(came, why, before)
        return Measurement(state.step, scores)

    measure = scoring(learner.cost, metric, train=train_batch, test=test_batch)
    step = learner.step(params)(train_batch, size=settings.batch_size, span=settings.span)
    train = iterate(step)
    start = learner.start(params, rng=settings.rng)

    costs: list[float] = []
    measurements: list[Measurement] = []
    divergence: DivergenceError | None = None
    before = state = start
    try:
        for now in islice(train(start), settings.iterations + 1):
            before, state = state, now
            if state.step > 0:
                costs.append(state.cost)
            ended = stop()
            last = measurements[-1].step if measurements else None
            if ended or last is None or _due(state.step, last, settings.iterations):
                measurements.append(measured(state))
            watch(state, measurements[-1])
            if ended:
                break
    except DivergenceError as error:
        state, divergence = error.state, error

    earlier = (measurement for measurement in measurements if measurement.step < state.step)
    history = History(tuple(costs), (*earlier, measured(state)))
    return _Last(state, history, divergence)


def _due(step: int, measured: int, iterations: int) -> bool:
    longer = step - measured >= max(1, min(measured // OFTEN, iterations // AT_LEAST))
    return longer or milestone(step, iterations)
