"""What can be asked for by name: activations, initialisers, costs, optimizers and schedules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from fdnn.activations import (
    Activation,
    elu,
    exponential,
    gelu,
    gelu_tanh,
    hard_sigmoid,
    hard_swish,
    hard_tanh,
    identity,
    leaky_relu,
    relu,
    selu,
    sigmoid,
    silu,
    softmax,
    softplus,
    softsign,
    tanh,
)
from fdnn.adaptive import AdaGrad, Adam, AdamW, Lion, NAdam, RMSProp
from fdnn.choices import choice
from fdnn.costs import (
    Cost,
    absolute_error,
    binary_cross_entropy,
    binary_focal,
    categorical_cross_entropy,
    categorical_focal,
    hinge,
    huber,
    kl_divergence,
    poisson,
    squared_error,
)
from fdnn.initializers import Initializer, all_zeros, glorot, he, lecun, orthogonal, scaled_normal
from fdnn.lbfgs import LBFGS
from fdnn.optimizers import GradientDescent, Momentum, Nesterov, Optimizer
from fdnn.schedules import (
    Constant,
    Cosine,
    ExponentialDecay,
    InverseTime,
    OneCycle,
    Polynomial,
    Schedule,
    StepDecay,
    Warmup,
)

ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {
        g.name: g
        for g in (
            *(identity, relu, leaky_relu, elu, selu, softplus, silu, gelu, gelu_tanh, hard_swish),
            *(sigmoid, hard_sigmoid, tanh, hard_tanh, softsign, exponential, softmax),
        )
    }
)

INITIALIZERS: Mapping[str, Initializer] = MappingProxyType(
    {draw.name: draw for draw in (he, glorot, lecun, orthogonal, scaled_normal, all_zeros)}
)

COSTS: Mapping[str, Cost] = MappingProxyType(
    {
        "binary_cross_entropy": binary_cross_entropy,
        "categorical_cross_entropy": categorical_cross_entropy,
        "squared_error": squared_error,
        "absolute_error": absolute_error,
        "huber": huber,
        "poisson": poisson,
        "hinge": hinge,
        "binary_focal": binary_focal,
        "categorical_focal": categorical_focal,
        "kl_divergence": kl_divergence,
    }
)

OPTIMIZERS: Mapping[str, Callable[[float | Schedule], Optimizer]] = MappingProxyType(
    {
        GradientDescent.name: GradientDescent,
        Momentum.name: Momentum,
        Nesterov.name: Nesterov,
        AdaGrad.name: AdaGrad,
        RMSProp.name: RMSProp,
        Adam.name: Adam,
        AdamW.name: AdamW,
        NAdam.name: NAdam,
        Lion.name: Lion,
        LBFGS.name: LBFGS,
    }
)
"""The kinds of optimizer; each wants a rate."""

SCHEDULES: Mapping[str, type[Schedule]] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            *(Constant, StepDecay, ExponentialDecay, InverseTime),
            *(Cosine, Polynomial, Warmup, OneCycle),
        )
    }
)
"""The kinds of schedule; each has settings of its own."""


def activation_named(name: str) -> Activation:
    """The activation of that name; `ArgumentError` lists the known ones."""
    if name not in ACTIVATIONS:
        raise choice("activation_named", "name", name, ACTIVATIONS)
    return ACTIVATIONS[name]


def initializer_named(name: str) -> Initializer:
    """The initialiser of that name; `ArgumentError` lists the known ones."""
    if name not in INITIALIZERS:
        raise choice("initializer_named", "name", name, INITIALIZERS)
    return INITIALIZERS[name]


def cost_named(name: str) -> Cost:
    """The cost of that name; `ArgumentError` lists the known ones."""
    if name not in COSTS:
        raise choice("cost_named", "name", name, COSTS)
    return COSTS[name]


def optimizer_named(name: str, rate: float | Schedule) -> Optimizer:
    """The optimizer of that name with that rate; `ArgumentError` lists the known ones."""
    if name not in OPTIMIZERS:
        raise choice("optimizer_named", "name", name, OPTIMIZERS)
    return OPTIMIZERS[name](rate)
