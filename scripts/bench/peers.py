"""Fits of routers beside scikit-learn's on the same rows; part of `make bench`.

Ours is `rb-fit ROUTER --timing`: its fit (with costs, which the peer does not
learn) and its routing. The peer's is fit and predict, in a process of its own.
Both by turns; medians. Told beside the time: quality at alpha 1 on test, the
mean score of the model that is expected to be best.
"""

import json
import os
import statistics
import subprocess
import sys

# Router, its flags, the peer, what stands for it (`fit(X, Y, Z)` gives expected
# scores of Z; T and V are the prompts of train and of what is routed).
PEERS = [
    ("mlp", [], "MLPRegressor", """
from sklearn.neural_network import MLPRegressor
p = MLPRegressor(early_stopping=True, random_state=0).fit(X, Y).predict(Z)
"""),
    ("knn", [], "NearestNeighbors", """
from sklearn.neighbors import NearestNeighbors
near = NearestNeighbors(n_neighbors=40, algorithm="brute", metric="cosine").fit(X)
p = np.concatenate([Y[near.kneighbors(Z[i:i + 1000], return_distance=False)].mean(1) for i in range(0, len(Z), 1000)])
"""),
    ("svm", [], "LinearSVR", """
from sklearn.svm import LinearSVR
p = np.stack([LinearSVR(C=1, epsilon=0, dual="auto", random_state=0).fit(X, y).predict(Z) for y in Y.T], 1)
"""),
    ("logistic", ["--features", "embedding"], "LogisticRegression or Ridge", """
from sklearn.linear_model import LogisticRegression, Ridge
graded = ((Y > 0) & (Y < 1)).any(0)
model = lambda y, g: Ridge(alpha=1).fit(X, y).predict(Z) if g else LogisticRegression(C=1, max_iter=1000).fit(X, y > .5).predict_proba(Z)[:, 1]
p = np.stack([model(y, g) for y, g in zip(Y.T, graded)], 1)
"""),
    ("logistic", [], "TfidfVectorizer, LogisticRegression or Ridge", """
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
words = TfidfVectorizer(ngram_range=(1, 2), max_features=50000)
X, Z = words.fit_transform(T), words.transform(V)
graded = ((Y > 0) & (Y < 1)).any(0)
model = lambda y, g: Ridge(alpha=1).fit(X, y).predict(Z) if g else LogisticRegression(C=1, max_iter=1000).fit(X, y > .5).predict_proba(Z)[:, 1]
p = np.stack([model(y, g) for y, g in zip(Y.T, graded)], 1)
"""),
    ("domain", [], "LogisticRegression of the dataset, Ridge of the scores", """
from sklearn.linear_model import LogisticRegression, RidgeCV
c = LogisticRegression(max_iter=1000).fit(X, D)
onehot = (D[:, None] == c.classes_[None, :]).astype("f4")
means = np.stack([Y[D == d].mean(0) for d in c.classes_])
rest = RidgeCV(alphas=[1, 10, 100, 1000]).fit(X, Y - onehot @ means)
p = c.predict_proba(Z) @ means + rest.predict(Z)
"""),
]

PEER = """
import json, sys, time, warnings
import numpy as np
warnings.simplefilter("ignore")
data = np.load(sys.argv[1], allow_pickle=True)
X, Y, Z, D, T, V = (data[k] for k in ("X", "Y", "Z", "D", "T", "V"))
import sklearn.linear_model, sklearn.svm, sklearn.neural_network, sklearn.neighbors, sklearn.feature_extraction.text
start = time.perf_counter()
{body}
seconds = time.perf_counter() - start
best = p.argmax(1)
print(json.dumps({{"seconds": seconds, "quality": float(data["S"][np.arange(len(best)), best].mean())}}))
"""

GATHER = """
import json, sys
import numpy as np
rows = [json.loads(l) for l in open(sys.argv[1])]
models = sorted(rows[0]["outcomes"])
part = lambda test: [r for r in rows if (r["split"] == "test") == test]
x = lambda rows: np.array([r["embedding"]["vector"] for r in rows], "f4")
y = lambda rows: np.array([[r["outcomes"][m]["score"] for m in models] for r in rows], "f4")
train, test = part(False), part(True)
unit = lambda x: x / np.linalg.norm(x, axis=1, keepdims=True)
np.savez(sys.argv[2], X=unit(x(train)), Y=y(train), Z=unit(x(test)), S=y(test), D=np.array([r["dataset"] for r in train]),
         T=np.array([r["prompt"] for r in train], object), V=np.array([r["prompt"] for r in test], object))
from threadpoolctl import threadpool_info
print("; ".join(f'{i["internal_api"]} {i.get("version")} ({i.get("architecture", "-")}), {i["num_threads"]} threads' for i in threadpool_info()), file=sys.stderr)
"""

# What pins an older kernel or fewer threads; unset for the peers alone.
PINS = ("OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def quality(routed, name):
    """Mean score on test of the model that each route names at alpha 1."""
    scores = []
    for line in routed.strip("\n").split("\n"):
        record = json.loads(line)
        if record["split"] == "test":
            last = record["routes"][name][-1]
            scores.append(record["outcomes"][last["model"]]["score"])
    return statistics.mean(scores)


def compare(python, bin_folder, scratch, embedded, runs):
    """Prints a line a peer. `embedded`: records with vectors, a split and every score."""
    matrices = scratch / "peers.npz"
    env = {k: v for k, v in os.environ.items() if k not in PINS}
    told = subprocess.run([python, "-c", GATHER, embedded, matrices], env=env, check=True, capture_output=True, text=True)
    print(f"fits beside scikit-learn's on {embedded.name}, median of {runs}; its linear algebra: {told.stderr.strip()}")
    for router, flags, peer, body in PEERS:
        ours, theirs = [], []
        for _ in range(runs):
            timing = scratch / "timing.json"
            timing.unlink(missing_ok=True)
            out = subprocess.run(
                [bin_folder / "rb-fit", router, *flags, "--drop-embedding", "--quiet", "--timing", timing, embedded],
                check=True, capture_output=True, text=True,
            ).stdout
            told = json.loads(timing.read_text())
            ours.append((told["fit_seconds"] + told["route_seconds"], quality(out, router)))
            out = subprocess.run(
                [python, "-c", PEER.format(body=body), matrices], env=env, check=True,
                stdout=subprocess.PIPE, text=True,
            ).stdout
            theirs.append((json.loads(out)["seconds"], json.loads(out)["quality"]))
        a, b = (statistics.median(r[0] for r in rows) for rows in (ours, theirs))
        print(
            f"  {' '.join([router, *flags])}: {a:.2f} s, quality {ours[0][1]:.4f}; "
            f"{peer}: {b:.2f} s, quality {theirs[0][1]:.4f}; ratio {a / b:.2f}"
        )
        sys.stdout.flush()
