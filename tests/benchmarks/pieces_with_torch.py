"""The pieces of training as users of PyTorch write them: examples are rows.

Layers, optimizers, modifiers and regularisers of fdnn are turned into what PyTorch has for the same
mathematics.  It has no Lion, which is written here as its users do; its NAdam has one `beta1` for
all steps with a large `momentum_decay`, and its batch normalisation no running averages without
`track_running_stats`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from fdnn import (
    L1,
    L2,
    LBFGS,
    AdaGrad,
    Adam,
    AdamW,
    Averaged,
    Batch,
    BatchNorm,
    ClippedByNorm,
    ClippedByValue,
    Decayed,
    Dense,
    Dropout,
    Elastic,
    ExponentialDecay,
    GradientDescent,
    Layer,
    LayerNorm,
    Learner,
    Lion,
    Matrix,
    MaxNorm,
    Momentum,
    NAdam,
    Nesterov,
    Optimizer,
    Params,
    Regularizer,
    Residual,
    RMSProp,
    to_numpy,
)
from fdnn.modifiers import parts_of
from tests.benchmarks import machine

if TYPE_CHECKING:
    import torch
    from torch import nn

ACTIVATIONS = {
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "elu": "ELU",
    "selu": "SELU",
    "softplus": "Softplus",
    "softsign": "Softsign",
    "silu": "SiLU",
    "gelu": "GELU",
    "gelu_tanh": "GELU",
    "hard_sigmoid": "Hardsigmoid",
    "hard_tanh": "Hardtanh",
    "hard_swish": "Hardswish",
}
"""The modules of PyTorch by fdnn's names; those of the defaults that both have in common."""


def training(
    params: Params[*tuple[Any, ...]], learner: Learner, batch: Batch[Any, Any, Any], fused: bool
) -> Callable[[], float]:
    """One call is a step, and returns the cost that it found."""
    import torch

    torch.set_num_threads(machine.threads())
    model = chained(params.layers)
    parameters = [*model.parameters()]
    cost = cost_of(model, batch, learner.regularizer)
    clip, after = around(learner.optimizer, model)
    optimizer = optimizer_of(learner.optimizer, parameters, fused)
    schedule = schedule_of(learner.optimizer, optimizer)

    def gradient() -> torch.Tensor:
        optimizer.zero_grad()
        loss = cost()
        loss.backward()
        return loss

    if isinstance(optimizer, torch.optim.LBFGS):
        return lambda: optimizer.step(gradient).item()

    def step() -> float:
        loss = gradient()
        for each in clip:
            each()
        optimizer.step()
        for each in after:
            each()
        if schedule is not None:
            schedule.step()
        return loss.item()

    return step


# ---------------------------------------------------------------------------------------- the model


def chained(layers: tuple[Layer[Any, Any], ...]) -> nn.Sequential:
    """Layers up to the logits, with their parameters."""
    from torch import nn

    parts: list[nn.Module] = []
    for layer in layers:
        parts.append(module_of(layer))
        name: str = layer.activation.name
        if name == "gelu_tanh":
            parts.append(nn.GELU(approximate="tanh"))
        elif name in ACTIVATIONS:
            parts.append(getattr(nn, ACTIVATIONS[name])())
    return nn.Sequential(*parts)


def module_of(layer: Layer[Any, Any]) -> nn.Module:
    """The map of a layer, with its parameters."""
    from torch import nn

    if isinstance(layer, Dense):
        return loaded(nn.Linear(*map(int, layer.axes)), layer.W, layer.b)
    features = int(layer.axes[0])
    if isinstance(layer, Dropout):
        return nn.Dropout(layer.rate)
    if isinstance(layer, BatchNorm):
        norm = nn.BatchNorm1d(features, layer.epsilon, track_running_stats=False)
        return loaded(norm, layer.gain, layer.shift)
    if isinstance(layer, LayerNorm):
        return loaded(nn.LayerNorm(features, layer.epsilon), layer.gain, layer.shift)
    assert isinstance(layer, Residual)

    inner = chained(layer.layers)

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.block = inner

        def forward(self, A: torch.Tensor) -> torch.Tensor:
            return A + self.block(A)

    return Block()


def loaded(
    module: nn.Linear | nn.BatchNorm1d | nn.LayerNorm,
    weight: Matrix[Any, Any],
    bias: Matrix[Any, Any],
) -> nn.Module:
    """The module with these parameters."""
    import torch

    with torch.no_grad():
        for parameter, given in ((module.weight, weight), (module.bias, bias)):
            array = np.array(to_numpy(given)).reshape(parameter.shape)
            parameter.copy_(torch.from_numpy(array))
    return module


def cost_of(
    model: nn.Sequential, batch: Batch[Any, Any, Any], regularizer: Regularizer | None
) -> Callable[[], torch.Tensor]:
    """Cross-entropy from the logits, weighted if the examples have weights, and the penalty."""
    import torch
    from torch.nn import functional

    X = torch.from_numpy(np.ascontiguousarray(to_numpy(batch.X).T))
    labels = torch.from_numpy(to_numpy(batch.Y).argmax(axis=0))
    matrices = [parameter for parameter in model.parameters() if parameter.dim() == 2]

    def plain() -> torch.Tensor:
        return functional.cross_entropy(model(X), labels)

    if batch.weights is not None:
        weights = torch.from_numpy(np.array(to_numpy(batch.weights)[0]))

        def weighted() -> torch.Tensor:
            losses = functional.cross_entropy(model(X), labels, reduction="none")
            return (losses * weights).mean()

        return weighted
    if regularizer is None:
        return plain

    l1 = regularizer.strength if isinstance(regularizer, L1) else 0.0
    l2 = regularizer.strength if isinstance(regularizer, L2) else 0.0
    if isinstance(regularizer, Elastic):
        l1, l2 = regularizer.l1, regularizer.l2

    def penalised() -> torch.Tensor:
        loss = plain()
        for W in matrices:
            if l1 > 0.0:
                loss = loss + l1 * W.abs().sum()
            if l2 > 0.0:
                loss = loss + 0.5 * l2 * W.square().sum()
        return loss

    return penalised


# ------------------------------------------------------------------------------------ the optimizer


def optimizer_of(
    optimizer: Optimizer, parameters: list[nn.Parameter], fused: bool
) -> torch.optim.Optimizer:
    """PyTorch's optimizer, as it is by itself or fused; weights decay, and nothing else does."""
    from torch import optim

    *modifiers, inner = parts_of(optimizer)
    decay = sum(each.decay for each in modifiers if isinstance(each, Decayed))
    if isinstance(inner, AdamW):
        decay = inner.decay
    groups: Any = parameters
    if decay > 0.0:
        weights = [parameter for parameter in parameters if parameter.dim() == 2]
        others = [parameter for parameter in parameters if parameter.dim() != 2]
        groups = [
            {"params": weights, "weight_decay": decay},
            {"params": others, "weight_decay": 0.0},
        ]
    rate = getattr(inner, "rate", 0.0)
    lr: float = rate.rate if isinstance(rate, ExponentialDecay) else rate
    how: dict[str, Any] = {"fused": True} if fused else {}

    match inner:
        case GradientDescent():
            return optim.SGD(groups, lr, **how)
        case Momentum(beta=beta):
            return optim.SGD(groups, lr, momentum=beta, **how)
        case Nesterov(beta=beta):
            return optim.SGD(groups, lr, momentum=beta, nesterov=True, **how)
        case AdaGrad(epsilon=eps):
            return optim.Adagrad(groups, lr, eps=eps, **how)
        case RMSProp(beta=beta, epsilon=eps):
            return optim.RMSprop(groups, lr, alpha=beta, eps=eps)
        case Adam(beta1=beta1, beta2=beta2, epsilon=eps):
            return optim.Adam(groups, lr, (beta1, beta2), eps, **how)
        case AdamW(beta1=beta1, beta2=beta2, epsilon=eps):
            return optim.AdamW(groups, lr, (beta1, beta2), eps, **how)
        case NAdam(beta1=beta1, beta2=beta2, epsilon=eps):
            return optim.NAdam(groups, lr, (beta1, beta2), eps, momentum_decay=1e6)
        case LBFGS(history=history):
            none: dict[str, Any] = {"tolerance_grad": 0.0, "tolerance_change": 0.0}  # go on
            return optim.LBFGS(groups, lr, 1, history_size=history, **none)
        case Lion(beta1=beta1, beta2=beta2):
            return lion(groups, lr, beta1, beta2)
        case _:
            raise TypeError(inner)


def has_fused(optimizer: Optimizer) -> bool:
    """Whether PyTorch has a fused form of it."""
    *_, inner = parts_of(optimizer)
    return isinstance(inner, (GradientDescent, Momentum, Nesterov, AdaGrad, Adam, AdamW))


def lion(
    parameters: list[nn.Parameter], lr: float, beta1: float, beta2: float
) -> torch.optim.Optimizer:
    """Lion as its authors write it for PyTorch, without decay."""
    import torch

    class LionOfItsAuthors(torch.optim.Optimizer):
        def __init__(self) -> None:
            super().__init__(parameters, {"lr": lr})

        @torch.no_grad()
        def step(self, closure: None = None) -> None:
            assert closure is None
            for group in self.param_groups:
                for p in group["params"]:
                    state = self.state[p]
                    if not state:
                        state["exp_avg"] = torch.zeros_like(p)
                    exp_avg = state["exp_avg"]
                    update = exp_avg * beta1 + p.grad * (1.0 - beta1)
                    p.add_(update.sign_(), alpha=-group["lr"])
                    exp_avg.mul_(beta2).add_(p.grad, alpha=1.0 - beta2)

    return LionOfItsAuthors()


def schedule_of(optimizer: Optimizer, given: torch.optim.Optimizer) -> Any:
    """The schedule of the rate, if there is one."""
    from torch.optim.lr_scheduler import ExponentialLR

    rate = getattr(optimizer, "rate", None)
    return ExponentialLR(given, rate.factor) if isinstance(rate, ExponentialDecay) else None


Calls = list[Callable[[], object]]


def around(optimizer: Optimizer, model: nn.Module) -> tuple[Calls, Calls]:
    """What comes before the update, and what after it."""
    import torch
    from torch.nn.utils import clip_grad_norm_, clip_grad_value_
    from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

    parameters = [*model.parameters()]
    matrices = [parameter for parameter in parameters if parameter.dim() == 2]

    @torch.no_grad()
    def shorten(norm: float) -> None:
        for W in matrices:
            W.copy_(torch.renorm(W, p=2, dim=0, maxnorm=norm))

    clip: Calls = []
    after: Calls = []
    for part in parts_of(optimizer):
        match part:
            case ClippedByNorm(norm=norm):
                clip.append(partial(clip_grad_norm_, parameters, norm))
            case ClippedByValue(limit=limit):
                clip.append(partial(clip_grad_value_, parameters, limit))
            case MaxNorm(norm=norm):
                after.append(partial(shorten, norm))
            case Averaged(beta=beta):
                average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(beta))
                after.append(partial(average.update_parameters, model))
            case _:
                pass
    return clip, after
