#!/usr/bin/env python3
"""Figures of linear support vector regression, computed by scikit-learn.

    scripts/svm-figures.py            writes tests/data/svm-figures.json
    scripts/svm-figures.py --check    compares the committed file with fresh ones

Needs scikit-learn (pip install scikit-learn). The data are synthetic: numbers
in eighths drawn by a generator of our own, so that they are the same
everywhere. What the model minimises is in lib/route/src/kinds/linear/svm.rs; LinearSVR
penalises its intercept (intercept_scaling 1), and so does ours.
"""
import sys

from fixture import Dice, main, rounded, rows

ROWS, COLUMNS = 50, 6


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


def text():
    """JSON with one row or fit a line."""
    made = rounded(figures(), 12)
    return (f'{{"x": [\n  {rows(made["x"])}],\n'
            f' "fits": [\n  {rows(made["fits"])}]}}\n')


if __name__ == "__main__":
    sys.exit(main(__doc__, "svm-figures.json", text, 1e-5))

