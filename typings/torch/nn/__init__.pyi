"""The layers of PyTorch that fdnn is compared with."""

from collections.abc import Iterator
from typing import Self

from torch import Tensor, dtype
from torch.nn import functional as functional
from torch.nn import utils as utils

class Parameter(Tensor): ...

class Module:
    def __call__(self, X: Tensor) -> Tensor: ...
    def parameters(self) -> Iterator[Parameter]: ...
    def eval(self) -> Self: ...

class Sequential(Module):
    def __init__(self, *parts: Module) -> None: ...

class Linear(Module):
    weight: Parameter
    bias: Parameter
    def __init__(self, inputs: int, outputs: int, *, dtype: dtype | None = None) -> None: ...

class ReLU(Module): ...
class Sigmoid(Module): ...

class Softmax(Module):
    def __init__(self, dim: int) -> None: ...

class Dropout(Module):
    def __init__(self, p: float = 0.5) -> None: ...

class BatchNorm1d(Module):
    weight: Parameter
    bias: Parameter
    def __init__(
        self, features: int, eps: float = 1e-5, *, track_running_stats: bool = True
    ) -> None: ...

class LayerNorm(Module):
    weight: Parameter
    bias: Parameter
    def __init__(self, features: int, eps: float = 1e-5) -> None: ...

class GELU(Module):
    def __init__(self, approximate: str = "none") -> None: ...
