"""Training: `step` moves a state once, and `train = iterate(step)` is the lazy stream of states.

A `State` is all that training knows at one moment.  A step is a pure function from one state to the
next, so a stream of states can be sliced, branched, and started anew from any of its states with
the tools of `itertools`; nothing that was handed out ever changes.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any, Generic, Protocol, TypeVar, final, overload

import attrs
import numpy as np

from fdnn import propagation
from fdnn.activations import Activation
from fdnn.axes import Axes, Dim, Hidden, In, M, Out
from fdnn.batches import Batch, minibatch
from fdnn.costs import Cost
from fdnn.diagnosis import all_finite, diagnose
from fdnn.errors import ArgumentError, DataError, DtypeError, FdnnError, KindError, with_article
from fdnn.guards import Record, require_kind, require_same_axes, setters
from fdnn.keys import Context, Key, as_key, whole_number
from fdnn.matrix import REAL, Matrix, is_zero, require_dtype
from fdnn.optimizers import Optimizer, OptimizerState
from fdnn.records import Architecture, OnArchitecture, Params, grads_of
from fdnn.regularizers import Regularizer, require_penalty
from fdnn.sources import Rows
from fdnn.span import Choice, Span, choose, enter, never

S = TypeVar("S")


@final
@attrs.frozen(repr=False, order=False)
class State(Record, Generic[*Axes]):
    """All that training knows at one moment.

    `cost` is the cost that the last step found, before it moved the parameters; infinity, where no
    step has been made.  `key` and `step` say where in the run the state stands.  Where training
    goes by the span of the data (`fdnn.span`), what is kept is the coordinates in it, and `params`
    and `optimizer` are made of them when they are asked for.
    """

    _params: Params[*Axes]
    _optimizer: OptimizerState[*Axes]
    key: Key
    step: int = 0
    cost: float = math.inf
    span: Span[*Axes] | None = None

    def __attrs_post_init__(self) -> None:
        parts = (("params", self._params, Params), ("optimizer", self._optimizer, OptimizerState))
        for part, value, kind in (*parts, ("key", self.key, Key)):
            require_kind("State", part, value, kind)
        whole_number("State", "step", self.step)
        expected = self._params.architecture
        self._optimizer.require_architecture("State", "optimizer", expected, "as params has them")
        if self.span is not None:
            require_kind("State", "span", self.span, Span)
            why = "those are the coordinates in the span"
            self._params.require_architecture("State", "params", self.span.coordinates, why)

    @property
    def params(self) -> Params[*Axes]:
        """The parameters at this moment."""
        return self._params if self.span is None else self.span.params(self._params)

    @property
    def optimizer(self) -> OptimizerState[*Axes]:
        """What the optimizer remembers."""
        return self._optimizer if self.span is None else self.span.optimizer(self._optimizer)

    @property
    def coordinates(self) -> tuple[Params[*tuple[Any, ...]], OptimizerState[*tuple[Any, ...]]]:
        """What is kept of parameters and optimizer: in the span of the data, their coordinates."""
        return self._params, self._optimizer

    @property
    def architecture(self) -> Architecture[*Axes]:
        """What the network is."""
        return (self._params if self.span is None else self.span).architecture

    @property
    def axes(self) -> tuple[Dim[Any], ...]:
        """The sizes of all axes of the network, with their names."""
        return self.architecture.axes

    def over(
        self,
        cost: float,
        params: Params[*tuple[Any, ...]],
        optimizer: OptimizerState[*tuple[Any, ...]],
        span: Span[*Axes] | None = None,
    ) -> State[*Axes]:
        """The state one step later, of parts that are known to fit, or of coordinates in a span."""
        new = object.__new__(type(self))
        _set_params(new, params)
        _set_optimizer(new, optimizer)
        _set_key(new, self.key)
        _set_step(new, self.step + 1)
        _set_cost(new, cost)
        _set_span(new, span)
        return new

    def __repr__(self) -> str:
        axes = ", ".join(map(repr, self.axes))
        return f"State[{axes}](step {self.step}, cost {self.cost:.6g})"


_set_params, _set_optimizer, _set_key, _set_step, _set_cost, _set_span = setters(State)


class DivergenceError(FdnnError, ArithmeticError):
    """A number of a step is NaN or infinite; the sentence says which, where, and the likely cause.

    `state` is the last state of the stream that has a finite cost; from a step that is called by
    itself, the state that it was given.  `step` counts from 1, and so does `layer`, which is None
    for what belongs to the whole network.  `quantity` is its name in the equations, Z, A, dZ ...;
    `in_update` is whether the cost was finite still.
    """

    def __init__(
        self,
        came: str,
        why: str,
        state: State[*tuple[Any, ...]],
        step: int | None = None,
        quantity: str = "the cost",
        layer: int | None = None,
        in_update: bool = False,
    ) -> None:
        super().__init__("step", came, "finite numbers", why)
        self.state = state
        self.step = state.step + 1 if step is None else step
        self.quantity = quantity
        self.layer = layer
        self.in_update = in_update

    def __reduce__(self) -> tuple[object, ...]:
        place = (self.step, self.quantity, self.layer, self.in_update)
        return type(self), (self.came, self.why, self.state, *place)


class HeadLike(Protocol):
    """What a step asks of the head of a task."""

    def require(self, where: str, activation: Activation, Y: Matrix[Out, M], /) -> None:
        """Refuse a network that ends otherwise, and labels that are none."""
        ...


@attrs.frozen(order=False)
class Learner:
    """How to learn: the cost to bring down, the optimizer that does it, and a regulariser.

    `J = (1/m) * sum_j L(a_j, y_j) + penalty(params)`, the penalty where there is one.
    A learner that is made by a head has it, and refuses networks and labels of another task.
    """

    cost: Cost
    optimizer: Optimizer
    regularizer: Regularizer | None = None
    head: HeadLike | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        require_kind("Learner", "cost", self.cost, Cost, "such as squared_error")
        require_kind("Learner", "optimizer", self.optimizer, Optimizer)
        if self.regularizer is not None:
            require_kind("Learner", "regularizer", self.regularizer, Regularizer, "such as L2")
        if self.head is not None and not hasattr(self.head, "require"):
            came = f"head is {with_article(type(self.head).__name__)}"
            raise KindError("Learner", came, "a Head", "such as fdnn.multiclass")

    @property
    def parts(self) -> tuple[Cost, Optimizer, Regularizer | None]:
        """What a step is made of, in this order."""
        return self.cost, self.optimizer, self.regularizer

    def start(self, params: Params[*Axes], *, rng: Key | int = 0) -> State[*Axes]:
        """The state before the first step.  `rng` seeds what is drawn in training."""
        hint = "initialize(architecture, rng=0) gives them"
        require_kind("start", "params", params, Params, hint)
        return State(params, self.optimizer.init(params), as_key("start", rng))

    def step(self, network: Architecture[*Axes] | Params[*Axes]) -> StepOf[*Axes]:
        """`learner.step(network)(batch)` is the step on that batch, a function `State -> State`."""
        if not hasattr(network, "architecture"):
            require_kind("step", "network", network, Params)
        return StepOf(self, network.architecture)


@attrs.frozen(order=False)
class StepOf(OnArchitecture[*Axes]):
    """A step that knows its network but not its data.

    It is a stage of its own so that mypy, which knows the axes by then, names them in its messages.
    """

    learner: Learner
    architecture: Architecture[*Axes]

    def __call__(
        self: StepOf[In, *Hidden, Out],
        batch: Batch[In, Out, M],
        *,
        size: int | None = None,
        span: bool | None = None,
        drop_last: bool = False,
    ) -> Step[In, *Hidden, Out]:
        """The step on this batch, or on mini-batches of `size` of its examples.

        What is left at the end of an epoch is a smaller mini-batch, or is left out for that epoch
        where `drop_last` says so.  `span` asks for training in the span of the data, or refuses it;
        by itself it is chosen where it is exact and pays (`fdnn.span`).  Raises where the batch or
        its labels do not fit the network, and where the span is asked for and not exact.
        """
        return Step(self.learner, self.architecture, batch, size, span, drop_last)

    def read(
        self: StepOf[In, *Hidden, Out], rows: Rows[In, Out], *, size: int, drop_last: bool = False
    ) -> Step[In, *Hidden, Out]:
        """The step on mini-batches of `size` rows, each of which is read when it is due."""
        require_kind("step", "rows", rows, Rows, "Rows(x, y, inputs, outputs)")
        return Step(self.learner, self.architecture, rows, size, None, drop_last)

    def feed(
        self: StepOf[In, *Hidden, Out], batches: Iterable[Batch[In, Out, Any]]
    ) -> Feed[In, *Hidden, Out]:
        """Training on batches as they come: `feed(batches)(start)` has a state after each."""
        return Feed(self.learner, self.architecture, batches)


@final
@attrs.frozen(repr=False, eq=False)
class Step(OnArchitecture[*Axes]):
    """A step bound to its data: a frozen function from one state to the next.

    Whether the data fit the network is checked when it is built; a call checks only that the state
    is of the same network.
    """

    learner: Learner
    architecture: Architecture[*Axes]
    batch: Batch[Any, Any, Any] | Rows[Any, Any]
    size: int | None = None
    span: bool | None = None
    drop_last: bool = False

    def __attrs_post_init__(self) -> None:
        data = self.batch
        if not isinstance(data, Rows):
            require_kind("step", "batch", data, Batch, "Batch(X, Y) checks the data once")
        if self.size is not None:
            whole_number("step", "size", self.size, least=1)
        if self.span is not None:
            require_kind("step", "span", self.span, bool)
        require_kind("step", "drop_last", self.drop_last, bool)
        if self.drop_last and (self.size is None or self.size > data.size):
            came = f"drop_last is True, and size is {self.size}"
            raise ArgumentError("step", came, f"a size of at most {data.size}", "so many there are")
        require_dtype("step", self.dtype, REAL)
        first, *_, outputs = self.axes
        why = "those are the inputs and outputs of the network"
        require_same_axes("step", "batch", data.axes[:2], (first, outputs), why)
        if isinstance(data, Batch) and data.weights is not None and is_zero(data.weights):
            why = "nothing would be learned"
            raise DataError("step", "all weights of the batch are 0", "a positive one", why)
        if isinstance(data, Rows):
            size = whole_number("step", "size", self.size, least=1)
            data = data.part(slice(0, min(size, data.size)))
        _require_labels(self.learner, self.architecture, data)
        _ = self.choice

    def __call__(self, state: State[*Axes], /) -> State[*Axes]:
        """The next state.  Raises `DivergenceError` where the cost is not a finite number."""
        self.require_fits(state)
        return self._plainly(state)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The precision of the data, and so of everything."""
        return self.batch.dtype

    @property
    def choice(self) -> Choice:
        """Whether a stream of this step goes by the span of the data, and why."""
        if isinstance(self.batch, Rows):
            return never("the rows are read in parts", self.span)
        learner, batch = self.learner, self.batch
        optimizer, regularizer = learner.optimizer, learner.regularizer
        return choose(self.architecture, optimizer, batch, self.span, self.size, regularizer)

    def staged(self, start: State[*Axes]) -> Callable[[State[*Axes]], State[*Axes]]:
        """The same function, prepared for one stream of states: see `fdnn.plan`, `fdnn.span`."""
        self.require_fits(start)
        _require_moments(self.learner, start)
        _log(self.choice)
        with np.errstate(all="ignore"):
            return self._staged_in_span(start) if self.choice.in_span else self._staged_plan()

    def _staged_plan(self) -> Callable[[State[*Axes]], State[*Axes]]:
        from fdnn.plan.examples import select_of
        from fdnn.plan.steps import staged_step

        require = partial(_require_labels, self.learner, self.architecture)
        select = select_of(self.batch, self.size, self.drop_last, require)
        move = staged_step(self.architecture, *self.learner.parts, select, self.dtype)
        good: list[State[*Axes]] = []  # the state before, until the cost of this one is known

        def advance(state: State[*Axes]) -> State[*Axes]:
            moved = move(state.params, state.optimizer, state.key, state.step, good.clear)
            # Where something is wrong, let the equations say what.
            after = self._plainly(state, *good) if moved is None else state.over(*moved)
            good[:] = [state]
            return after

        return advance

    def _staged_in_span(self, start: State[*Axes]) -> Callable[[State[*Axes]], State[*Axes]]:
        from fdnn.plan.spans import map_in_span, seen_from, select_in_span, squares_in_span
        from fdnn.plan.steps import staged_step

        assert isinstance(self.batch, Batch)
        if start.span is not None and start.span.is_over(self.batch):
            span, params, optimizer = start.span, *start.coordinates
        else:
            span, params, optimizer = enter(self.batch, start.params, start.optimizer)
        seen = seen_from(span)
        select = select_in_span(seen, self.batch, self.size, self.drop_last)
        has_penalty = self.learner.regularizer is not None
        how = (map_in_span, squares_in_span(span, seen) if has_penalty else None)
        move = staged_step(span.coordinates, *self.learner.parts, select, self.dtype, *how)
        good: list[State[*Axes]] = []

        def advance(state: State[*Axes]) -> State[*Axes]:
            moved = None
            if state is start or state.span is span:
                at = (params, optimizer) if state is start else state.coordinates
                moved = move(*at, state.key, state.step, good.clear)
            after = self._plainly(state, *good) if moved is None else state.over(*moved, span)
            good[:] = [state]
            return after

        return advance

    def _plainly(self, state: State[*Axes], *good: State[*Axes]) -> State[*Axes]:
        """The step by the equations; `good` is the state before, whose cost was finite."""
        return _advance(state, self._batch_of(state), self.learner, *good)

    def _batch_of(self, state: State[*Axes]) -> Batch[Any, Any, Any]:
        """The examples that the step from this state learns from."""
        data, size, place = self.batch, self.size, (state.key, state.step, self.drop_last)
        if isinstance(data, Rows):
            assert size is not None
            part = data.minibatch(size, *place)
            _require_labels(self.learner, self.architecture, part)
            return part
        return data if size is None or size >= data.size else minibatch(data, size, *place)

    def require_fits(self, state: State[*Axes]) -> None:
        """Refuse a state of another network, or of another precision than the data."""
        require_kind("step", "state", state, State, "learner.start(params) gives the first")
        why = "the step was made for another network"
        params, _ = state.coordinates
        given = params if state.span is None else state.span
        given.require_architecture("step", "state", self.architecture, why)
        if params.dtype != self.dtype:
            came = f"batch has dtype {self.dtype}"
            raise DtypeError("step", came, str(params.dtype), "which params has")

    def __repr__(self) -> str:
        optimizer = type(self.learner.optimizer).__name__
        return f"Step[{', '.join(map(repr, self.axes))}]({self.learner.cost.name}, {optimizer})"


@attrs.frozen(repr=False, eq=False)
class Feed(OnArchitecture[*Axes]):
    """Training on batches as they come, from any iterable; each is checked, and used once.

    `feed(start)` is `start`, and then a state after each batch; it ends where the batches end.
    """

    learner: Learner
    architecture: Architecture[*Axes]
    batches: Iterable[Batch[Any, Any, Any]]
    _begun: list[None] = attrs.field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        require_kind("feed", "batches", self.batches, Iterable, "[batch] is one of one")

    def __call__(self, start: State[*Axes], /) -> Iterator[State[*Axes]]:
        """The stream of states.  Raises what a step on each batch raises, when it comes."""
        from fdnn.plan.examples import select_last
        from fdnn.plan.steps import staged_step

        require_kind("feed", "state", start, State, "learner.start(params) gives the first")
        why = "the feed was made for another network"
        start.params.require_architecture("feed", "state", self.architecture, why)
        _require_moments(self.learner, start)
        if isinstance(self.batches, Iterator):
            if self._begun:
                came, why = "batches was gone through before", "an iterator serves once"
                raise KindError("feed", came, "a list, or a new one", why)
            self._begun.append(None)
        fed: list[Batch[Any, Any, Any]] = []
        good: list[State[*Axes]] = []
        dtype = start.coordinates[0].dtype
        parts = (*self.learner.parts, select_last(fed), dtype)
        move = staged_step(self.architecture, *parts)

        state = start
        yield state
        for batch in self.batches:
            step = Step(self.learner, self.architecture, batch, span=False)
            step.require_fits(state)
            fed[:] = [batch]
            moved = move(state.params, state.optimizer, state.key, state.step, good.clear)
            after = (
                _advance(state, batch, self.learner, *good) if moved is None else state.over(*moved)
            )
            good[:], state = [state], after
            yield state

    def __repr__(self) -> str:
        return f"Feed[{', '.join(map(repr, self.axes))}]"


def _require_labels(
    learner: Learner, architecture: Architecture[*tuple[Any, ...]], batch: Batch[Any, Any, Any]
) -> None:
    """Refuse labels that are none, and a last activation that head or cost cannot follow."""
    last = architecture.layers[-1].activation
    if learner.head is not None:
        learner.head.require("step", last, batch.Y)
    learner.cost.require("step", last, batch.Y)


def _require_moments(learner: Learner, state: State[*Axes]) -> None:
    """Refuse what another optimizer remembers, as the equations would at the first step."""
    params, memory = state.coordinates
    expected = learner.optimizer.init(params)
    if len(memory.moments) != len(expected.moments):
        came = f"the state has {len(memory.moments)} moments"
        raise KindError("step", came, str(len(expected.moments)), "it is of another optimizer")
    for moment in memory.moments:
        if moment.dtype != params.dtype:
            came = f"a moment has dtype {moment.dtype}"
            raise DtypeError("step", came, str(params.dtype), "which params has")


def _log(choice: Choice) -> None:
    """Say which way training goes, and why; nobody listens before `logging` is imported."""
    logging = sys.modules.get("logging")
    if logging is not None:
        way = "the span of the data" if choice.in_span else "the inputs"
        logging.getLogger("fdnn").info("training goes by %s: %s", way, choice.why)


def step(
    state: State[In, *Hidden, Out], batch: Batch[In, Out, M], learner: Learner
) -> State[In, *Hidden, Out]:
    """One step of training: forward, cost, backward, update.

        A_L, caches = forward(params, X)         J = cost(A_L, Y)
        grads = backward(caches, dZ_L)           params := params + update(grads)

    `learner.step(params)(batch)` is the same with its checks made once, for a loop.
    """
    require_kind("step", "state", state, State, "learner.start(params) gives the first")
    require_kind("step", "learner", learner, Learner)
    return learner.step(state.params)(batch)(state)


def _advance(
    state: State[*Axes], batch: Batch[Any, Any, Any], learner: Learner, *good: State[*Axes]
) -> State[*Axes]:
    params, cost, optimizer = state.params, learner.cost, learner.optimizer
    regularizer = learner.regularizer
    context = Context(training=True, key=state.key.at(state.step))
    weights = () if batch.weights is None else (batch.weights,)

    with np.errstate(all="ignore"):
        caches = propagation.forward(params.layers, batch.X, context)
        J = cost.value(caches[-1], batch.Y, *weights)
        if regularizer is not None:
            J += require_penalty("step", regularizer.penalty(params))
        if not math.isfinite(J):
            raise _diverged(state, batch, learner, context, *good)

        dZ = cost.gradient(caches[-1], batch.Y, *weights)
        grads = grads_of(params.architecture, propagation.gradients(caches, dZ))
        if regularizer is not None:
            grads = grads + regularizer.gradient(params)
        updates, memory = optimizer.update(grads, state.optimizer, params)

        after = params + updates
        if not all(map(all_finite, (after.vector, *(moment.vector for moment in memory.moments)))):
            raise _diverged(state, batch, learner, context)
        return State(after, memory, state.key, state.step + 1, J)


def _diverged(
    state: State[*Axes],
    batch: Batch[Any, Any, Any],
    learner: Learner,
    context: Context,
    *good: State[*Axes],
) -> DivergenceError:
    """The error for a step with a number that is not finite: what it is, and the likely cause."""
    found = diagnose(
        state.params,
        state.optimizer,
        batch,
        learner.cost,
        learner.optimizer,
        learner.regularizer,
        context,
    )
    came = f"at step {state.step + 1}, {found.came}"
    last = state if found.in_update or not good else good[0]
    place = (state.step + 1, found.quantity, found.layer, found.in_update)
    return DivergenceError(came, found.why, last, *place)


# ------------------------------------------------------------------------------- the fold over time


@attrs.frozen
class Iteration(Generic[S]):
    """`iterate(step)`: a function from a start to the stream `start, step(start), ...`."""

    step: Callable[[S], S]

    def __call__(self, start: S) -> Iterator[S]:
        """The stream that begins with `start`; it never ends by itself."""
        kind: object = type(self.step)
        if kind is Step:
            step: Any = self.step
            return _staged_stream(step.staged(start), start)
        return _stream(self.step, start)


@overload
def iterate(step: Callable[[S], S]) -> Iteration[S]: ...


@overload
def iterate(step: Callable[[S], S], start: S, /) -> Iterator[S]: ...


def iterate(step: Callable[[S], S], *start: S) -> Iteration[S] | Iterator[S]:
    """Fold a step over time, from a start to the stream of all that follows.

    This is how training reads: `train = iterate(step)`, `for state in train(start): ...`.

    `train(start)` is `start, step(start), step(step(start)), ...`.
    `iterate(step, start)` is `iterate(step)(start)`; prefer it for a lambda, whose types a checker
    can then see.  The stream is lazy: a state is computed when it is asked for.

    >>> from itertools import islice
    >>> list(islice(iterate(lambda n: 2 * n, 1), 5))
    [1, 2, 4, 8, 16]
    """
    fold = Iteration(step)
    return fold(*start) if start else fold


def _stream(step: Callable[[S], S], state: S) -> Iterator[S]:
    last_good: Any = state
    while True:
        yield state
        try:
            last_good, state = state, step(state)
        except DivergenceError as error:
            if not error.in_update:
                error.state = last_good
            raise


def _staged_stream(advance: Callable[[S], S], state: S) -> Iterator[S]:
    """The stream of a step that has a staged form, which knows by itself the last good state."""
    while True:
        yield state
        state = advance(state)


def run(step: Callable[[S], S], start: S, steps: int) -> S:
    """The state `steps` steps after `start`: `step` folded `steps` times.

    Raises `ArgumentError` before the first step where the schedule of the rate ends sooner.

    >>> run(lambda n: 2 * n, 1, 10)
    1024
    """
    steps = whole_number("run", "steps", steps)
    kind: object = type(step)
    if kind is Step:
        _require_reach(step, start, steps)
    return next(islice(iterate(step, start), steps, None))


def _require_reach(step: Any, start: Any, steps: int) -> None:
    """Refuse more steps than the schedule of the optimizer has rates for."""
    step.require_fits(start)
    end, done = step.learner.optimizer.end, start.coordinates[1].count
    if end is not None and done + steps > end:
        why = f"the schedule of the rate ends after {end} updates, and {done} are done"
        raise ArgumentError("run", f"steps is {steps}", f"at most {max(0, end - done)}", why)
