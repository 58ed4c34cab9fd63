"""A kind of the user's own of every sort, each held against its laws."""

from typing import ClassVar, assert_type

import attrs
import numpy as np

from fdnn import (
    ONE,
    Activation,
    Cache,
    Context,
    Cost,
    DataError,
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
    from_numpy,
    initialize,
    laws,
    tanh,
    to_numpy,
)
from fdnn.axes import Axes, C, F, In, M, Out, R
from fdnn.laws import Held, LawError, Report
from fdnn.matrix import exp, log, log1p, maximum, ones, sum_columns, sum_rows
from tests.typing.scene import Cat, Hidden, Pixel, cat, hidden, pixel


@attrs.frozen
class Gaussian(Activation):
    """`g(z) = e^(-z^2)`."""

    name = "gaussian"
    image = (0.0, 1.0)

    def __call__(self, Z: Matrix[R, C], /) -> Matrix[R, C]:
        return exp(-(Z * Z))

    def pullback(self, dA: Matrix[R, C], Z: Matrix[R, C], A: Matrix[R, C], /) -> Matrix[R, C]:
        return dA * A * Z * -2.0


@attrs.frozen
class SignCrossEntropy(Cost):
    """`L = -sum_i log((1 + y_i a_i) / 2)`; labels are -1 and 1, and the link is tanh."""

    name: ClassVar[str] = "sign cross-entropy"
    link: ClassVar[Activation | None] = tanh
    domain: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def losses(self, A: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        return -sum_rows(log((Y * A + 1.0) / 2.0))

    def derivative(self, A: Matrix[R, C], Y: Matrix[R, C], /) -> Matrix[R, C]:
        return -Y / (Y * A + 1.0)

    def losses_from_logits(self, Z: Matrix[Out, M], Y: Matrix[Out, M], /) -> Matrix[One, M]:
        return sum_rows(maximum(Y * Z * -2.0, 0.0) + log1p(exp(-maximum(Y * Z, -Y * Z) * 2.0)))

    def require_labels(self, where: str, Y: Matrix[Out, M], /) -> None:
        if (abs(to_numpy(Y)) != 1.0).any():
            raise DataError(where, "Y holds other labels", "-1 and 1", self.name)


@attrs.frozen
class Uniform(Initializer):
    """`W ~ U(-r, r)`, `r = 1 / sqrt(n_in)`."""

    name = "uniform"

    def __call__(self, key: Key, outputs: Dim[Out], inputs: Dim[In], /) -> Matrix[Out, In]:
        r = float(inputs) ** -0.5
        return from_numpy(key.generator().uniform(-r, r, (outputs, inputs)), outputs, inputs)


@attrs.frozen
class SignDescent(Optimizer):
    """`W := W - rate * sign(dW)`."""

    rate: float
    name = "sign_descent"

    def init(self, params: Params[*Axes], /) -> OptimizerState[*Axes]:
        return OptimizerState(params.architecture)

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        return grads.with_vector(-self.rate * np.sign(grads.vector)), state.next()


@attrs.frozen
class Gain(Layer[F, F]):
    """`Z = s * A`: each feature times its own number."""

    axis: Dim[F]
    s: Matrix[F, One]

    @property
    def axes(self) -> tuple[Dim[F], Dim[F]]:
        return self.axis, self.axis

    def forward(self, A: Matrix[F, M], context: Context, /) -> tuple[Matrix[F, M], Cache[F, F, M]]:
        return A * self.s, GainCache(A, self)


@attrs.frozen(eq=False, repr=False)
class GainCache(Cache[F, F, M]):
    """What `Gain` leaves for the way back."""

    A: Matrix[F, M]
    layer: Gain[F]

    def backward(self, dZ: Matrix[F, M], /) -> tuple[Gain[F], Matrix[F, M]]:
        return attrs.evolve(self.layer, s=sum_columns(dZ * self.A)), dZ * self.layer.s


def worst_error(A: Matrix[Out, M], Y: Matrix[Out, M]) -> float:
    """`max_ij |a_ij - y_ij|`."""
    return float(abs(to_numpy(A) - to_numpy(Y)).max())


report = laws.check(Gaussian())
assert_type(report, Report)
assert_type(report.laws, tuple[Held, ...])
assert issubclass(LawError, AssertionError)

laws.cost(SignCrossEntropy(), refuses=[np.array([[0.0, 1.0]])])
laws.initializer(Uniform(), deviation=lambda _outputs, inputs: (3.0 * inputs) ** -0.5)
laws.check(SignDescent(0.01))
laws.check(Gain(hidden, ones(hidden, ONE)))
laws.check(worst_error)

net = dense(pixel, hidden, Gaussian(), Uniform()) >> dense(hidden, cat, tanh)
learner = Learner(SignCrossEntropy(), SignDescent(0.01))
assert_type(learner.start(initialize(net, rng=0)), State[Pixel, Hidden, Cat])
