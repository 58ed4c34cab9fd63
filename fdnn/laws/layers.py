"""The laws of layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from fdnn.errors import FdnnError
from fdnn.guards import require_kind
from fdnn.keys import INFERENCE, Context, Key
from fdnn.laws.derivatives import derivative
from fdnn.laws.report import Held, Report, Subject
from fdnn.laws.samples import FLOATS, KEY, copies, normal, order
from fdnn.laws.staging import staged_layer
from fdnn.matrix import Array, is_blank, to_numpy, unnamed
from fdnn.records import Layer

EXAMPLES = 5
TRAINING = Context(training=True, key=Key(7))
ELSEWHERE = Context(training=True, key=Key(8))
MODES = {"in training": TRAINING, "in inference": INFERENCE}
WITHIN = 1e-11


def layer(kind: Layer[Any, Any], /) -> Report:
    """Hold a kind of layer against its laws, on a layer of it, blank or with numbers.

    In both modes, with one key: every gradient and `dA` are derivatives of the map, by central
    difference and by complex step; shape and precision are kept; arguments are left alone; the same
    gives the same again; `gradient` is that of `backward`.  In inference each example is treated by
    itself; in training their order is irrelevant, unless the layer draws.  `replace` and `over`
    lead back to an equal layer; a fresh one is a function of its key; training over buffers agrees.

    Arrays that do not count in training, such as the statistics of a normalisation, are computed
    and not learned: `calibrated` fills them, and they have no gradient.  Raises `LawError`.
    """
    require_kind("laws.layer", "kind", kind, Layer, "such as dense(pixel, hidden, relu)")
    subject = Subject("laws.layer", repr(kind))
    return subject.report(_laws(subject, kind))


def _laws(subject: Subject, kind: Layer[Any, Any]) -> Iterator[Held]:
    yield from _fresh(subject, kind)
    inputs, _ = kind.axes
    A = normal(70, int(inputs), EXAMPLES)
    given = _with_numbers(kind)
    learned = _learned(given, A)
    ready = _calibrated(_moved(given, learned), A)
    yield from _round_trip(subject, ready)
    for words, context in MODES.items():
        yield from _form(subject, ready, A, context)
        yield from _derivatives(subject, ready, A, words, context, learned)
    yield from _examples(subject, ready, A)
    yield staged_layer(subject, ready)


# ------------------------------------------------------------------------------ a layer to look at


def _arrays(layer: Any) -> list[Array]:
    return [to_numpy(a) for a in layer.arrays]


def _names(layer: Layer[Any, Any]) -> tuple[str, ...]:
    """The names of its arrays; of a layer made of layers, their numbers."""
    names, n = layer.parameter_names, len(layer.arrays)
    return names if len(names) == n else tuple(f" array {i + 1}" for i in range(n))


def _over(layer: Layer[Any, Any], arrays: Sequence[Array]) -> Layer[Any, Any]:
    return layer.over([unnamed(a) for a in arrays])


def _with_numbers(kind: Layer[Any, Any]) -> Layer[Any, Any]:
    """The layer in float64, with numbers of its own or else drawn ones."""
    fresh = kind.initialized(KEY) if any(map(is_blank, kind.arrays)) else kind
    arrays = [
        normal(71 + i, *a.shape) if is_blank(a) else to_numpy(a).astype("float64")
        for i, a in enumerate(fresh.arrays)
    ]
    return _over(fresh, arrays)


def _calibrated(layer: Layer[Any, Any], A: Array) -> Layer[Any, Any]:
    calibrated: Any = getattr(layer, "calibrated", None)
    return layer if calibrated is None else calibrated([unnamed(A.copy())])


def _forward(layer: Layer[Any, Any], A: Array, context: Context) -> Array:
    """`Z`, of a copy of `A`: whether the layer writes to it is another matter."""
    return to_numpy(layer.forward(unnamed(A.copy()), context)[0])


def _learned(layer: Layer[Any, Any], A: Array) -> list[bool]:
    """Which arrays count in training."""
    Z, arrays = _forward(layer, A, TRAINING), _arrays(layer)
    return [
        not np.array_equal(Z, _forward(_over(layer, _with(arrays, i, a + 0.1)), A, TRAINING))
        for i, a in enumerate(arrays)
    ]


def _with(arrays: Sequence[Array], place: int, array: Array) -> list[Array]:
    return [array if i == place else a for i, a in enumerate(arrays)]


def _moved(layer: Layer[Any, Any], learned: Sequence[bool]) -> Layer[Any, Any]:
    """Off the start, where a gain is 1 and a shift is 0."""
    arrays = _arrays(layer)
    moved = [
        a + normal(80 + i, *a.shape, scale=0.3) if counts else a
        for i, (a, counts) in enumerate(zip(arrays, learned, strict=True))
    ]
    return _over(layer, moved)


# ------------------------------------------------------------------------------------- the laws


def _fresh(subject: Subject, kind: Layer[Any, Any]) -> Iterator[Held]:
    law = "a fresh layer is a function of its key"
    first, again = (_arrays(kind.initialized(KEY)) for _ in range(2))
    for came, expected, blank in zip(again, first, kind.arrays, strict=True):
        yield subject.agree(law, "a number", came, expected, 0.0)
        came_shape = f"an array has shape {expected.shape}"
        yield subject.holds(law, expected.shape == blank.shape, came_shape, str(blank.shape))


def _round_trip(subject: Subject, layer: Layer[Any, Any]) -> Iterator[Held]:
    law = "replace and over lead back to an equal layer"
    for name, way in (("replace", layer.replace), ("over", layer.over)):
        try:
            back = way(layer.arrays)
        except (FdnnError, TypeError) as error:
            raise subject.broken(f"{name} raises {error!r}", "an equal layer", law) from error
        yield subject.holds(law, back == layer, f"{name} gives {back!r}", "an equal layer")
        other = way([unnamed(a + 1.0) for a in _arrays(layer)])
        differs = other != layer or not layer.arrays
        yield subject.holds(law, differs, f"{name} of other arrays is equal", "another layer")


def _form(subject: Subject, layer: Layer[Any, Any], A: Array, context: Context) -> Iterator[Held]:
    """Shape, precision and purity, in both precisions."""
    inputs, outputs = layer.axes
    for dtype in FLOATS:
        own, (a,) = copies(x.astype(dtype) for x in _arrays(layer)), copies([A.astype(dtype)])
        (dZ,) = copies([normal(90, int(outputs), EXAMPLES).astype(dtype)])
        names = [*_names(layer), "A", "dZ"]
        arguments = dict(zip(names, [*own, a, dZ], strict=True))
        before = {name: array.copy() for name, array in arguments.items()}
        written = _over(layer, own)
        Z, cache = written.forward(unnamed(a), context)
        gradient, dA = cache.backward(unnamed(dZ))
        alone = cache.gradient(unnamed(dZ))

        law = "shape and precision are kept"
        yield subject.like(law, "Z", Z, (int(outputs), EXAMPLES), dtype)
        yield subject.like(law, "dA", dA, (int(inputs), EXAMPLES), dtype)
        for name, array, d in zip(_names(layer), own, _arrays(gradient), strict=True):
            yield subject.like(law, f"d{name}", d, array.shape, dtype)
        yield subject.unchanged(arguments, before)

        law = "gradient is that of backward"
        for name, x, y in zip(names, _arrays(alone), _arrays(gradient), strict=False):
            yield subject.agree(law, f"d{name}", x, y, 1e-4 if dtype == "float32" else WITHIN)
        law = "the same gives the same again"
        again, cache = written.forward(unnamed(a), context)
        yield subject.agree(law, "Z", to_numpy(again), to_numpy(Z), 0.0)
        yield subject.agree(law, "dA", to_numpy(cache.backward(unnamed(dZ))[1]), to_numpy(dA), 0.0)


def _derivatives(
    subject: Subject,
    layer: Layer[Any, Any],
    A: Array,
    words: str,
    context: Context,
    learned: Sequence[bool],
) -> Iterator[Held]:
    arrays, names = _arrays(layer), _names(layer)
    Z, cache = layer.forward(unnamed(A), context)
    dZ = normal(91, *Z.shape)
    gradient, dA = cache.backward(unnamed(dZ))

    def paired(moved: Layer[Any, Any], a: Array) -> complex:
        return complex((dZ * _forward(moved, a, context)).sum())

    law = f"dA is the derivative by A, {words}"
    yield from derivative(subject, law, "dA", to_numpy(dA), lambda a: paired(layer, a), A, A=A)

    for i, d in enumerate(_arrays(gradient)):
        if not learned[i] and not d.any():
            continue

        def along(array: Array, i: int = i) -> complex:
            return paired(_over(layer, _with(arrays, i, array)), A)

        quantity = f"d{names[i]}"
        law = f"{quantity} is the derivative by {names[i]}, {words}"
        at = {names[i]: arrays[i]}
        yield from derivative(subject, law, quantity, d, along, arrays[i], True, **at)


def _examples(subject: Subject, layer: Layer[Any, Any], A: Array) -> Iterator[Held]:
    law = "in inference, each example is treated by itself"
    places = order(92, EXAMPLES)
    Z = _forward(layer, A, INFERENCE)
    yield subject.agree(law, "Z", _forward(layer, A[:, places], INFERENCE), Z[:, places], WITHIN)
    yield subject.agree(law, "Z", _forward(layer, A[:, :1], INFERENCE), Z[:, :1], WITHIN)

    Z = _forward(layer, A, TRAINING)
    if np.array_equal(Z, _forward(layer, A, ELSEWHERE)):
        law = "in training, the order of the examples is irrelevant"
        turned = _forward(layer, A[:, places], TRAINING)
        yield subject.agree(law, "Z", turned, Z[:, places], WITHIN)
        dZ = normal(93, *Z.shape)
        _, cache = layer.forward(unnamed(A), TRAINING)
        gradient, dA = cache.backward(unnamed(dZ))
        _, cache = layer.forward(unnamed(A[:, places]), TRAINING)
        same, turned_dA = cache.backward(unnamed(dZ[:, places]))
        due = to_numpy(dA)[:, places]
        yield subject.agree(law, "dA", to_numpy(turned_dA), due, WITHIN)
        for name, x, y in zip(_names(layer), _arrays(same), _arrays(gradient), strict=True):
            yield subject.agree(law, f"d{name}", x, y, WITHIN)
