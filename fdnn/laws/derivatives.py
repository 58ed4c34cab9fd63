"""Derivatives by the numbers: what the derivatives that a kind states are held against.

A derivative that is wrong by a thousandth must be seen.  The central difference sees one part in
10^5 of any function; the complex step (Squire & Trapp 1998) sees the last digits, where a function
takes complex numbers.  Inputs are drawn from a continuous distribution, so none lies at a kink.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator

import numpy as np

from fdnn.laws.report import Held, Subject
from fdnn.matrix import Array

STEP = 1e-5
COMPLEX_STEP = 1e-30
BY_DIFFERENCE = 1e-5
BY_COMPLEX_STEP = 1e-10
"""How far a derivative may be off, relatively."""


def along(x: Array, place: tuple[int, ...], step: complex, dtype: str = "float64") -> Array:
    """The array with a step added at one place."""
    moved = x.astype(dtype)
    moved[place] += step
    return moved


def central_difference(f: Callable[[Array], float], x: Array, step: float = STEP) -> Array:
    """`(f(x + h e) - f(x - h e)) / 2h` along every entry of `x`."""
    slopes = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        slopes[place] = f(along(x, place, step)) - f(along(x, place, -step))
    return slopes / (2.0 * step)


def complex_step(f: Callable[[Array], complex], x: Array) -> Array | None:
    """`Im f(x + ih e) / h` along every entry of `x`; None where `f` takes no complex numbers."""
    slopes = np.zeros(x.shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the imaginary part that some function throws away
        for place in np.ndindex(x.shape):
            try:
                moved = along(x, place, 1j * COMPLEX_STEP, "complex128")
                slopes[place] = np.imag(f(moved)) / COMPLEX_STEP
            except (TypeError, ValueError):
                return None
    return slopes


def slopes_on_both_sides(
    f: Callable[[Array], float], x: Array, step: float = 1e-6
) -> tuple[Array, Array]:
    """The difference quotients of `f` to the left and to the right of every entry of `x`."""
    left, right = np.zeros(x.shape), np.zeros(x.shape)
    here = f(x)
    for place in np.ndindex(x.shape):
        left[place] = (here - f(along(x, place, -step))) / step
        right[place] = (f(along(x, place, step)) - here) / step
    return left, right


def derivative(
    subject: Subject,
    words: str,
    quantity: str,
    came: Array,
    f: Callable[[Array], complex],
    x: Array,
    complex_too: bool = True,
    **at: Array,
) -> Iterator[Held]:
    """The law that what a kind states is the derivative of `f`, along every entry of `x`.

    The complex step is a judge only where it agrees with the central difference: a function such
    as `abs` takes complex numbers and has no derivative there.
    """
    floor = STEP * abs(f(x))
    slopes = central_difference(lambda moved: float(np.real(f(moved))), x)
    law = f"{words}, by central difference"
    yield subject.agree(law, quantity, came, slopes, BY_DIFFERENCE, floor, **at)

    exact = complex_step(f, x) if complex_too else None
    if exact is not None and np.allclose(exact, slopes, 1e-4, 1e-4 * floor / STEP + 1e-12):
        law = f"{words}, by complex step"
        yield subject.agree(law, quantity, came, exact, BY_COMPLEX_STEP, 1e-4 * floor, **at)
