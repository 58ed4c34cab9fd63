"""Calibration: what layers must know of all data before they are used, found in a pure pass.

Batch normalisation needs the mean and the variance of its inputs in inference.  A running average
would be hidden state, and an average over parameters that have changed meanwhile; here they are
those of the data that are given, by the parameters as they are ("precise" batch normalisation, Wu &
Johnson 2021).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs
import numpy as np

from fdnn.axes import Hidden, In, Out
from fdnn.batches import Batch
from fdnn.errors import DtypeError, KindError, with_article
from fdnn.guards import require_kind, require_same_axes
from fdnn.layers.residual import calibrated_in_turn
from fdnn.matrix import Matrix, freeze, to_numpy
from fdnn.records import Params


def calibrate(
    params: Params[In, *Hidden, Out], batches: Batch[In, Out, Any] | Iterable[Batch[In, Out, Any]]
) -> Params[In, *Hidden, Out]:
    """The parameters with the statistics of all examples given; weights and the rest stay.

    Each layer in turn sees what the layers before it, already calibrated, make of the examples in
    inference.  So the result is the same, to rounding, however the examples are cut into batches.
    Where there are several, each layer with statistics takes a pass of its own through them:
    `batches` is a list, or something else that can be gone through again.

    Raises `KindError` for an iterator, which cannot, `ShapeError`, `AxisError` or `DtypeError` for
    a batch that does not fit, and `ArgumentError` where there is none.
    """
    require_kind(
        "calibrate", "params", params, Params, "initialize(architecture, rng=0) gives them"
    )
    kind: type = type(batches)
    is_no_list = issubclass(kind, (Iterator, Mapping, np.ndarray, str))
    if is_no_list or not issubclass(kind, (Batch, Iterable)):
        came = f"batches is {with_article(kind.__name__)}"
        why = "each layer goes through them again"
        raise KindError("calibrate", came, "a Batch or a list of them", why)

    several: Any = (batches,) if issubclass(kind, Batch) else batches
    inputs = Inputs(params, several)
    if issubclass(kind, (Batch, tuple, list)):
        for _ in inputs:  # they are refused also where no layer has a question
            pass
    layers = calibrated_in_turn(params.layers, inputs)
    parts = [to_numpy(array).reshape(-1) for layer in layers for array in layer.arrays]
    return params.with_vector(freeze(np.concatenate(parts))) if parts else params


@attrs.frozen(eq=False)
class Inputs:
    """The `X` of each batch, which must fit the parameters."""

    params: Params[*tuple[Any, ...]]
    batches: Iterable[Batch[Any, Any, Any]]

    def __iter__(self) -> Iterator[Matrix[Any, Any]]:
        axes, dtype = self.params.axes, self.params.dtype
        for batch in self.batches:
            require_kind("calibrate", "a batch", batch, Batch)
            ends = axes[0], axes[-1]
            require_same_axes("calibrate", "a batch", batch.axes[:2], ends, "as params has them")
            if batch.X.dtype != dtype:
                why = "which is the dtype of the parameters"
                raise DtypeError("calibrate", f"a batch has dtype {batch.X.dtype}", str(dtype), why)
            yield batch.X
