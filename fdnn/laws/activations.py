"""The laws of activations."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fdnn.activations import Activation
from fdnn.guards import require_kind
from fdnn.laws.derivatives import derivative, slopes_on_both_sides
from fdnn.laws.report import Held, Report, Subject
from fdnn.laws.samples import FLOATS, copies, extremes, normal, order
from fdnn.laws.staging import staged_activation
from fdnn.matrix import Array, to_numpy, unnamed

UNITS, EXAMPLES = 4, 12


def activation(g: Activation, /) -> Report:
    """Hold an activation against its laws.

    The pullback is the derivative of `g`, by central difference and, where `g` takes complex
    numbers, by complex step; at a kink it lies between the slopes of both sides.  It is linear in
    `dA`.  Shape and precision are kept; arguments are left alone; the same gives the same again;
    each example is treated by itself; values lie in `image`, and are finite for any finite `Z`
    unless `g` grows as an exponential does; a staged form agrees.  Raises `LawError`.
    """
    require_kind("laws.activation", "g", g, Activation, "such as relu")
    subject = Subject("laws.activation", repr(g))
    return subject.report(_laws(subject, g))


def _value(g: Activation, Z: Array) -> Array:
    return to_numpy(g(unnamed(Z)))


def _pullback(g: Activation, dA: Array, Z: Array, A: Array) -> Array:
    return to_numpy(g.pullback(unnamed(dA), unnamed(Z), unnamed(A)))


def _laws(subject: Subject, g: Activation) -> Iterator[Held]:
    Z, dA = normal(0, UNITS, EXAMPLES, scale=2.5), normal(1, UNITS, EXAMPLES)
    yield from _form(subject, g, Z, dA)
    A = _value(g, Z)
    yield from _one_by_one(subject, g, Z, dA)
    yield from _image(subject, g, Z, A)

    def paired(moved: Array) -> complex:
        return complex((dA * _value(g, moved)).sum())

    dZ = _pullback(g, dA, Z, A)
    yield from derivative(subject, "dZ is the derivative of g", "dZ", dZ, paired, Z, Z=Z, dA=dA)
    yield _at_kinks(subject, g)
    other = normal(2, UNITS, EXAMPLES)
    sums = 2.0 * dZ - 3.0 * _pullback(g, other, Z, A)
    both = _pullback(g, 2.0 * dA - 3.0 * other, Z, A)
    yield subject.agree("dZ is linear in dA", "dZ", both, sums, 1e-11, 1e-3, Z=Z, dA=dA)
    yield from _extremes(subject, g)
    yield staged_activation(subject, g)


def _form(subject: Subject, g: Activation, Z: Array, dA: Array) -> Iterator[Held]:
    """Shape, precision, and purity, in both precisions."""
    for dtype in FLOATS:
        z, da = copies([Z.astype(dtype), dA.astype(dtype)])
        before = dict(zip("ZA", copies([z, z]), strict=True)) | {"dA": da.copy()}
        A = _value(g, z)
        law = "shape and precision are kept"
        yield subject.like(law, "A", A, Z.shape, dtype)
        again = _value(g, z)
        law = "the same gives the same again"
        yield subject.agree(law, "A", again, A, 0.0, Z=z)

        a = A.copy()
        before["A"] = a.copy()
        dZ = _pullback(g, da, z, a)
        law = "shape and precision are kept"
        yield subject.like(law, "dZ", dZ, Z.shape, dtype)
        yield subject.unchanged({"Z": z, "A": a, "dA": da}, before)
        law = "the same gives the same again"
        yield subject.agree(law, "dZ", _pullback(g, da, z, a), dZ, 0.0, Z=z)


def _one_by_one(subject: Subject, g: Activation, Z: Array, dA: Array) -> Iterator[Held]:
    """Each example by itself, and in any order."""
    law = "each example is treated by itself"
    A, places = _value(g, Z), order(3, EXAMPLES)
    dZ = _pullback(g, dA, Z, A)
    yield subject.agree(law, "A", _value(g, Z[:, places]), A[:, places], Z=Z[:, places])
    turned = _pullback(g, dA[:, places], Z[:, places], A[:, places])
    yield subject.agree(law, "dZ", turned, dZ[:, places], Z=Z[:, places])
    alone, first = Z[:, :1], dA[:, :1]
    yield subject.agree(law, "A", _value(g, alone), A[:, :1], Z=alone)
    yield subject.agree(law, "dZ", _pullback(g, first, alone, A[:, :1]), dZ[:, :1], Z=alone)


def _image(subject: Subject, g: Activation, Z: Array, A: Array) -> Iterator[Held]:
    low, high = g.image
    far = extremes(UNITS, EXAMPLES)
    for z, a in ((Z, A), (far, _value(g, far))):
        outside = (a < low) | (a > high)
        at = int(np.argmax(outside))
        came = f"A is {a.flat[at]:.6g} at Z = {z.flat[at]:.6g}"
        expected = f"a number in [{low:g}, {high:g}]"
        yield subject.holds("values lie in the image", not outside.any(), came, expected)


def _at_kinks(subject: Subject, g: Activation) -> Held:
    """At round numbers, where kinks are: between the slopes to the left and to the right."""
    Z = np.stack([np.arange(-6.0, 6.5, 0.5), np.arange(6.0, -6.5, -0.5)])
    ones = np.ones_like(Z)
    left, right = slopes_on_both_sides(lambda z: float(_value(g, z).sum()), Z)
    dZ = _pullback(g, ones, Z, _value(g, Z))

    size = np.abs(left) + np.abs(right)
    room = 1e-5 * size + 1e-6 * float(size.max())
    low, high = np.minimum(left, right), np.maximum(left, right)
    outside = ~((dZ >= low - room) & (dZ <= high + room))
    at = int(np.argmax(outside))
    came = f"dZ is {dZ.flat[at]:.6g} at Z = {Z.flat[at]:g}"
    expected = f"a number from {low.flat[at]:.6g} to {high.flat[at]:.6g}"
    law = "at a kink, dZ lies between the slopes of both sides"
    return subject.holds(law, not outside.any(), came, expected)


def grows_exponentially(g: Activation) -> bool:
    """Whether `g` overflows because of what it is: twice as far out, it has long been squared."""
    near, far = (np.abs(_value(g, np.array([[z, -z]]))).max() for z in (100.0, 200.0))
    return bool(far > 1e9 * near)


def _extremes(subject: Subject, g: Activation) -> Iterator[Held]:
    may_overflow = grows_exponentially(g)
    for dtype in FLOATS:
        Z = extremes(UNITS, EXAMPLES, dtype)
        A = _value(g, Z)
        dZ = _pullback(g, np.ones_like(Z), Z, A)
        beyond = np.isinf(A) & may_overflow
        law = "finite inputs give finite numbers"
        yield subject.finite(law, "A", np.where(beyond, 0.0, A), Z=Z)
        yield subject.finite(law, "dZ", np.where(beyond, 0.0, dZ), Z=Z)
