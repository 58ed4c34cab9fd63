"""The optimizers of PyTorch that fdnn is compared with."""

from collections.abc import Iterable

from torch.nn import Parameter

class Optimizer:
    def __init__(
        self,
        params: Iterable[Parameter],
        lr: float = 0.001,
        *,
        foreach: bool | None = None,
        fused: bool | None = None,
    ) -> None: ...
    def step(self) -> None: ...
    def zero_grad(self, set_to_none: bool = True) -> None: ...

class SGD(Optimizer): ...
class Adam(Optimizer): ...
