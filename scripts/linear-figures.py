#!/usr/bin/env python3
"""Figures of linear models and TF-IDF, computed by scikit-learn.

    scripts/linear-figures.py            writes tests/data/linear-figures.json
    scripts/linear-figures.py --check    compares the committed file with fresh ones

Needs scikit-learn (pip install scikit-learn). The data are synthetic: numbers
in eighths and sentences of made-up words, drawn by a generator of our own, so
that they are the same everywhere. What the models minimise is in
lib/src/router/linear.rs, what TF-IDF is in lib/src/router/tfidf.rs.
"""
import argparse
import json
import pathlib
import sys

FIXTURE = pathlib.Path(__file__).resolve().parent.parent / "tests/data/linear-figures.json"
ROWS, COLUMNS = 60, 7
CLOSE = 1e-7


class Dice:
    """A linear congruential generator modulo 2^31 − 1."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = self.state * 48271 % 2147483647
        return self.state % n


def data(dice):
    x = [[(dice.below(17) - 8) / 8 if dice.below(3) else 0.0 for _ in range(COLUMNS)]
         for _ in range(ROWS)]
    latent = [sum((j - 2) * v for j, v in enumerate(row)) / 2 + (dice.below(9) - 4) / 4
              for row in x]
    common = [int(v > -0.6) for v in latent]
    rare = [int(v > 2.2) for v in latent]
    graded = [min(max(round(0.5 + v / 6, 3), 0.0), 1.0) for v in latent]
    return x, common, rare, graded


def fits(x, common, rare, graded):
    from sklearn.linear_model import LogisticRegression, Ridge

    for c in (0.1, 1.0, 30.0):
        for y in (common, rare):
            m = LogisticRegression(C=c, solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(x, y)
            yield {"loss": "logistic", "c": c, "y": y, "weights": list(m.coef_[0]),
                   "intercept": float(m.intercept_[0])}
        for y in (common, graded):
            m = Ridge(alpha=1 / c, solver="cholesky").fit(x, y)
            yield {"loss": "squared", "c": c, "y": y, "weights": list(m.coef_),
                   "intercept": float(m.intercept_)}


def sentences(dice, n):
    words = ["Alda", "bri", "CORU", "deme", "élan", "fio2", "g", "hu_i", "jota", "3", "42"]
    signs = [" ", " ", ", ", "-", " (", ") ", ".\n", "'"]
    return ["".join(words[dice.below(len(words))] + signs[dice.below(len(signs))]
                    for _ in range(dice.below(12))) for _ in range(n)]


def tfidf(dice):
    from sklearn.feature_extraction.text import TfidfVectorizer

    train, test = sentences(dice, 12), sentences(dice, 8) + ["", "unbekannt", "alda alda Alda"]
    v = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2)).fit(train)
    # In the order of their UTF-8 bytes, which is that of their code points.
    terms = list(v.get_feature_names_out())
    assert terms == sorted(terms)
    rows = v.transform(test).toarray().tolist()
    return {"train": train, "test": test, "terms": terms, "rows": rows}


def figures():
    dice = Dice(20240611)
    x, common, rare, graded = data(dice)
    return {"x": x, "fits": list(fits(x, common, rare, graded)), "tfidf": tfidf(dice)}


def text(made):
    """JSON with one row or fit a line; 15 digits, so that no last bit matters."""
    def line(value):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    def rounded(value):
        if isinstance(value, float):
            return float(f"{value:.15g}")
        if isinstance(value, list):
            return [rounded(v) for v in value]
        if isinstance(value, dict):
            return {k: rounded(v) for k, v in value.items()}
        return value

    made = rounded(made)
    lines = ",\n  ".join
    rest = {k: v for k, v in made["tfidf"].items() if k != "rows"}
    return (f'{{"x": [\n  {lines(map(line, made["x"]))}],\n'
            f' "fits": [\n  {lines(map(line, made["fits"]))}],\n'
            f' "tfidf": {line(rest)[:-1]},\n "rows": [\n  '
            f'{lines(map(line, made["tfidf"]["rows"]))}]}}}}\n')


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
