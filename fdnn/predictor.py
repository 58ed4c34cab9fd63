"""A prepared predictor: one network's way forward, over buffers that it owns.

    predict = Predictor(params)
    A = predict(X)

gives what `params(X)` gives, to rounding, and sooner: for few examples because nothing is built
anew, for many because they go through the layers in parts that stay in the cache.  It is for one
thread at a time.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import Any, Generic, final

import numpy as np

from fdnn.axes import Axes, Dim, Hidden, In, M, Out
from fdnn.errors import KindError, Misfit
from fdnn.guards import require_fits, require_kind
from fdnn.keys import INFERENCE
from fdnn.layers.dense import Dense
from fdnn.matrix import Array, Matrix, freeze, require_finite, to_numpy
from fdnn.records import Params

PART = 512
"""So many examples go through the layers at a time."""

FEW = 16
"""For so few, the checks take their time too: what has come in before is known by its shape."""

Forward = Callable[[Array, bool], Array | None]
"""`forward(X, as_logits)`: the outputs, in an array of their own; None where `X` is not finite."""


@final
class Predictor(Generic[*Axes]):
    """The predictions of a network: of `X`, `(inputs, examples)`, the output of the last layer.

    For one thread at a time.
    """

    __slots__ = ("_dtype", "_of_few", "_of_parts", "_params", "_run")

    def __init__(self, params: Params[*Axes]) -> None:
        hint = "initialize(architecture, rng=0) gives them"
        require_kind("Predictor", "params", params, Params, hint)
        self._params = params
        self._dtype = params.dtype
        self._of_few: dict[tuple[int, ...], Forward] = {}
        self._of_parts: dict[tuple[int, bool], Forward] = {}
        self._run = contextvars.copy_context().run
        self._run(np.seterr, all="ignore")

    @property
    def params(self) -> Params[*Axes]:
        """The parameters of the network."""
        return self._params

    def __repr__(self) -> str:
        return f"Predictor[{', '.join(map(repr, self.axes))}]"

    def __reduce__(self) -> tuple[object, ...]:
        return Predictor, (self._params,)

    @property
    def axes(self) -> tuple[Dim[Any], ...]:
        """The sizes of all axes of the network, with their names."""
        return self._params.axes

    def __call__(self: Predictor[In, *Hidden, Out], X: Matrix[In, M]) -> Matrix[Out, M]:
        """`A_L = g_L(Z_L)`, `(outputs, examples)`, in an array of its own.

        Raises `ShapeError`, `DtypeError`, `DataError` for an `X` that does not fit.
        """
        A: Matrix[Out, M] = self._predicted(X, as_logits=False)
        return A

    def logits(self: Predictor[In, *Hidden, Out], X: Matrix[In, M]) -> Matrix[Out, M]:
        """`Z_L`, `(outputs, examples)`."""
        Z: Matrix[Out, M] = self._predicted(X, as_logits=True)
        return Z

    def _predicted(self, X: Any, as_logits: bool) -> Any:
        if X.__class__ is np.ndarray and X.dtype == self._dtype:
            forward = self._of_few.get(X.shape)
            if forward is not None:
                outputs: Array | None = self._alone(forward, X, as_logits)
                if outputs is not None:
                    return freeze(outputs)

        self._require_fits(X)
        try:
            return self._afresh(X, as_logits)
        except Misfit:
            equations: Any = self._params
            trace = equations.forward(X)
            return trace.logits if as_logits else trace.output

    def _afresh(self, X: Array, as_logits: bool) -> Array:
        """The outputs for so many examples as have not come in before, or for many."""
        m = X.shape[1]
        if self._dtype.kind == "c":  # the staged forms are for real numbers
            raise Misfit
        if m <= FEW:
            require_finite("Predictor", "X", X)
            self._of_few[X.shape] = _staged(self._params, m, by_examples=False)

        into = np.empty((self._params.axes[-1], m), self._dtype)
        for start in range(0, m, PART):
            part = X[:, start : start + PART]
            forward = self._of_few.get(X.shape) or self._of_part(part)
            outputs: Array | None = self._alone(forward, part, as_logits)
            if outputs is None:
                require_finite("Predictor", "X", X)
                raise Misfit
            into[:, start : start + PART] = outputs
        return freeze(into)

    def _alone(self, forward: Forward, X: Array, as_logits: bool) -> Array | None:
        """The way forward, without NumPy's warnings, and refused to a second thread."""
        try:
            return self._run(forward, X, as_logits)
        except RuntimeError as error:
            if not str(error).startswith("cannot enter context"):
                raise
            came = "the predictor is at work, in another thread or within a prediction of its own"
            raise KindError("Predictor", came, "one thread at a time", "each needs one") from None

    def _require_fits(self, X: Matrix[Any, Any]) -> None:
        first = self._params.axes[0]
        why = f"{first.name or 'the number of inputs'} is {first} in layer 1 of params"
        require_fits("Predictor", "X", X, first, why, self._dtype)

    def _of_part(self, part: Array) -> Forward:
        """The way forward of a part; those of a whole part and of one other size are kept."""
        place = part.shape[1], not part.flags.c_contiguous and part.T.flags.c_contiguous
        if place not in self._of_parts:
            whole = {key: kept for key, kept in self._of_parts.items() if key[0] == PART}
            self._of_parts = {**whole, place: _staged(self._params, *place)}
        return self._of_parts[place]


def _staged(params: Params[*tuple[Any, ...]], m: int, by_examples: bool) -> Forward:
    """The layers over buffers for m examples; those of the inputs lie as the inputs do."""
    from fdnn.plan.activations import staged_activation, works_in_place
    from fdnn.plan.buffers import Axis, Scratch
    from fdnn.plan.layers import staged_map

    dtype, layers = params.dtype, params.layers
    scratch = Scratch(max(int(layer.axes[1]) for layer in layers) * m, dtype)
    rows = int(params.axes[0]) + 1
    biased = np.ones((m, rows), dtype).T if by_examples else np.ones((rows, m), dtype)
    inputs, flat = biased[:-1], (biased.T if by_examples else biased).reshape(-1)
    dot, zeros = flat.dot, np.zeros_like(flat)

    below = Axis(inputs, biased, None)
    logits = inputs
    stages: list[tuple[Callable[[Any, Any], object], Any, Any, Callable[[], object]]] = []
    for place, layer in enumerate(layers, start=1):
        arrays = [to_numpy(array) for array in layer.arrays]
        over = np.ones((int(layer.axes[1]) + 1, m), dtype)
        A = over[:-1]
        is_in_place = works_in_place(layer.activation) and place < len(layers)
        logits = A if is_in_place else np.empty_like(A)
        unused = np.empty_like(A)

        activate, _ = staged_activation(layer.activation, logits, A, unused, scratch)
        kind: object = type(layer)
        if kind is Dense and (place > 1 or not by_examples):
            stages.append((arrays[0].dot, biased, logits, activate))
        else:
            linear = staged_map(layer, below, logits, unused)
            stages.append((linear.forward, arrays, INFERENCE, activate))
        biased, below = over, Axis(A, over, None)
    *hidden, (last, argument, place_or_context, activate_last) = stages
    outputs = below.A

    def forward(X: Array, as_logits: bool) -> Array | None:
        inputs[...] = X
        if dot(zeros) != 0.0:  # NaN, and infinity times 0, are NaN
            return None
        for ahead, a, b, activate in hidden:
            ahead(a, b)
            activate()

        last(argument, place_or_context)
        if as_logits:
            return logits.copy()
        activate_last()
        return outputs.copy()

    return forward
