"""Stateless randomness: a key says where in a computation you are, and yields the draws of there.

A `Context` carries the key to the layers, and with it whether this is training.

A generator changes when it is drawn from, so what it gives depends on who drew before.  A key does
not change: it is a seed and a path of whole numbers (the step, the layer ...), and the same key
always gives the same draws.  That is what lets a run be resumed in its middle, bit for bit.
"""

from __future__ import annotations

from numbers import Integral

import attrs
import numpy as np

from fdnn.axes import C, R
from fdnn.errors import ArgumentError, KindError
from fdnn.guards import require_kind
from fdnn.matrix import Matrix, size_of, to_numpy, unchecked


def whole_number(where: str, argument: str, value: object, least: int = 0) -> int:
    """The value as an `int`; refuse what is no whole number from `least` on."""
    came, expected = f"{argument} is {value!r}", f"a whole number from {least} on"
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise KindError(where, came, expected)
    if value < least:
        raise ArgumentError(where, came, expected)
    return int(value)


@attrs.frozen(order=False)
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

    seed: int
    path: tuple[int, ...] = ()

    def __attrs_post_init__(self) -> None:
        whole_number("Key", "seed", self.seed)
        path = tuple(whole_number("Key", "path", place) for place in self.path)
        object.__setattr__(self, "path", path)

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


@attrs.frozen(order=False)
class Context:
    """The one thing beside its input that a layer is told: the mode, and the key of the place.

    `training` is false unless said otherwise: a network that is only used draws nothing.
    """

    training: bool = False
    key: Key | None = None

    def __attrs_post_init__(self) -> None:
        require_kind("Context", "training", self.training, bool)
        if self.key is not None:
            require_kind("Context", "key", self.key, Key, "Key(0), for one")

    def at(self, place: int) -> Context:
        """The context of a place further in, such as one of the layers."""
        return self if self.key is None else Context(self.training, self.key.at(place))

    def generator(self) -> np.random.Generator:
        """The generator of this place; `ArgumentError` where the context has no key."""
        if self.key is None:
            why = "a layer that draws numbers in training needs one"
            raise ArgumentError("Context", "key is None", "a key, Context(True, Key(0))", why)
        return self.key.generator()

    def uniform(self, like: Matrix[R, C], /) -> Matrix[R, C]:
        """The draws of this place from [0, 1), as many and as precise as the numbers of `like`."""
        size, is_single = size_of(like), to_numpy(like).itemsize == 4
        drawn = self.generator().random(size, "float32" if is_single else "float64")
        return unchecked(drawn, *size)


INFERENCE = Context()
