"""What one step of a stream does, counted: products, passes over arrays, Python, and bytes.

    python -m tests.operations

It prints the counts of every case, which are the same on every machine and however busy it is.
Arrays are counted by a class of arrays that enters what is done to it into a ledger; while a stream
is staged, NumPy makes those in the place of its own.  Python is counted by its own trace of calls
and lines, and bytes by tracemalloc, both over NumPy's own arrays.
"""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from types import FrameType, MappingProxyType
from typing import Any, Literal
from unittest.mock import patch

import attrs
import numpy as np

from fdnn import (
    Adam,
    Dim,
    GradientDescent,
    Learner,
    Momentum,
    Optimizer,
    Predictor,
    batch_from_columns,
    binary_cross_entropy,
    categorical_cross_entropy,
    from_numpy,
    initialize,
    iterate,
    mlp,
    relu,
    sigmoid,
    softmax,
)

WARM_UP = 3
"""Steps before the one that is counted: by then everything has been staged."""

EXAMPLES = 8
"""Mini-batches are drawn from so many times their size of examples."""

# ---------------------------------------------------------------------------------------- the cases


@attrs.frozen
class Case:
    """A step: hidden layers of relu; one output is a sigmoid, several a softmax."""

    sizes: tuple[int, ...]
    m: int
    optimizer: Optimizer = GradientDescent(0.01)  # noqa: RUF009  # it is frozen
    by_minibatches: bool = False
    span: bool = False
    predicts: bool = False

    @property
    def layers(self) -> int:
        """How many layers there are, L."""
        return len(self.sizes) - 1

    @property
    def parameters(self) -> int:
        """How many numbers `W` and `b` of all layers are."""
        return sum((before + 1) * after for before, after in pairwise(self.sizes))

    @property
    def multiplications(self) -> int:
        """How many the products of a step have: `Z`, `[dW | db]`, and `dA` but of the inputs."""
        first = (self.sizes[0] + 1) * self.sizes[1]
        return self.m * (3 * self.parameters - first)

    @property
    def hidden(self) -> int:
        """How many numbers the activations of the hidden layers are."""
        return self.m * sum(self.sizes[1:-1])

    @property
    def outputs(self) -> int:
        """How many numbers the last layer gives."""
        return self.m * self.sizes[-1]


ALIKE = {
    f"{len(sizes) - 1} layers": Case(sizes, 64)
    for sizes in ((200, 300, 10), (400, 200, 250, 10), (100, 300, 260, 280, 10))
}
"""Networks with the same outputs, none of whose arrays is small."""

CHAINS = {f"chain of {L}": Case((64,) * L + (10,), 8) for L in (8, 16, 32)}
"""Networks that differ in nothing but the number of their layers."""

OPTIMIZERS = {
    optimizer.name: Case(ALIKE["3 layers"].sizes, 64, optimizer)
    for optimizer in (GradientDescent(0.01), Momentum(0.01), Adam())
}

SPANS = {f"span, {n} inputs": Case((n, 20, 7, 1), 30, span=True) for n in (1024, 4096)}

CASES: Mapping[str, Case] = MappingProxyType(
    {
        **ALIKE,
        **CHAINS,
        **OPTIMIZERS,
        **SPANS,
        "tiny": Case((2, 8, 8, 1), 64),
        "mini-batches": Case((200, 100, 10), 512, by_minibatches=True),
        "prediction": Case((784, 256, 128, 10), 1, predicts=True),
    }
)

# ------------------------------------------------------------------------------------- the counting


@attrs.frozen
class Counts:
    """What one step does.

    `products` are the products of matrices and `multiplications` the numbers multiplied in them;
    `passes` are all other operations on arrays, and `elements` the numbers they go over; `made` are
    the numbers in new arrays.  `calls`
    are those of Python's functions, `lines` the lines they execute, and `checks` the calls among
    them of what checks an argument or a record.  `allocated` are the bytes at the peak of a step,
    over those before it, where every state is kept; `grown` where none is.
    """

    products: int
    multiplications: int
    passes: int
    elements: int
    made: int
    calls: int
    lines: int
    checks: int
    allocated: int
    grown: int


class Ledger:
    """The operations on arrays, as they happen."""

    def __init__(self) -> None:
        self.products: list[int] = []
        self.passes: list[int] = []
        self.made: list[int] = []

    def clear(self) -> None:
        """Begin anew."""
        for entries in (self.products, self.passes, self.made):
            entries.clear()

    def enter(self, *arrays: Any) -> None:
        """A pass over arrays, the largest of which says over how many numbers."""
        self.passes.append(max(int(np.size(plain(array))) for array in arrays))

    def enter_product(self, a: Any, b: Any) -> None:
        """A product of matrices; that of two vectors is a pass over them."""
        if np.ndim(plain(a)) < 2:
            self.enter(a, b)
        else:
            self.products.append(int(a.size * b.size // a.shape[-1]))


LEDGER = Ledger()


class Counted(np.ndarray[Any, Any]):
    """An array that enters into the ledger what is done to it; its views are like it."""

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: tuple[Any, ...] = (), **options: Any
    ) -> Any:
        if ufunc is np.matmul:
            LEDGER.enter_product(*inputs)
        else:
            LEDGER.enter(*inputs, *out)
        if out:
            options["out"] = tuple(plain(out))
        result = getattr(ufunc, method)(*map(plain, inputs), **options)
        return out[0] if out else counted(result)

    def __array_function__(self, function: Any, _types: Any, arguments: Any, options: Any) -> Any:
        given = {name: plain(value) for name, value in options.items()}
        result = function(*map(plain, arguments), **given)
        LEDGER.enter(arguments[0] if result is None else result)
        return options["out"] if "out" in options else counted(result)

    def __setitem__(self, at: Any, value: Any) -> None:
        array = plain(self)
        LEDGER.enter(array[at])
        array[at] = plain(value)


def _dot(self: Any, other: Any, out: Any = None) -> Any:
    LEDGER.enter_product(self, other)
    result = np.ndarray.dot(plain(self), plain(other), plain(out))
    return counted(result) if out is None else out


def _pass_of(name: str) -> Callable[..., Any]:
    real = getattr(np.ndarray, name)

    def method(self: Any, *arguments: Any, **options: Any) -> Any:
        LEDGER.enter(self)
        return counted(real(plain(self), *arguments, **options))

    return method


# Set, and not written in the class, because nobody could repeat NumPy's overloads for mypy.
_PASSES = {name: _pass_of(name) for name in ("copy", "astype", "fill", "tobytes", "take", "tolist")}
for _name, _method in {**_PASSES, "dot": _dot}.items():
    setattr(Counted, _name, _method)


def plain(value: Any) -> Any:
    """The same array as one of NumPy's own, or such arrays in a sequence; all else as it is."""
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.view(np.ndarray) if isinstance(value, Counted) else value


def counted(value: Any) -> Any:
    """A new array that is counted, with the same numbers; what is no array as it is."""
    if not isinstance(value, np.ndarray):
        return value
    order: Literal["C", "F"] = "C" if value.flags.c_contiguous else "F"
    array: Any = np.ndarray.__new__(Counted, value.shape, value.dtype, order=order)
    plain(array)[...] = plain(value)
    LEDGER.made.append(array.size)
    return array


@contextmanager
def counting() -> Iterator[None]:
    """While this lasts, NumPy makes arrays that are counted."""
    with ExitStack() as stack:
        for name in ("empty", "ones", "zeros", "empty_like", "ones_like", "zeros_like"):
            stack.enter_context(patch.object(np, name, _making(getattr(np, name))))
        yield


def _making(make: Callable[..., Any]) -> Callable[..., Any]:
    def made(*arguments: Any, **options: Any) -> Any:
        array = make(*map(plain, arguments), **options)
        if not make.__name__.startswith("empty"):
            LEDGER.enter(array)
        return counted(array)

    return made


# ---------------------------------------------------------------------------------------- measuring


def work_of(case: Case) -> Callable[[], object]:
    """What is counted, prepared: one call is one step of a stream, or one prediction."""
    rng = np.random.default_rng(0)
    inputs, outputs = case.sizes[0], case.sizes[-1]
    M = EXAMPLES * case.m if case.by_minibatches else case.m
    X = rng.standard_normal((inputs, M))
    labels = rng.integers(max(2, outputs), size=M)
    Y = labels[np.newaxis] if outputs == 1 else np.arange(outputs)[:, np.newaxis] == labels
    params = initialize(mlp(case.sizes, relu, sigmoid if outputs == 1 else softmax), rng=0)
    if case.predicts:
        predict, x = Predictor(params), from_numpy(X, Dim[Any](inputs), Dim[Any](M))
        return lambda: predict(x)

    learner = Learner(
        binary_cross_entropy if outputs == 1 else categorical_cross_entropy, case.optimizer
    )
    batch = batch_from_columns(X, Y.astype(X.dtype), Dim[Any](inputs), Dim[Any](outputs))
    size = case.m if case.by_minibatches else None
    states = iterate(learner.step(params)(batch, size=size, span=case.span))(learner.start(params))
    next(states)
    return lambda: next(states)


def warmed_up(work: Callable[[], object]) -> Callable[[], object]:
    """The same, after a few calls."""
    for _ in range(WARM_UP):
        work()
    return work


def traced(work: Callable[[], object]) -> tuple[int, int, int]:
    """Calls of Python's functions, lines and checks in one call.

    A comprehension is a function of its own in some versions of Python, and is not counted.
    """
    names: list[str] = []
    lines = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal lines
        if event == "call":
            names.append(frame.f_code.co_name)
        elif event == "line":
            lines += 1
        return trace

    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(None)
    names = [name for name in names[1:] if name == "<lambda>" or not name.startswith("<")]
    return len(names), lines, sum(map(is_check, names))


def is_check(name: str) -> bool:
    """Whether a function of this name checks an argument or a record."""
    checks = ("require", "admit", "__attrs_post_init__", "whole_number", "positive", "fraction")
    return name.lstrip("_").startswith(tuple(check.lstrip("_") for check in checks))


def peak(work: Callable[[], object], keep: int) -> int:
    """The bytes at the peak of one call, over those before it, with so many results kept."""
    tracemalloc.start()
    kept = deque((work() for _ in range(WARM_UP)), maxlen=keep)
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    work()
    _, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    kept.clear()
    return highest - before


def counts_of(case: Case) -> Counts:
    """Count one step in the steady state."""
    calls, lines, checks = traced(warmed_up(work_of(case)))
    allocated, grown = peak(work_of(case), WARM_UP), peak(work_of(case), 0)

    with counting():
        work = warmed_up(work_of(case))
        LEDGER.clear()
        work()
    products, passes = LEDGER.products, LEDGER.passes
    return Counts(
        products=len(products),
        multiplications=sum(products),
        passes=len(passes),
        elements=sum(passes),
        made=sum(LEDGER.made),
        calls=calls,
        lines=lines,
        checks=checks,
        allocated=allocated,
        grown=grown,
    )


def main() -> None:
    """Print the counts of all cases."""
    print(json.dumps({name: attrs.asdict(counts_of(case)) for name, case in CASES.items()}))


if __name__ == "__main__":
    main()
