"""The laws of transforms."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fdnn.guards import require_kind
from fdnn.laws.report import Held, Report, Subject
from fdnn.laws.samples import FLOATS, copies, normal, order
from fdnn.matrix import Array, to_numpy, unnamed
from fdnn.transforms import Invertible, Transform

INPUTS, EXAMPLES = 4, 6
UNDONE = 1e-9
"""So far may come back from where it was, in its largest numbers: more than rounding."""


def transform(kind: Transform, /) -> Report:
    """Hold a transform, fitted or one that needs no fitting, against its laws.

    Shape and precision are kept; each example is treated by itself, whatever stands beside it; the
    same gives the same again; numbers stay finite and arguments are left alone.  Raises `LawError`.
    """
    require_kind("laws.transform", "kind", kind, Transform, "such as center")
    subject = Subject("laws.transform", repr(kind))
    return subject.report(_laws(subject, kind))


def _applied(kind: Transform, X: Array) -> Array:
    return to_numpy(kind.apply(unnamed(X)))


def _laws(subject: Subject, kind: Transform) -> Iterator[Held]:
    X = normal(110, kind.inputs or INPUTS, EXAMPLES, scale=3.0)
    for dtype in FLOATS:
        (x,) = copies([X.astype(dtype)])
        came, again = _applied(kind, x), _applied(kind, x)
        yield subject.like("shape and precision are kept", "what it gives", came, x.shape, dtype)
        yield subject.unchanged({"X": x}, {"X": X.astype(dtype)})
        law = "the same gives the same again"
        yield subject.agree(law, "what it gives", again, came, 0.0, X=x)
        yield subject.finite("what it gives is finite", "what it gives", came, X=x)

    if isinstance(kind, Invertible):
        law = "what was applied can be undone"
        came = to_numpy(kind.inverse(unnamed(_applied(kind, X))))
        yield subject.agree(law, "what comes back", came, X, UNDONE)

    law, places = "each example is treated by itself", order(111, EXAMPLES)
    given = _applied(kind, X)
    turned = _applied(kind, X[:, places])
    yield subject.agree(law, "what it gives", turned, given[:, places], X=X[:, places])
    for j in range(EXAMPLES):
        alone = np.ascontiguousarray(X[:, j : j + 1])
        yield subject.agree(
            law, "what it gives", _applied(kind, alone), given[:, j : j + 1], X=alone
        )
