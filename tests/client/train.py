"""A program outside the library: its own activation and layer, and a typed training loop."""

from itertools import islice
from typing import ClassVar, assert_type

import attrs
import numpy as np

import fdnn
from fdnn import Activation, Cache, Context, Dim, Layer, Matrix, One
from fdnn.axes import C, F, M, R
from fdnn.matrix import ones, sum_columns


class Pixel: ...


class Hidden: ...


class Cat: ...


@attrs.frozen
class Square(Activation):
    """`g(z) = z^2`."""

    name: ClassVar[str] = "square"

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return Z * Z

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        """`dZ = dA * 2 Z`."""
        return dA * Z * 2.0


@attrs.frozen
class Scale(Layer[F, F]):
    """`Z = s * A`: every unit has a factor of its own."""

    features: Dim[F]
    s: Matrix[F, One]

    @property
    def axes(self) -> tuple[Dim[F], Dim[F]]:
        return self.features, self.features

    def forward(
        self, A: Matrix[F, M], _context: Context, /
    ) -> tuple[Matrix[F, M], "ScaleCache[F, M]"]:
        return A * self.s, ScaleCache(A, self)


@attrs.frozen(eq=False)
class ScaleCache(Cache[F, F, M]):
    """What `Scale` leaves for the way back."""

    A: Matrix[F, M]
    layer: Scale[F]

    def backward(self, dZ: Matrix[F, M], /) -> tuple[Scale[F], Matrix[F, M]]:
        """`ds = sum_j dZ_j A_j` and `dA = s * dZ`."""
        return attrs.evolve(self.layer, s=sum_columns(dZ * self.A)), dZ * self.layer.s


def main() -> None:
    """Train, and print the first cost and the last."""
    pixel, hidden, cat = Dim[Pixel](6), Dim[Hidden](4), Dim[Cat](1)

    x = np.random.default_rng(0).standard_normal((40, 6))
    y = (np.sum(x * x, axis=1) > 5.0).astype(float)
    batch = fdnn.batch_from_rows(x, y, pixel, cat)

    first = fdnn.initialize(fdnn.dense(pixel, hidden, Square()), rng=0).layers[0]
    last = fdnn.initialize(fdnn.dense(hidden, cat, fdnn.sigmoid), rng=1).layers[0]
    scale = Scale(hidden, ones(hidden, fdnn.ONE))
    assert_type(fdnn.params_of(scale), fdnn.Params[Hidden, Hidden])
    params: fdnn.Params[Pixel, Hidden, Hidden, Cat] = fdnn.params_of(first) >> scale >> last

    learner = fdnn.Learner(fdnn.binary_cross_entropy, fdnn.Adam(0.05))
    train = fdnn.iterate(learner.step(params)(batch))
    costs = [state.cost for state in islice(train(learner.start(params)), 1, 60)]

    print(f"{costs[0]:.3f} {costs[-1]:.3f}")


if __name__ == "__main__":
    main()
