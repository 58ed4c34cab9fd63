"""The laws of costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import numpy as np

from fdnn.activations import Activation, identity, sigmoid, softmax, tanh
from fdnn.costs import Cost
from fdnn.errors import ArgumentError, DataError, FdnnError
from fdnn.guards import require_kind
from fdnn.keys import INFERENCE
from fdnn.laws.derivatives import derivative
from fdnn.laws.report import Held, Report, Subject
from fdnn.laws.samples import FLOATS, copies, extremes, labels, normal, order, positive
from fdnn.laws.staging import EXAMPLES, layer_of_numbers, staged_agrees
from fdnn.matrix import Array, to_numpy, unnamed
from fdnn.optimizers import GradientDescent
from fdnn.propagation import LayerCache
from fdnn.records import params_of

OUTPUTS = (3, 1)
"""Three outputs; a cost that has no labels for so many is tried with one."""

LEAST = -1e3
"""A loss far below zero can be brought down for ever: no cost of labels that are labels does so."""


def cost(J: Cost, /, *, refuses: Sequence[Array] = ()) -> Report:
    """Hold a cost against its laws, with labels of every sort that it accepts.

    `derivative` is that of `losses`, and the gradient from the last layer that of the value, by
    central difference and by complex step; through the link, losses from the logits are those of
    the output, and finite for any finite logit.  `J` is the mean over the examples, in any order,
    and weights count as they say.  Labels are refused (`DataError`) or have a loss, which is
    bounded below; `refuses` are labels that must be refused, each `(outputs, examples)`.  Shape and
    precision are kept, arguments are left alone, a staged form agrees.  Raises `LawError`.
    """
    require_kind("laws.cost", "J", J, Cost, "such as squared_error")
    subject = Subject("laws.cost", repr(J))
    return subject.report(_laws(subject, J, refuses))


@attrs.frozen
class _Sample:
    """Labels that a cost accepts, and the activations that it may follow; the link is the first."""

    words: str
    Y: Array
    activations: tuple[Activation, ...]


def _laws(subject: Subject, J: Cost, refuses: Sequence[Array]) -> Iterator[Held]:
    yield _labels(subject, J, refuses)
    found = next(filter(None, (_samples(J, outputs) for outputs in OUTPUTS)), None)
    if found is None:
        words = ", ".join(word for word, _ in labels(1, EXAMPLES))
        raise subject.broken("all labels are refused", f"some of: {words}", "labels have a loss")
    yield from _form(subject, J, found[-1])
    for sample in found:
        yield from _extremes(subject, J, sample)
        yield from _sums(subject, J, sample)
        yield from _derivatives(subject, J, sample)
    yield _staged(subject, J, found[-1])


def _accepts(J: Cost, g: Activation, Y: Array) -> bool:
    try:
        J.require("laws", g, unnamed(Y))
    except FdnnError:
        return False
    return True


def _samples(J: Cost, outputs: int) -> list[_Sample]:
    link = J.link
    candidates = [identity, tanh, sigmoid, softmax] if outputs > 1 else [identity, tanh, sigmoid]
    samples: list[_Sample] = []
    for words, Y in labels(outputs, EXAMPLES):
        others = [g for g in candidates if g != link and _accepts(J, g, Y)]
        own = [link] if link is not None and _accepts(J, link, Y) else []
        if activations := (*own, *others[:1]):
            samples.append(_Sample(words, Y, activations))
    return samples


def _labels(subject: Subject, J: Cost, refuses: Sequence[Array]) -> Held:
    """Labels are refused in a sentence of their own."""
    law = "labels are refused, or have a loss"
    for outputs in OUTPUTS:
        for words, Y in labels(outputs, EXAMPLES):
            try:
                J.require_labels("laws", unnamed(Y))
            except DataError:
                continue
            except ArgumentError as error:
                raise subject.broken(f"{words} raise {error!r}", "a DataError", law) from None
    for Y in refuses:
        try:
            J.require_labels("laws", unnamed(np.asarray(Y)))
        except DataError:
            continue
        raise subject.broken(f"labels {np.asarray(Y).tolist()} are accepted", "a DataError", law)
    return Held(law)


# ------------------------------------------------------------------------------- what a cost gives


def _losses(J: Cost, A: Array, Y: Array) -> Array:
    return to_numpy(J.losses(unnamed(A), unnamed(Y)))


def _from_logits(J: Cost, Z: Array, Y: Array) -> Array:
    return to_numpy(J.losses_from_logits(unnamed(Z), unnamed(Y)))


def _last(g: Activation, Z: Array) -> LayerCache[Any, Any, Any]:
    """What a last layer would leave whose logits are `Z`."""
    _, linear = layer_of_numbers(40, len(Z), 2).forward(unnamed(normal(41, 2, 1)), INFERENCE)
    return LayerCache(linear, g, unnamed(Z), g(unnamed(Z)))


def _value(J: Cost, last: LayerCache[Any, Any, Any], Y: Array, w: Array | None = None) -> float:
    return J.value(last, unnamed(Y), None if w is None else unnamed(w))


def _gradient(J: Cost, last: LayerCache[Any, Any, Any], Y: Array, w: Array | None = None) -> Array:
    return to_numpy(J.gradient(last, unnamed(Y), None if w is None else unnamed(w)))


# ------------------------------------------------------------------------------------- the laws


def _derivatives(subject: Subject, J: Cost, sample: _Sample) -> Iterator[Held]:
    Y, link, m = sample.Y, J.link, sample.Y.shape[1]
    Z = normal(0, *Y.shape, scale=1.5)
    for g in sample.activations:
        last = _last(g, Z)
        A = to_numpy(last.A)
        if g == sample.activations[0]:
            dA = to_numpy(J.derivative(unnamed(A), unnamed(Y)))

            def total(a: Array) -> complex:
                return complex(_losses(J, a, Y).sum())

            law = "derivative is that of losses"
            yield from derivative(subject, law, "dL/dA", dA, total, A, A=A, Y=Y)

        def through(z: Array, g: Activation = g) -> complex:
            if g == link:
                return complex(_from_logits(J, z, Y).sum())
            return complex(_losses(J, to_numpy(g(unnamed(z))), Y).sum())

        dZ = m * _gradient(J, last, Y)
        law = f"the gradient after {g.name} is that of the losses"
        yield from derivative(subject, law, "dL/dZ", dZ, through, Z, Z=Z, Y=Y)


def _sums(subject: Subject, J: Cost, sample: _Sample) -> Iterator[Held]:
    """`J` is the mean of the losses, over the examples, in any order."""
    Y, g = sample.Y, sample.activations[0]
    Z = normal(5, *Y.shape, scale=1.5)
    last = _last(g, Z)
    losses, value = _losses(J, to_numpy(last.A), Y), _value(J, last, Y)
    if g == J.link:
        law = "losses from the logits are those of the output"
        quantity = f"with labels that are {sample.words}, L from the logits"
        yield subject.agree(law, quantity, _from_logits(J, Z, Y), losses, 1e-9, 1e-6)
    law = "J is the mean of the losses"
    yield subject.agree(law, "J", np.array([value]), losses.mean(axis=1), 1e-9, 1e-6)

    law = "each example has a loss of its own, in any order"
    places = order(6, Y.shape[1])
    turned = _losses(J, to_numpy(last.A)[:, places], Y[:, places])
    yield subject.agree(law, "L", turned, losses[:, places], EXACT_SUM)
    yield from _weights(subject, J, sample, Z)


EXACT_SUM = 1e-11


def _weights(subject: Subject, J: Cost, sample: _Sample, Z: Array) -> Iterator[Held]:
    """`J = (1/m) sum_j w_j L_j`, and so its gradient."""
    law = "weights of examples count as they say"
    Y, g = sample.Y, sample.activations[0]
    last = _last(g, Z)
    w = positive(7, 1, Y.shape[1])
    w[0, 0] = 0.0
    alone = [_value(J, _last(g, Z[:, j : j + 1]), Y[:, j : j + 1]) for j in range(Y.shape[1])]
    due = np.array([(w[0] * alone).mean()])
    came = np.array([_value(J, last, Y, w)])
    yield subject.agree(law, "J with weights", came, due, EXACT_SUM, 1e-3)
    weighed = _gradient(J, last, Y, w)
    yield subject.agree(law, "dJ/dZ with weights", weighed, w * _gradient(J, last, Y), EXACT_SUM)


def _extremes(subject: Subject, J: Cost, sample: _Sample) -> Iterator[Held]:
    """Through the link, or from the output itself where the cost takes any number."""
    g, link = sample.activations[0], J.link
    if g not in (link, identity):
        return
    for dtype in FLOATS:
        Z = extremes(len(sample.Y), 12, dtype)
        Y = np.resize(sample.Y.T, (12, len(sample.Y))).T.astype(dtype)
        if not _accepts(J, g, Y):
            continue
        A = to_numpy(g(unnamed(Z)))
        losses = _from_logits(J, Z, Y) if g == link else _losses(J, A, Y)
        # Where the link itself has grown beyond all bounds, the loss may too.
        beyond = np.abs(A) > np.finfo(dtype).max ** 0.5
        law = "finite logits give finite numbers"
        seen = np.where(beyond.any(axis=0, keepdims=True), 0.0, losses)
        yield subject.finite(law, "L", seen)
        dZ = _gradient(J, _last(g, Z), Y)
        yield subject.finite(law, "dJ/dZ", np.where(beyond, 0.0, dZ), Z=Z, Y=Y)
        least = float(losses.min())
        came = f"with labels that are {sample.words}, a loss is {least:.6g}"
        expected = f"one above {LEAST:g}, or such labels refused"
        yield subject.holds("losses are bounded below", not least < LEAST, came, expected)


def _form(subject: Subject, J: Cost, sample: _Sample) -> Iterator[Held]:
    g = sample.activations[0]
    for dtype in FLOATS:
        Z, Y = copies([normal(0, *sample.Y.shape).astype(dtype), sample.Y.astype(dtype)])
        if not _accepts(J, g, Y):
            continue
        A = np.array(to_numpy(g(unnamed(Z))))
        before = dict(zip("ZYA", copies([Z, Y, A]), strict=True))
        law = "shape and precision are kept"
        losses = to_numpy(J.losses(unnamed(A), unnamed(Y)))
        yield subject.like(law, "L", losses, (1, Z.shape[1]), dtype)
        dA = to_numpy(J.derivative(unnamed(A), unnamed(Y)))
        yield subject.like(law, "dL/dA", dA, Z.shape, dtype)
        last = _last(g, Z)
        yield subject.like(law, "dJ/dZ", _gradient(J, last, Y), Z.shape, dtype)
        if g == J.link:
            from_logits = _from_logits(J, Z, Y)
            yield subject.like(law, "L from the logits", from_logits, (1, Z.shape[1]), dtype)
        J.require_labels("laws", unnamed(Y))
        yield subject.unchanged({"Z": Z, "Y": Y, "A": A}, before)

        law = "the same gives the same again"
        yield subject.agree(law, "L", _losses(J, A, Y), losses, 0.0)
        again = to_numpy(J.derivative(unnamed(A), unnamed(Y)))
        yield subject.agree(law, "dL/dA", again, dA, 0.0)
        came, due = (np.array([_value(J, last, Y)]) for _ in range(2))
        yield subject.agree(law, "J", came, due, 0.0)


def _staged(subject: Subject, J: Cost, sample: _Sample) -> Held:
    g, Y = sample.activations[0], sample.Y
    layer = layer_of_numbers(42, len(Y), 4, g)
    params = params_of(layer_of_numbers(44, 4, 3)) >> layer
    return staged_agrees(subject, params, J, GradientDescent(0.01), Y)
