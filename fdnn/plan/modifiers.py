"""Staged forms of the modifiers, each around the staged form of the optimizer within it.

The gradient comes times the factor of that form, and the new parameters stand in its place after.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from fdnn.adaptive import AdamW
from fdnn.matrix import Array
from fdnn.modifiers import (
    Averaged,
    ClippedByNorm,
    ClippedByValue,
    Decayed,
    MaxNorm,
    Modifier,
    length_of,
    shorten_rows,
    weight_matrices,
)
from fdnn.optimizers import StagedUpdate
from fdnn.plan.buffers import BLOCK, blocks
from fdnn.records import Architecture

Network = Architecture[*tuple[Any, ...]]


def _clipped_by_norm(
    modifier: ClippedByNorm, inner: StagedUpdate, _architecture: Network, _dtype: np.dtype[Any]
) -> StagedUpdate:
    """The norm is that of the true gradient, which comes times a factor."""
    factor, update_within = inner
    norm = modifier.norm

    def update(
        parameters: Array, gradient: Array, moments: tuple[Array, ...], count: int
    ) -> tuple[Array, ...]:
        length = length_of(gradient) / factor
        if length > norm:
            np.multiply(gradient, norm / length, gradient)
        return update_within(parameters, gradient, moments, count)

    return factor, update


def _clipped_by_value(
    modifier: ClippedByValue, inner: StagedUpdate, architecture: Network, dtype: np.dtype[Any]
) -> StagedUpdate:
    """The limits are arrays to compare with: three times as fast as numbers."""
    factor, update_within = inner
    size, limit = min(architecture.size, BLOCK), modifier.limit * factor
    least, most = (np.full(size, sign * limit, dtype) for sign in (-1.0, 1.0))

    def update(
        parameters: Array, gradient: Array, moments: tuple[Array, ...], count: int
    ) -> tuple[Array, ...]:
        for (dW,) in blocks(gradient):
            np.maximum(dW, least[: dW.size], out=dW)
            np.minimum(dW, most[: dW.size], out=dW)
        return update_within(parameters, gradient, moments, count)

    return factor, update


def decayed(
    modifier: Decayed | AdamW, inner: StagedUpdate, architecture: Network, dtype: np.dtype[Any]
) -> StagedUpdate:
    """The share of each parameter that decays is made anew where the rate is another."""
    factor, update_within = inner
    weights, shares = architecture.weights, np.empty(architecture.size, dtype)
    known, room = math.nan, np.empty(min(architecture.size, BLOCK), dtype)

    def update(
        parameters: Array, gradient: Array, moments: tuple[Array, ...], count: int
    ) -> tuple[Array, ...]:
        nonlocal known
        share = modifier.rate_at(count) * modifier.decay
        if share != known:
            np.multiply(weights, np.array(share, dtype), shares)
            known = share

        after = update_within(parameters, gradient, moments, count)
        for W, moved, part in blocks(parameters, gradient, shares):
            t = room[: W.size]
            np.multiply(W, part, t)
            np.subtract(moved, t, moved)
        return after

    return factor, update


def _max_norm(
    modifier: MaxNorm, inner: StagedUpdate, architecture: Network, _dtype: np.dtype[Any]
) -> StagedUpdate:
    factor, update_within = inner

    def update(
        parameters: Array, gradient: Array, moments: tuple[Array, ...], count: int
    ) -> tuple[Array, ...]:
        after = update_within(parameters, gradient, moments, count)
        shorten_rows(weight_matrices(architecture, gradient), modifier.norm)
        return after

    return factor, update


def _averaged(
    modifier: Averaged, inner: StagedUpdate, architecture: Network, dtype: np.dtype[Any]
) -> StagedUpdate:
    factor, update_within = inner
    beta, rest = np.array(modifier.beta, dtype), np.array(1.0 - modifier.beta, dtype)
    room = np.empty(min(architecture.size, BLOCK), dtype)

    def update(
        parameters: Array, gradient: Array, moments: tuple[Array, ...], count: int
    ) -> tuple[Array, ...]:
        *before, average_before = moments
        after = update_within(parameters, gradient, tuple(before), count)
        average = np.empty_like(gradient)
        for moved, a_before, a in blocks(gradient, average_before, average):
            t = room[: moved.size]
            np.multiply(a_before, beta, a)
            np.multiply(moved, rest, t)
            np.add(a, t, a)
        return (*after, average)

    return factor, update


MODIFIED: Mapping[
    type[Modifier], Callable[[Any, StagedUpdate, Network, np.dtype[Any]], StagedUpdate]
] = MappingProxyType(
    {
        ClippedByNorm: _clipped_by_norm,
        ClippedByValue: _clipped_by_value,
        Decayed: decayed,
        MaxNorm: _max_norm,
        Averaged: _averaged,
    }
)
