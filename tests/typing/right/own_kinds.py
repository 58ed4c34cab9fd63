"""A kind of layer, an activation, a cost, an optimizer and an initialiser of the user's own."""

import math
from typing import ClassVar, assert_type

import attrs
import numpy as np

from fdnn import (
    Activation,
    Architecture,
    Batch,
    Cache,
    Context,
    Cost,
    Dense,
    Dim,
    Grads,
    Initializer,
    Key,
    Layer,
    Learner,
    Matrix,
    One,
    Optimizer,
    OptimizerState,
    Params,
    State,
    dense,
    identity,
    initialize,
    params_of,
    run,
)
from fdnn.axes import Axes, C, F, In, M, Out, R
from fdnn.matrix import exp, log1p, maximum, sum_columns, sum_rows, unchecked, where, zeros
from tests.typing.scene import (
    Affine,
    Cat,
    Hidden,
    Pixel,
    X,
    Y,
    affine,
    cat,
    hidden,
    own_layer,
    pixel,
)


@attrs.frozen
class Softplus(Activation):
    """`g(z) = log(1 + e^z)`."""

    name: ClassVar[str] = "softplus"
    image: ClassVar[tuple[float, float]] = (0.0, math.inf)

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return maximum(Z, 0.0) + log1p(exp(-maximum(Z, -Z)))

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        """`dZ = dA / (1 + e^-z)`."""
        return dA * (1.0 - exp(-A))


@attrs.frozen
class Shift(Layer[F, F]):
    """`Z = A + c`, a layer that keeps its axis."""

    features: Dim[F]
    c: Matrix[F, One]

    @property
    def axes(self) -> tuple[Dim[F], Dim[F]]:
        return self.features, self.features

    def forward(
        self, A: Matrix[F, M], _context: Context, /
    ) -> tuple[Matrix[F, M], "ShiftCache[F, M]"]:
        return A + self.c, ShiftCache(self)


@attrs.frozen(eq=False)
class ShiftCache(Cache[F, F, M]):
    """What `Shift` leaves for the way back: itself."""

    layer: Shift[F]

    def backward(self, dZ: Matrix[F, M], /) -> tuple[Shift[F], Matrix[F, M]]:
        return attrs.evolve(self.layer, c=sum_columns(dZ)), dZ


@attrs.frozen
class Huber(Cost):
    """`L = sum_i h(a_i - y_i)`: quadratic near zero, linear beyond one."""

    name: ClassVar[str] = "huber"

    def losses(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        D = A - Y
        size = maximum(D, -D)
        return sum_rows(where(size > 1.0, size - 0.5, D * D * 0.5))

    def derivative(self, A: Matrix[R, C], Y: Matrix[R, C], /) -> Matrix[R, C]:
        D = A - Y
        return D / maximum(maximum(D, -D), 1.0)

    def require_labels(self, where: str, Y: Matrix[Out, M], /) -> None:
        """Every number is a label."""


@attrs.frozen
class SignDescent(Optimizer):
    """`W := W - rate * dW / |dW|`, for the whole vector at once."""

    rate: float
    name: ClassVar[str] = "sign_descent"

    def init(self, params: Params[*Axes], /) -> OptimizerState[*Axes]:
        return OptimizerState(params.architecture)

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        length = float(np.linalg.norm(grads.vector))
        return -self.rate / length * grads, state.next()


@attrs.frozen
class Small(Initializer):
    """`W ~ U(0, 0.1)`."""

    name: ClassVar[str] = "small"

    def __call__(self, key: Key, outputs: Dim[Out], inputs: Dim[In], /) -> Matrix[Out, In]:
        return unchecked(key.generator().random((outputs, inputs)) * 0.1, outputs, inputs)


layer = dense(pixel, hidden, Softplus(), Small())
assert_type(layer, Dense[Pixel, Hidden])
assert_type(own_layer, Affine[Pixel, Hidden])
assert_type(own_layer >> dense(hidden, cat), Architecture[Pixel, Hidden, Cat])
assert_type(params_of(affine), Params[Pixel, Hidden])

shift = Shift(hidden, zeros(hidden, Dim[One](1)))
assert_type(params_of(affine) >> shift, Params[Pixel, Hidden, Hidden])

net = layer >> dense(hidden, cat, identity)
learner = Learner(Huber(), SignDescent(0.01))
start = learner.start(initialize(net, rng=0))
assert_type(start, State[Pixel, Hidden, Cat])
assert_type(run(learner.step(net)(Batch(X, Y)), start, 2), State[Pixel, Hidden, Cat])
