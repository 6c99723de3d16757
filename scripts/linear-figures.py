#!/usr/bin/env python3
"""Figures of linear models and TF-IDF, computed by scikit-learn.

    scripts/linear-figures.py            writes tests/data/linear-figures.json
    scripts/linear-figures.py --check    compares the committed file with fresh ones

Needs scikit-learn (pip install scikit-learn). The data are synthetic: numbers
in eighths and sentences of made-up words, drawn by a generator of our own, so
that they are the same everywhere. What the models minimise is in
lib/learn/src/linear/mod.rs, what TF-IDF is in lib/learn/src/text/tfidf.rs.
"""
import sys

from fixture import Dice, line, main, rounded, rows

ROWS, COLUMNS = 60, 7


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


def text():
    """JSON with one row or fit a line."""
    made = rounded(figures(), 15)
    rest = {k: v for k, v in made["tfidf"].items() if k != "rows"}
    return (f'{{"x": [\n  {rows(made["x"])}],\n'
            f' "fits": [\n  {rows(made["fits"])}],\n'
            f' "tfidf": {line(rest)[:-1]},\n "rows": [\n  '
            f'{rows(made["tfidf"]["rows"])}]}}}}\n')


if __name__ == "__main__":
    sys.exit(main(__doc__, "linear-figures.json", text, 1e-7))
