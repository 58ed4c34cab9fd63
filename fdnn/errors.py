"""What fdnn raises: one sentence, *where: what came, expected what was expected: why*.

Every error keeps the facts of its sentence as attributes, and is also an error of Python's own
family (`ShapeError` is a `ValueError`), so that general code can catch it without knowing fdnn.
"""

from __future__ import annotations


class FdnnError(Exception):
    """Bad input, in one sentence.

    Attributes
    ----------
    where: the function or record that refused, as the user wrote it.
    came: the argument and what it was.
    expected: what it should have been.
    why: where the expectation comes from; may be empty.

    >>> print(ShapeError("forward", "X has shape (64, 5)", "(Pixel=3, m)", "Pixel is 3 in layer 1"))
    forward: X has shape (64, 5), expected (Pixel=3, m): Pixel is 3 in layer 1
    """

    def __init__(self, where: str, came: str, expected: str, why: str = "") -> None:
        super().__init__(where, came, expected, why)
        self.where = where
        self.came = came
        self.expected = expected
        self.why = why

    def __str__(self) -> str:
        reason = f": {self.why}" if self.why else ""
        return f"{self.where}: {self.came}, expected {self.expected}{reason}"


class ShapeError(FdnnError, ValueError):
    """An array has the wrong number of axes, or an axis of the wrong size."""


class AxisError(ShapeError):
    """An axis has the right size but belongs to something else: its name differs."""


class DtypeError(FdnnError, TypeError):
    """The numbers of an array are of the wrong kind: integers, or another precision."""


class DataError(FdnnError, ValueError):
    """The numbers themselves are unusable: NaN, infinite, or labels that are no labels."""


class ArgumentError(FdnnError, ValueError):
    """A setting is outside its range, or names something that does not exist."""


class KindError(FdnnError, TypeError):
    """A value is of the wrong kind, such as an architecture where parameters are due."""


class FileError(FdnnError, ValueError):
    """A file is missing, unreadable, damaged, or does not hold what it should."""


class MissingExtraError(FdnnError, ImportError):
    """An optional package is not installed; the sentence names the extra that brings it."""


def with_article(kind: str) -> str:
    """The name of a class as a sentence has it: a Batch, an Architecture, but Params and Grads."""
    if kind in ("Params", "Grads"):
        return kind
    return f"{'an' if kind[0].lower() in 'aeiou' else 'a'} {kind}"


def missing_extra(where: str, package: str, extra: str) -> MissingExtraError:
    """The error for an optional package that is not installed."""
    came = f"{package} is not installed"
    return MissingExtraError(where, came, "it to be", f"pip install 'fdnn[{extra}]'")


class Misfit(Exception):  # noqa: N818  # it never comes to light
    """A kind of the user's gave what does not fit: the equations are left to say so, in words."""
