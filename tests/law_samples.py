"""One of every kind that fdnn has, found by looking, with the settings it cannot do without."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import attrs

import fdnn
from fdnn import (
    Activation,
    Adam,
    Cost,
    Dim,
    Initializer,
    Layer,
    Optimizer,
    dense,
    from_numpy,
    names,
    transforms,
)
from fdnn.laws.samples import normal
from fdnn.regularizers import Regularizer
from fdnn.transforms import Transform
from tests.strategies import public

mistyped: Any = fdnn
n = Dim[Any](4)
KINDS = (Activation, Cost, Initializer, Layer, Optimizer, Regularizer, Transform)
SCHEDULE: Any = getattr(fdnn, "Schedule", None)

SETTINGS: Mapping[str, Any] = {
    "rate": 0.1,
    "decay": 0.01,
    "every": 3,
    "factor": 0.9,
    "steps": 10,
    "strength": 0.1,
    "l1": 0.1,
    "l2": 0.2,
    "norm": 1.0,
    "limit": 0.5,
    "beta": 0.9,
    "optimizer": Adam(0.1),
}
"""By the names of fields that have no default."""


def whole(kind: str) -> Any:
    """One of a kind of schedule that is made of others."""
    first, second = mistyped.Warmup(0.1, 5), mistyped.Constant(0.1)
    return {
        "Joined": lambda: mistyped.Joined((first, second), (5,)),
        "Scaled": lambda: mistyped.Scaled(first, 0.5),
    }[kind]()


MADE: Mapping[str, Callable[[], Any]] = {
    "Chain": lambda: transforms.fit(["center", "standardize"], sample_of_inputs()),
    "Standardize": lambda: transforms.fit(["standardize"], sample_of_inputs()),
    "Dense": lambda: dense(n, Dim[Any](3), fdnn.relu),
    "Dropout": lambda: mistyped.dropout(n, 0.4),
    "BatchNorm": lambda: mistyped.batch_norm(n, fdnn.tanh),
    "LayerNorm": lambda: mistyped.layer_norm(n),
    "Residual": lambda: mistyped.residual(n)(
        dense(n, Dim[Any](3), fdnn.tanh) >> dense(Dim[Any](3), n)
    ),
    "Joined": partial(whole, "Joined"),
    "Scaled": partial(whole, "Scaled"),
}
"""By the names of kinds that are made in another way."""

METRICS: Mapping[str, Mapping[str, Any]] = {"top_k": {"k": 2}}
"""What a metric wants beside outputs and labels."""


def sample_of_inputs() -> Any:
    return from_numpy(normal(0, 4, 6), n, Dim[Any](6))


def made(kind: type) -> Any:
    """One of a kind; LookupError where no table says how to make it."""
    if kind.__name__ in MADE:
        return MADE[kind.__name__]()
    needed = [
        field.name for field in attrs.fields(kind) if field.init and field.default is attrs.NOTHING
    ]
    missing = [name for name in needed if name not in SETTINGS]
    if missing:
        raise LookupError(f"no sample for {', '.join(missing)} of {kind.__name__}")
    return kind(**{name: SETTINGS[name] for name in needed})


def classes() -> Iterator[type]:
    """Every concrete kind of the library, wherever it is."""
    families = (*KINDS, SCHEDULE) if SCHEDULE is not None else KINDS
    for found in pkgutil.walk_packages(fdnn.__path__, "fdnn."):
        if found.name.split(".")[1] in {"__main__", "command", "course", "bindings", "laws"}:
            continue
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            is_kind = inspect.isclass(value) and issubclass(value, families)
            is_own = getattr(value, "__module__", "") == module.__name__
            if is_kind and is_own and not inspect.isabstract(value) and not name.startswith("_"):
                yield value


def metrics() -> Iterator[tuple[str, Any]]:
    """Every function of outputs and labels that fdnn exports."""
    for name, value in public():
        if inspect.isfunction(value) and [*inspect.signature(value).parameters][:2] == ["A", "Y"]:
            yield name, partial(value, **METRICS[name]) if name in METRICS else value


def everything() -> dict[str, Any]:
    """All kinds, by name: those exported, those in the tables of names, and one of every class."""
    exported = {
        name: value
        for name, value in public()
        if isinstance(value, KINDS) and not name.startswith("_")
    }
    named = {**names.ACTIVATIONS, **names.COSTS, **names.INITIALIZERS}
    optimizers = {name: kind(0.1) for name, kind in names.OPTIMIZERS.items()}
    of_classes = {kind.__name__: made(kind) for kind in classes()}
    found: dict[str, Any] = {}
    for name, kind in {**exported, **named, **optimizers, **of_classes, **dict(metrics())}.items():
        if not any(kind == known for known in found.values()):
            found[name] = kind
    return found
