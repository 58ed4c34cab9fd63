"""How PyTorch clips gradients."""

from collections.abc import Iterable

from torch import Tensor
from torch.nn import Parameter

def clip_grad_norm_(parameters: Iterable[Parameter], max_norm: float) -> Tensor: ...
def clip_grad_value_(parameters: Iterable[Parameter], clip_value: float) -> None: ...
