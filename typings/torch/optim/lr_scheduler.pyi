"""The schedule of PyTorch that fdnn is compared with."""

from torch.optim import Optimizer

class ExponentialLR:
    def __init__(self, optimizer: Optimizer, gamma: float) -> None: ...
    def step(self) -> None: ...
