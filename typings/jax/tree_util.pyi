"""Trees of arrays: what JAX calls a tuple, a list or a dictionary of them."""

from collections.abc import Callable
from typing import TypeVar

from jax import Array

_Tree = TypeVar("_Tree")

def tree_map(function: Callable[..., Array], tree: _Tree, /, *rest: _Tree) -> _Tree: ...
