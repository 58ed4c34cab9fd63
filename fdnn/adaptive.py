"""Adaptive optimizers, which give each parameter a step of its own: all operations elementwise."""

from __future__ import annotations

from typing import ClassVar

import attrs
import numpy as np

from fdnn.axes import Axes
from fdnn.guards import fraction, not_negative, positive, real
from fdnn.matrix import Array, freeze
from fdnn.optimizers import Optimizer, OptimizerState, known_moments, start_with
from fdnn.records import Grads, Params
from fdnn.schedules import Schedule, as_rate, valid_rate


def _moved(
    grads: Grads[*Axes], state: OptimizerState[*Axes], update: Array, *moments: Array
) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
    """The update and the moments, as the records that they are."""
    kept = [grads.with_vector(freeze(moment)) for moment in moments]
    return grads.with_vector(freeze(update)), state.next(*kept)


@attrs.frozen
class AdaGrad(Optimizer):
    """`v := v + dW^2`, `W := W - rate * dW / (sqrt(v) + epsilon)` (Duchi, Hazan & Singer 2011)."""

    rate: float | Schedule = attrs.field(default=0.01, converter=as_rate, validator=valid_rate)
    epsilon: float = attrs.field(default=1e-10, converter=real, validator=positive)
    name: ClassVar[str] = "adagrad"

    def init(self, params: Params[*Axes], /) -> OptimizerState[*Axes]:
        return start_with(1, params)

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        (v,) = (moment.vector for moment in known_moments("AdaGrad", grads, state, params, 1))
        g, rate = grads.vector, self.rate_at(state.count)

        v = v + g * g
        update = -rate * g / (np.sqrt(v) + self.epsilon)

        return _moved(grads, state, update, v)


@attrs.frozen
class RMSProp(Optimizer):
    """`v := beta * v + (1 - beta) * dW^2`, `W := W - rate * dW / (sqrt(v) + epsilon)`.

    Hinton 2012 (*Neural Networks for Machine Learning*, lecture 6); PyTorch's defaults.
    """

    rate: float | Schedule = attrs.field(default=0.01, converter=as_rate, validator=valid_rate)
    beta: float = attrs.field(default=0.99, converter=real, validator=fraction)
    epsilon: float = attrs.field(default=1e-8, converter=real, validator=positive)
    name: ClassVar[str] = "rmsprop"

    def init(self, params: Params[*Axes], /) -> OptimizerState[*Axes]:
        return start_with(1, params)

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        (v,) = (moment.vector for moment in known_moments("RMSProp", grads, state, params, 1))
        g, rate = grads.vector, self.rate_at(state.count)

        v = self.beta * v + (1.0 - self.beta) * (g * g)
        update = -rate * g / (np.sqrt(v) + self.epsilon)

        return _moved(grads, state, update, v)


@attrs.frozen
class Adam(Optimizer):
    """Adaptive moments (Kingma & Ba 2015, algorithm 1).

    m := beta1 * m + (1 - beta1) * dW        v := beta2 * v + (1 - beta2) * dW^2
    W := W - rate * m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)
    """

    rate: float | Schedule = attrs.field(default=0.001, converter=as_rate, validator=valid_rate)
    beta1: float = attrs.field(default=0.9, converter=real, validator=fraction)
    beta2: float = attrs.field(default=0.999, converter=real, validator=fraction)
    epsilon: float = attrs.field(default=1e-8, converter=real, validator=positive)
    name: ClassVar[str] = "adam"

    def init(self, params: Params[*Axes], /) -> OptimizerState[*Axes]:
        return start_with(2, params)

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        m, v = (moment.vector for moment in known_moments("Adam", grads, state, params, 2))
        g, t, rate = grads.vector, state.count + 1, self.rate_at(state.count)

        m = self.beta1 * m + (1.0 - self.beta1) * g
        v = self.beta2 * v + (1.0 - self.beta2) * (g * g)
        m_unbiased = m / (1.0 - self.beta1**t)
        v_unbiased = v / (1.0 - self.beta2**t)
        update = -rate * m_unbiased / (np.sqrt(v_unbiased) + self.epsilon)

        return _moved(grads, state, update, m, v)


@attrs.frozen
class AdamW(Optimizer):
    """Adam, whose weights decay apart from the gradient (Loshchilov & Hutter 2019).

    `W := W - rate * decay * W` beside the update of Adam; biases, gains and shifts do not decay
    (`Architecture.weights`).
    """

    rate: float | Schedule = attrs.field(default=0.001, converter=as_rate, validator=valid_rate)
    decay: float = attrs.field(default=0.01, converter=real, validator=not_negative)
    beta1: float = attrs.field(default=0.9, converter=real, validator=fraction)
    beta2: float = attrs.field(default=0.999, converter=real, validator=fraction)
    epsilon: float = attrs.field(default=1e-8, converter=real, validator=positive)
    name: ClassVar[str] = "adamw"

    @property
    def adam(self) -> Adam:
        """The same without decay."""
        return Adam(self.rate, self.beta1, self.beta2, self.epsilon)

    def init(self, params: Params[*Axes], /) -> OptimizerState[*Axes]:
        return start_with(2, params)

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        known_moments("AdamW", grads, state, params, 2)
        updates, after = self.adam.update(grads, state, params)
        share = self.rate_at(state.count) * self.decay

        return updates - share * params.weights, after


@attrs.frozen
class NAdam(Optimizer):
    """Adam that looks ahead, as Nesterov's (Dozat 2016; optax's form, with one beta1 for all t).

    m and v as Adam's, and in place of `m / (1 - beta1^t)`

    beta1 * m / (1 - beta1^(t + 1)) + (1 - beta1) * dW / (1 - beta1^t)
    """

    rate: float | Schedule = attrs.field(default=0.001, converter=as_rate, validator=valid_rate)
    beta1: float = attrs.field(default=0.9, converter=real, validator=fraction)
    beta2: float = attrs.field(default=0.999, converter=real, validator=fraction)
    epsilon: float = attrs.field(default=1e-8, converter=real, validator=positive)
    name: ClassVar[str] = "nadam"

    def init(self, params: Params[*Axes], /) -> OptimizerState[*Axes]:
        return start_with(2, params)

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        m, v = (moment.vector for moment in known_moments("NAdam", grads, state, params, 2))
        g, t, rate = grads.vector, state.count + 1, self.rate_at(state.count)
        beta1, beta2 = self.beta1, self.beta2

        m = beta1 * m + (1.0 - beta1) * g
        v = beta2 * v + (1.0 - beta2) * (g * g)
        ahead = beta1 / (1.0 - beta1 ** (t + 1)) * m + (1.0 - beta1) / (1.0 - beta1**t) * g
        v_unbiased = v / (1.0 - beta2**t)
        update = -rate * ahead / (np.sqrt(v_unbiased) + self.epsilon)

        return _moved(grads, state, update, m, v)


@attrs.frozen
class Lion(Optimizer):
    """Steps of one size, by the sign of the evolved moment (Chen et al. 2023, algorithm 2).

    W := W - rate * sign(beta1 * m + (1 - beta1) * dW)        m := beta2 * m + (1 - beta2) * dW

    Its decay is `Decayed(Lion(...), decay)`.
    """

    rate: float | Schedule = attrs.field(default=1e-4, converter=as_rate, validator=valid_rate)
    beta1: float = attrs.field(default=0.9, converter=real, validator=fraction)
    beta2: float = attrs.field(default=0.99, converter=real, validator=fraction)
    name: ClassVar[str] = "lion"

    def init(self, params: Params[*Axes], /) -> OptimizerState[*Axes]:
        return start_with(1, params)

    def update(
        self, grads: Grads[*Axes], state: OptimizerState[*Axes], params: Params[*Axes], /
    ) -> tuple[Grads[*Axes], OptimizerState[*Axes]]:
        (m,) = (moment.vector for moment in known_moments("Lion", grads, state, params, 1))
        g, rate = grads.vector, self.rate_at(state.count)

        update = -rate * np.sign(self.beta1 * m + (1.0 - self.beta1) * g)
        m = self.beta2 * m + (1.0 - self.beta2) * g

        return _moved(grads, state, update, m)
