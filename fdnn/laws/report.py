"""What a check says: a report of the laws that hold and how closely, or the one that does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import attrs
import numpy as np

from fdnn.errors import FdnnError
from fdnn.matrix import Array

EXACT = 1e-12
"""Rounding alone, in float64: what is done in another order agrees so closely."""


class LawError(FdnnError, AssertionError):
    """A kind breaks a law: which, at which input, what came, and what was expected.

    >>> print(LawError("laws.activation", "Half(): dZ is 0.5 at Z = 3", "1", "it is the slope"))
    laws.activation: Half(): dZ is 0.5 at Z = 3, expected 1: it is the slope
    """


@attrs.frozen
class Held:
    """One law that holds: how far off it was at the worst, relatively, and how far it may be.

    `within` is 0 where the law holds or not, with nothing between.
    """

    law: str
    error: float = 0.0
    within: float = 0.0

    def __str__(self) -> str:
        return f"{self.law}: {self.error:.1e}" if self.within else self.law


@attrs.frozen(repr=False)
class Report:
    """The laws that a kind was found to keep; `print` shows each, and how closely it holds."""

    kind: str
    laws: tuple[Held, ...]

    def __str__(self) -> str:
        return "\n  ".join([f"{self.kind} keeps {len(self.laws)} laws", *map(str, self.laws)])

    def __repr__(self) -> str:
        return f"Report({self.kind} keeps {len(self.laws)} laws)"


@attrs.frozen
class Subject:
    """A kind that is being checked: who asks, and how the kind prints."""

    where: str
    name: str

    def report(self, laws: Iterable[Held]) -> Report:
        """Check the laws one after the other, up to the first that does not hold.

        What overflows on purpose, at the extremes, makes no noise.
        """
        held: dict[str, Held] = {}
        try:
            with np.errstate(all="ignore"):
                for found in laws:
                    known = held.get(found.law, found)
                    held[found.law] = found if found.error >= known.error else known
        except FdnnError:
            raise
        except Exception as error:  # a kind of the user's own may raise anything
            came = f"it raised {type(error).__name__}: {error}"
            raise self.broken(came, "what its kind has to give", "a kind raises nothing") from error
        return Report(self.name, tuple(held.values()))

    def broken(self, came: str, expected: str, law: str) -> LawError:
        """The error for a law that does not hold."""
        return LawError(self.where, f"{self.name}: {came}", expected, law)

    def holds(self, law: str, it_does: object, came: str, expected: str) -> Held:
        """A law with nothing between right and wrong."""
        if not it_does:
            raise self.broken(came, expected, law)
        return Held(law)

    def like(self, law: str, quantity: str, came: Any, shape: tuple[int, ...], dtype: Any) -> Held:
        """A law about shape and precision."""
        self.of_kind(law, quantity, came, np.ndarray)
        if came.shape != shape or came.dtype != dtype:
            words = f"{quantity} is {came.dtype} {came.shape}"
            raise self.broken(words, f"{np.dtype(dtype)} {shape}", law)
        return Held(law)

    def of_kind(self, law: str, quantity: str, came: object, kind: type) -> Held:
        """A law about what something is."""
        if not isinstance(came, kind):
            words = f"{quantity} is of kind {type(came).__name__}"
            raise self.broken(words, kind.__name__, law)
        return Held(law)

    def agree(
        self,
        law: str,
        quantity: str,
        came: Array,
        expected: Array,
        within: float = EXACT,
        floor: float = 0.0,
        **at: Array,
    ) -> Held:
        """A law about numbers: `|came - expected|` relative to `|expected|`, at the worst place.

        `floor` is what rounding alone can make of a zero; `at` are the inputs that stand at the
        same places.
        """
        came, expected = np.asarray(came), np.asarray(expected)
        if came.shape != expected.shape:
            raise self.broken(f"{quantity} has shape {came.shape}", f"{expected.shape}", law)
        size = np.abs(expected[np.isfinite(expected)])
        scale = np.abs(expected) + 1e-3 * float(size.max(initial=0.0)) + floor
        error = np.abs(came - expected) / np.where(scale > 0.0, scale, 1.0)
        error = np.where((came == expected) | (np.isnan(came) & np.isnan(expected)), 0.0, error)
        worst = int(np.argmax(np.where(np.isnan(error), np.inf, error))) if error.size else 0
        if error.size and not error.flat[worst] <= within:
            given, due = apart(came.flat[worst], expected.flat[worst])
            raise self.broken(f"{quantity} is {given}{_at(at, worst)}", due, law)
        return Held(law, float(error.flat[worst]) if error.size else 0.0, within)

    def unchanged(self, arguments: Mapping[str, Array], before: Mapping[str, Array]) -> Held:
        """The law that a kind leaves its arguments alone."""
        law = "arguments are left alone"
        for name, array in arguments.items():
            if array.tobytes() != before[name].tobytes():
                place = np.argmax(array.ravel() != before[name].ravel())
                given, due = apart(array.flat[place], before[name].flat[place])
                raise self.broken(f"{name} is {given} after the call", f"{due}, as before", law)
        return Held(law)

    def finite(self, law: str, quantity: str, came: Array, **at: Array) -> Held:
        """A law about numbers that must exist."""
        bad = ~np.isfinite(came)
        if bad.any():
            worst = int(np.argmax(bad))
            where = _at(at, worst)
            raise self.broken(f"{quantity} is {came.flat[worst]}{where}", "a finite number", law)
        return Held(law)


def apart(came: Any, expected: Any) -> tuple[str, str]:
    """Two numbers in words, with as many digits as tell them apart.

    >>> apart(0.50050001, 0.5)
    ('0.5005', '0.5')
    """
    pairs = ((f"{came:.{n}g}", f"{expected:.{n}g}") for n in (6, 9, 12, 17))
    return next(chain((p for p in pairs if p[0] != p[1]), [(str(came), str(expected))]))


def _at(at: Mapping[str, Array], place: int) -> str:
    """The inputs at the place, in words."""
    words = [f"{name} = {array.flat[place]:.6g}" for name, array in at.items()]
    return f" at {', '.join(words)}" if words else ""
