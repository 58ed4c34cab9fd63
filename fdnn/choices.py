"""Names that people write, against those that there are."""

from __future__ import annotations

from collections.abc import Iterable

from fdnn.errors import ArgumentError


def choice(where: str, argument: str, given: object, known: Iterable[str]) -> ArgumentError:
    """The error for a name that is not among the known ones; suggests the nearest."""
    from difflib import get_close_matches

    names = sorted(known)
    near = get_close_matches(str(given), names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else ""
    return ArgumentError(where, f"{argument} is {given!r}", f"one of {', '.join(names)}", hint)
