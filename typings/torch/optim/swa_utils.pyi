"""The averages of parameters in PyTorch."""

from collections.abc import Callable
from typing import Any

from torch.nn import Module

class AveragedModel(Module):
    def __init__(
        self, model: Module, *, multi_avg_fn: Callable[..., Any] | None = None
    ) -> None: ...
    def update_parameters(self, model: Module) -> None: ...

def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable[..., Any]: ...
