#!/usr/bin/env python3
"""Figures of linear support vector regression, computed by scikit-learn.

    scripts/svm-figures.py            writes tests/data/svm-figures.json
    scripts/svm-figures.py --check    compares the committed file with fresh ones

Needs scikit-learn (pip install scikit-learn). The data are synthetic: numbers
in eighths drawn by a generator of our own, so that they are the same
everywhere. What the model minimises is in lib/src/router/svm.rs; LinearSVR
penalises its intercept (intercept_scaling 1), and so does ours.
"""
import argparse
import json
import pathlib
import sys

FIXTURE = pathlib.Path(__file__).resolve().parent.parent / "tests/data/svm-figures.json"
ROWS, COLUMNS = 50, 6
CLOSE = 1e-5


class Dice:
    """A linear congruential generator modulo 2^31 − 1."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = self.state * 48271 % 2147483647
        return self.state % n


def data(dice):
    x = [[(dice.below(17) - 8) / 8 for _ in range(COLUMNS)] for _ in range(ROWS)]
    latent = [sum((j - 2) * v for j, v in enumerate(row)) / 3 + (dice.below(9) - 4) / 8
              for row in x]
    binary = [float(v > 0.3) for v in latent]
    graded = [min(max(round(0.5 + v / 3, 3), 0.0), 1.0) for v in latent]
    return x, binary, graded


def figures():
    from sklearn.svm import LinearSVR

    x, binary, graded = data(Dice(20250117))
    fits = []
    for c in (0.05, 1.0, 10.0):
        for y in (binary, graded):
            m = LinearSVR(C=c, epsilon=0.0, loss="epsilon_insensitive", tol=1e-9,
                          max_iter=20_000_000, random_state=0).fit(x, y)
            fits.append({"c": c, "y": y, "weights": list(m.coef_),
                         "intercept": float(m.intercept_[0])})
    return {"x": x, "fits": fits}


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.12g}")
    if isinstance(value, list):
        return [rounded(v) for v in value]
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    return value


def text(made):
    """JSON with one row or fit a line."""
    def line(value):
        return json.dumps(rounded(value), separators=(",", ":"))

    lines = ",\n  ".join
    return (f'{{"x": [\n  {lines(map(line, made["x"]))}],\n'
            f' "fits": [\n  {lines(map(line, made["fits"]))}]}}\n')


def close(a, b):
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(close(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(close, a, b))
    if isinstance(a, float) or isinstance(b, float):
        return abs(a - b) <= CLOSE
    return a == b


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    args = parser.parse_args()
    made = text(figures())
    if not args.check:
        FIXTURE.write_text(made, encoding="utf-8")
    elif not close(json.loads(made), json.loads(FIXTURE.read_text(encoding="utf-8"))):
        print(f"{FIXTURE.name} differs from what scikit-learn computes here", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
