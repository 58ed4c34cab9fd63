"""The optimizers of PyTorch that fdnn is compared with."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from torch import Tensor
from torch.nn import Parameter
from torch.optim import lr_scheduler as lr_scheduler
from torch.optim import swa_utils as swa_utils

_Params: TypeAlias = Iterable[Parameter] | Iterable[dict[str, Any]]

class Optimizer:
    param_groups: list[dict[str, Any]]
    state: dict[Tensor, dict[str, Any]]
    def __init__(self, params: _Params, defaults: dict[str, Any]) -> None: ...
    def step(self, closure: None = None) -> None: ...
    def zero_grad(self, set_to_none: bool = True) -> None: ...

class SGD(Optimizer):
    def __init__(
        self,
        params: _Params,
        lr: float = 0.001,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        foreach: bool | None = None,
        fused: bool | None = None,
    ) -> None: ...

class Adagrad(Optimizer):
    def __init__(
        self,
        params: _Params,
        lr: float = 0.01,
        *,
        eps: float = 1e-10,
        foreach: bool | None = None,
        fused: bool | None = None,
    ) -> None: ...

class RMSprop(Optimizer):
    def __init__(
        self,
        params: _Params,
        lr: float = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        *,
        foreach: bool | None = None,
    ) -> None: ...

class Adam(Optimizer):
    def __init__(
        self,
        params: _Params,
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        *,
        foreach: bool | None = None,
        fused: bool | None = None,
    ) -> None: ...

class AdamW(Adam): ...

class NAdam(Optimizer):
    def __init__(
        self,
        params: _Params,
        lr: float = 0.002,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        *,
        momentum_decay: float = 0.004,
        foreach: bool | None = None,
    ) -> None: ...

class LBFGS(Optimizer):
    def __init__(
        self,
        params: _Params,
        lr: float = 1,
        max_iter: int = 20,
        *,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
    ) -> None: ...
    def step(self, closure: Callable[[], Tensor]) -> Tensor: ...  # type: ignore[override]  # it calls
