"""The laws of optimizers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from fdnn.axes import Dim
from fdnn.costs import squared_error
from fdnn.guards import require_kind
from fdnn.laws.report import Held, Report, Subject
from fdnn.laws.samples import FLOATS, normal, order
from fdnn.laws.staging import layer_of_numbers, staged_agrees
from fdnn.layers.dense import dense
from fdnn.matrix import Array, freeze
from fdnn.optimizers import Optimizer, OptimizerState
from fdnn.records import Architecture, Grads, Params, params_of

STEPS = 3
SIZES = (4, 3, 2)
WITHIN = 1e-9

Network = Architecture[*tuple[Any, ...]]


def optimizer(kind: Optimizer, /) -> Report:
    """Hold an optimizer against its laws.

    `update` leaves its arguments alone, gives the same again, and threads its state: moments of the
    network, and a count that goes up by one.  Shape and precision are kept.  Nothing depends on the
    order of the units and the inputs, which are only named.  A zero gradient from a fresh state
    moves nothing, or only brings parameters nearer to zero; from zero, the first update does not go
    uphill.  `is_linear` is said truly; training over buffers agrees.  Raises `LawError`.
    """
    require_kind("laws.optimizer", "kind", kind, Optimizer, "such as Adam()")
    subject = Subject("laws.optimizer", repr(kind))
    return subject.report(_laws(subject, kind))


@attrs.frozen
class _Path:
    """What comes of a few updates: all of them, and the last state."""

    updates: tuple[Array, ...]
    state: OptimizerState[*tuple[Any, ...]]


def _network() -> Network:
    n = [Dim[Any](size) for size in SIZES]
    return dense(n[0], n[1]) >> dense(n[1], n[2])


def _steps_of(kind: Optimizer) -> int:
    """As many as the schedule of its rate has, if that ends early."""
    end: int | None = getattr(kind, "end", None)
    return STEPS if end is None else min(STEPS, end)


def _follow(
    kind: Optimizer, net: Network, start: Array, gradients: list[Array], dtype: str = "float64"
) -> _Path:
    """Update with some gradients, one after the other."""
    params = Params(net, freeze(start.astype(dtype)))
    state, updates = kind.init(params), list[Array]()
    for gradient in gradients:
        update, state = kind.update(Grads(net, freeze(gradient.astype(dtype))), state, params)
        updates.append(update.vector)
        params = params + update
    return _Path(tuple(updates), state)


def _laws(subject: Subject, kind: Optimizer) -> Iterator[Held]:
    net, steps = _network(), _steps_of(kind)
    start = normal(0, net.size)
    gradients = [normal(1 + t, net.size) for t in range(steps)]

    yield from _form(subject, kind, net, start, gradients)
    path = _follow(kind, net, start, gradients)
    law = "a state has as many moments as the first"
    first = len(kind.init(Params(net, freeze(start.copy()))).moments)
    came = f"the first state has {first} moments, a later one {len(path.state.moments)}"
    yield subject.holds(law, first == len(path.state.moments), came, "as many")
    yield from _order(subject, kind, net, start, gradients, path)
    yield from _at_rest(subject, kind, net, start)
    if kind.is_linear:
        yield from _linear(subject, kind, net, start, gradients, path)
    network = params_of(layer_of_numbers(50, 3, 4)) >> layer_of_numbers(52, 2, 3)
    yield staged_agrees(subject, network, squared_error, kind, None, steps)


def _form(
    subject: Subject, kind: Optimizer, net: Network, start: Array, gradients: list[Array]
) -> Iterator[Held]:
    """Shape, precision, purity, and the thread of the state."""
    for dtype in FLOATS:
        params = Params(net, freeze(start.astype(dtype)))
        state = kind.init(params)
        yield from _state(subject, state, params, 0)
        for t, gradient in enumerate(gradients):
            grads = Grads(net, freeze(gradient.astype(dtype)))
            kept = [params.vector, grads.vector, *(a.vector for a in state.moments)]
            arguments = {f"argument {i + 1}": array for i, array in enumerate(kept)}
            before = {name: array.copy() for name, array in arguments.items()}
            update, after = kind.update(grads, state, params)
            again, _ = kind.update(grads, state, params)

            yield subject.unchanged(arguments, before)
            law = "shape and precision are kept"
            yield subject.of_kind(law, "the update", update, Grads)
            yield subject.like(law, "the update", update.vector, (net.size,), dtype)
            yield subject.finite("updates are finite", "an update", update.vector)
            law = "the same gives the same again"
            yield subject.agree(law, "an update", again.vector, update.vector, 0.0)
            yield from _state(subject, after, params, t + 1)
            params, state = params + update, after


def _state(
    subject: Subject, state: Any, params: Params[*tuple[Any, ...]], count: int
) -> Iterator[Held]:
    law = "the state is threaded, and counts the updates"
    yield subject.of_kind(law, "the state", state, OptimizerState)
    came = f"after {count} updates its count is {state.count}"
    yield subject.holds(law, state.count == count, came, str(count))
    for moment in state.moments:
        yield subject.like(law, "a moment", moment.vector, params.vector.shape, params.dtype)


def _renamed(net: Network) -> Array:
    """Where each parameter goes when inputs, hidden units and outputs are named anew."""
    places = np.arange(net.size)
    names = [order(60 + axis, size) for axis, size in enumerate(SIZES)]
    parts: list[Array] = []
    for l, end in enumerate(net.ends):
        rows, columns = SIZES[l + 1], SIZES[l] + 1
        block = places[end - rows * columns : end].reshape(rows, columns)
        with_bias = [*names[l], columns - 1]
        parts.append(block[names[l + 1]][:, with_bias].ravel())
    return np.concatenate(parts)


def _order(
    subject: Subject,
    kind: Optimizer,
    net: Network,
    start: Array,
    gradients: list[Array],
    path: _Path,
) -> Iterator[Held]:
    law = "the order of units and inputs is irrelevant"
    places = _renamed(net)
    renamed = _follow(kind, net, start[places], [g[places] for g in gradients])
    for came, expected in zip(renamed.updates, path.updates, strict=True):
        yield subject.agree(law, "an update", came, expected[places], WITHIN)


def _at_rest(subject: Subject, kind: Optimizer, net: Network, start: Array) -> Iterator[Held]:
    law = "a zero gradient from a fresh state moves nothing, or only decays"
    (update,) = _follow(kind, net, start, [np.zeros(net.size)]).updates
    yield subject.finite(law, "an update", update, parameter=start)
    nearer = (update == 0.0) | ((update * start < 0.0) & (np.abs(update) <= np.abs(start)))
    at = int(np.argmin(nearer))
    came = f"a parameter of {start[at]:.6g} gets an update of {update[at]:.6g}"
    yield subject.holds(law, nearer.all(), came, "0, or one towards zero")

    law = "from zero, the first update does not go uphill"
    gradient = normal(9, net.size)
    (update,) = _follow(kind, net, np.zeros(net.size), [gradient]).updates
    came = f"the first update goes uphill by {float(update @ gradient):.6g}"
    yield subject.holds(law, float(update @ gradient) <= 0.0, came, "one downhill")


def _linear(
    subject: Subject,
    kind: Optimizer,
    net: Network,
    start: Array,
    gradients: list[Array],
    path: _Path,
) -> Iterator[Held]:
    """Superposition, and the same numbers for all parameters."""
    law = "is_linear is said truly"
    others = [normal(11 + t, net.size) for t in range(len(gradients))]
    far = normal(10, net.size)
    other = _follow(kind, net, far, others)
    mixed = [2.0 * g - 3.0 * h for g, h in zip(gradients, others, strict=True)]
    both = _follow(kind, net, 2.0 * start - 3.0 * far, mixed)
    for came, ours, theirs in zip(both.updates, path.updates, other.updates, strict=True):
        due = 2.0 * ours - 3.0 * theirs
        yield subject.agree(law, "the update of a sum of gradients", came, due, WITHIN)

    places = order(15, net.size)
    turned = _follow(kind, net, start[places], [g[places] for g in gradients])
    for came, ours in zip(turned.updates, path.updates, strict=True):
        yield subject.agree(law, "an update in another order", came, ours[places], WITHIN)
