"""The one thing beside its input that a layer is told: is this training, and where are we."""

from __future__ import annotations

import attrs
import numpy as np

from fdnn.axes import C, R
from fdnn.errors import ArgumentError
from fdnn.guards import require_kind
from fdnn.keys import Key
from fdnn.matrix import Matrix, size_of, to_numpy, unchecked


@attrs.frozen
class Context:
    """The mode, and the key of the place: nothing else enters a layer, and nothing else leaves it.

    `training` is false unless said otherwise: a network that is only used draws nothing.
    """

    training: bool = False
    key: Key | None = None

    def __attrs_post_init__(self) -> None:
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
