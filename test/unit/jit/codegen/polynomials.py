"""Fits the coefficients in src/jit/wasm/math.ts: least squares, reweighted (Lawson 1961) towards the smallest largest error.

Run: python3 test/unit/jit/wasm/polynomials.py   (needs numpy)
Each fit approximates target(x) by a polynomial P or a quotient P/Q with Q(0) = 1, making max |weight (target - P/Q)| small.
Coefficients are rounded to float32 from the constant term upwards, the rest fitted again after each rounding.
"""

import numpy as np


def points(low, high, count=2000):
    """Chebyshev points of the first kind."""
    return (low + high) / 2 + (high - low) / 2 * np.cos(np.pi * (2 * np.arange(count) + 1) / (2 * count))


def fit(x, target, weight, up, down=0, fixed=(), rounds=60):
    """Coefficients of P after the fixed ones, then of Q after its 1; and the largest weighted error."""
    emphasis, old, best = np.ones_like(x), np.ones_like(x), None
    known = sum(c * x**k for k, c in enumerate(fixed)) if len(fixed) else np.zeros_like(x)
    above = [x**k for k in range(len(fixed), up + 1)]
    for _ in range(rounds):
        scale = np.sqrt(emphasis) * weight / old
        below = [-target * x**k for k in range(1, down + 1)]
        table = np.stack([scale * column for column in above + below], axis=1)
        size = np.abs(table).max(axis=0)
        solution = np.linalg.lstsq(table / size, scale * (target - known), rcond=None)[0] / size
        p, q = solution[: len(above)], solution[len(above) :]
        old = 1 + sum((c * x ** (k + 1) for k, c in enumerate(q)), np.zeros_like(x))
        value = (known + sum(c * column for c, column in zip(p, above))) / old
        error = np.abs(weight * (target - value))
        if best is None or error.max() < best[0]:
            best = (error.max(), p, q)
        emphasis = emphasis * (error / error.max() + 1e-3)
        emphasis /= emphasis.mean()
    return best


def polynomial(name, x, target, weight, degree, fixed=()):
    coefficients = list(fixed)
    while len(coefficients) <= degree:
        _, p, _ = fit(x, target, weight, degree, fixed=coefficients)
        coefficients.append(float(np.float32(p[0])))
    value = sum(c * x**k for k, c in enumerate(coefficients))
    show(name, np.abs(weight * (target - value)).max(), coefficients)


def show(name, error, coefficients):
    print(f"{name}: largest error {error:.3g}")
    print("  [" + ", ".join(np.format_float_scientific(np.float32(c), unique=True) for c in coefficients) + "]")


def main():
    r = points(-np.log(2) / 2, np.log(2) / 2)
    r = r[np.abs(r) > 1e-3]
    tail = (np.expm1(r) - r) / r**2
    polynomial("exp(r) = 1 + r + r^2 P(r)", r, tail, r**2 / np.exp(r), 4, [0.5])
    polynomial("expm1(r) = r + r^2 P(r)", r, tail, np.abs(r), 5, [0.5])
    f = points(np.sqrt(0.5) - 1, np.sqrt(2) - 1)
    f = f[np.abs(f) > 1e-3].astype(np.longdouble)
    logarithm = ((np.log1p(f) - f + f**2 / 2) / f**3).astype(float)
    f = f.astype(float)
    polynomial("log(1 + f) = f - f^2/2 + f^3 P(f)", f, logarithm, f**2, 7)
    polynomial("log(1 + f) = f - f^2/2 + f^3 P(f)", f, logarithm, f**2, 8)
    z = points(1e-6, 1 / 9)
    s = np.sqrt(z)
    polynomial("atanh(s) = s + s^3 P(s^2)", z, (np.arctanh(s) / s - 1) / z, z, 3)
    polynomial("atanh(s) = s + s^3 P(s^2)", z, (np.arctanh(s) / s - 1) / z, z, 4)
    z = points(1e-6, (np.pi / 4) ** 2)
    s = np.sqrt(z)
    polynomial("sin(r) = r + r^3 P(r^2)", z, (np.sin(s) / s - 1) / z, z, 2)
    polynomial("cos(r) = 1 - r^2/2 + r^4 P(r^2)", z, (np.cos(s) - 1 + z / 2) / z**2, z**2, 2)
    for limit, up, down in ((7.9, 6, 3), (9.02, 6, 3), (9.02, 5, 4), (9.02, 4, 4)):
        z = points(1e-9, limit**2)
        target = np.tanh(np.sqrt(z)) / np.sqrt(z)
        error, p, q = fit(z, target, 1 / target, up, down)
        show(f"tanh(x) = x P(x^2) / Q(x^2), |x| <= {limit}: P", error, p)
        show("  Q after 1", error, q)


main()
