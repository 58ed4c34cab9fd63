"""The coefficients of `fdnn.normal`, computed: `python -m tests.oracles.normal_tail`.

With `t = (y - 5) / (y + 5)` the half line from 0 on becomes [-1, 1], where

    p(t) = (1 + y) Phi(-y) e^(y^2 / 2)

is smooth (Shepherd & Laframboise 1981 do so for erfc).  It is interpolated at the Chebyshev nodes,
cut after as many terms as the precision has use for, and written in powers of `t`.
"""

from __future__ import annotations

import mpmath
from mpmath import mpf

DIGITS = 60
NODES = 60
TERMS = {"float64": 24, "float32": 11}


def scaled_tail(t: mpf) -> mpf:
    """`p(t)`, by the complementary error function and, far out, by its asymptotic series."""
    y = 5 * (1 + t) / (1 - t)
    if y < 200:
        tail = mpmath.erfc(y / mpmath.sqrt(2)) / 2 * mpmath.exp(y * y / 2)
    else:
        term, series = mpf(1), mpf(1)
        for n in range(1, 20):
            term *= -(2 * n - 1) / y**2
            series += term
        tail = series / (y * mpmath.sqrt(2 * mpmath.pi))
    return (1 + y) * tail


def chebyshev_coefficients() -> list[mpf]:
    """Those of the interpolant: `p(t) = sum_n c_n T_n(t)`."""
    angles = [mpmath.pi * (2 * j + 1) / (2 * NODES) for j in range(NODES)]
    values = [scaled_tail(mpmath.cos(angle)) for angle in angles]
    found: list[mpf] = []
    for n in range(NODES):
        waves = [mpmath.cos(angle * n) for angle in angles]
        found.append(mpmath.fdot(values, waves) * (2 if n else 1) / NODES)
    return found


def in_powers(c: list[mpf]) -> list[mpf]:
    """The polynomial `sum_n c_n T_n(t)` by its powers, the constant first."""
    powers = [mpf(0)] * len(c)
    before, now = [mpf(1)], [mpf(0), mpf(1)]
    for n, coefficient in enumerate(c):
        if n >= 2:
            after = [mpf(0), *(2 * a for a in now)]
            for i, b in enumerate(before):
                after[i] -= b
            before, now = now, after
        for i, a in enumerate(before if n == 0 else now):
            powers[i] += coefficient * a
    return powers


def coefficients(terms: int) -> list[float]:
    """The highest power first, as Horner's scheme takes them."""
    with mpmath.workdps(DIGITS):
        return [float(a) for a in reversed(in_powers(chebyshev_coefficients()[:terms]))]


if __name__ == "__main__":
    for dtype, terms in TERMS.items():
        print(dtype)
        for a in coefficients(terms):
            print(f"    {a!r},")
