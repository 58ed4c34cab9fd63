"""Stateless randomness: a key says where in a computation you are, and yields the draws of there.

A generator changes when it is drawn from, so what it gives depends on who drew before.  A key does
not change: it is a seed and a path of whole numbers (the step, the layer ...), and the same key
always gives the same draws.  That is what lets a run be resumed in its middle, bit for bit.
"""

from __future__ import annotations

import operator

import attrs
import numpy as np

from fdnn.errors import ArgumentError, KindError


def whole_number(where: str, argument: str, value: object) -> int:
    """The value as an `int`; refuse what is no whole number from 0 on."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]  # it is the check itself
    except TypeError:
        raise KindError(where, f"{argument} is {value!r}", "a whole number from 0 on") from None
    if isinstance(value, bool) or number < 0:
        raise ArgumentError(where, f"{argument} is {value!r}", "a whole number from 0 on")
    return number


@attrs.frozen
class Key:
    """A seed and a path of whole numbers that leads to one place in a computation.

    Its draws are those of `numpy.random.SeedSequence(seed, spawn_key=path)`, NumPy's own scheme
    for independent streams (Salmon et al. 2011; O'Neill 2015).

    >>> Key(7).at(3, 1)
    Key(seed=7, path=(3, 1))
    >>> first, again = (Key(7).generator().random() for _ in range(2))
    >>> first == again, first == Key(7).at(0).generator().random()
    (True, False)
    """

    seed: int = attrs.field()
    path: tuple[int, ...] = ()

    def __attrs_post_init__(self) -> None:
        whole_number("Key", "seed", self.seed)
        for place in self.path:
            whole_number("Key", "path", place)

    def at(self, *places: int) -> Key:
        """The key of a place further in."""
        return Key(self.seed, self.path + places)

    def generator(self) -> np.random.Generator:
        """A new generator that stands at the beginning of this key's stream."""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=self.path))


def as_key(where: str, rng: Key | int) -> Key:
    """The key that the keyword `rng` means: a key itself, or a whole number as its seed.

    Raises `KindError` for a generator, which cannot be drawn from without changing it.
    """
    if isinstance(rng, Key):
        return rng
    if isinstance(rng, (np.random.Generator, np.random.RandomState)):
        why = "a generator changes when it is drawn from, a key does not"
        raise KindError(where, f"rng is a {type(rng).__name__}", "a Key or a whole number", why)
    return Key(whole_number(where, "rng", rng))
