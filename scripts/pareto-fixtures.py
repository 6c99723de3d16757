#!/usr/bin/env python3
"""Writes the score records that the tests of rb-pareto read, into tests/data/pareto/.

Everything in them is invented: simulated queries in five topics, simulated
models, and routers that guess the topic more or less well. The shapes are
those of rb-score (FORMAT.md).

    python3 scripts/pareto-fixtures.py
"""
import json
import pathlib
import random

OUT = pathlib.Path(__file__).resolve().parent.parent / "tests" / "data" / "pareto"
TOPICS = ["algebra", "biology", "code", "dates", "ethics"]
# model: (USD a query, ability by topic)
MODELS = {
    "ant-1b": (0.00002, [0.25, 0.45, 0.20, 0.50, 0.55]),
    "bee-7b": (0.00011, [0.40, 0.60, 0.35, 0.62, 0.66]),
    "coder-33b": (0.00048, [0.62, 0.50, 0.88, 0.55, 0.52]),
    "dolphin-70b": (0.00090, [0.60, 0.82, 0.55, 0.80, 0.84]),
    "elephant": (0.00450, [0.84, 0.85, 0.80, 0.79, 0.83]),
    "fox-large": (0.00600, [0.80, 0.88, 0.74, 0.82, 0.86]),
}
# router: how often it knows the topic
ROUTERS = {"kmeans": 0.85, "knn": 0.7, "length": 0.3}


def queries(n, rng):
    rows = []
    for _ in range(n):
        topic = rng.randrange(len(TOPICS))
        ease = rng.gauss(0, 0.12)
        size = rng.uniform(0.5, 1.6)
        rows.append(
            {
                "topic": topic,
                "score": {m: float(rng.random() < a[topic] + ease) for m, (_, a) in MODELS.items()},
                "cost": {m: c * size for m, (c, _) in MODELS.items()},
                "guess": {r: topic if rng.random() < p else rng.randrange(len(TOPICS)) for r, p in ROUTERS.items()},
            }
        )
    return rows


def short(v):
    return None if v is None else float(f"{v:.6g}")


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def figures(rows, choice, costs):
    """What answering row i with the model choice[i] comes to."""
    topics = sorted({r["topic"] for r in rows})
    score = [r["score"][m] for r, m in zip(rows, choice)]
    by_topic = [mean(s for s, r in zip(score, rows) if r["topic"] == t) for t in topics]
    mix = {m: short(choice.count(m) / len(choice)) for m in MODELS if m in choice}
    out = {"n": len(rows), "missing": 0, "unrouted": 0, "quality": short(mean(score)), "quality_macro": short(mean(by_topic))}
    out["cost"] = short(mean(r["cost"][m] for r, m in zip(rows, choice))) if costs else None
    out["calls"] = 1
    out["mix"] = mix
    return out


def decide(topic, alpha, costs):
    dear = max(c for c, _ in MODELS.values())
    price = (lambda m: MODELS[m][0] / dear) if costs else (lambda m: 0.0)
    return max(MODELS, key=lambda m: (alpha * MODELS[m][1][topic] - (1 - alpha) * price(m), m))


def score(rows, group, alphas, costs=True):
    """All records of one group, as lines."""
    def line(kind, name, rest):
        key = "router" if kind != "baseline" else "name"
        return json.dumps({"type": kind, key: name, "group": group, **rest}, separators=(",", ":"))

    lines = []
    single = {m: figures(rows, [m] * len(rows), costs) for m in MODELS}
    best = max(MODELS, key=lambda m: mean(MODELS[m][1]))
    for m in MODELS:
        lines.append(line("baseline", "model", {"model": m, **single[m]}))
    lines.append(line("baseline", "best-single", {"model": best, **single[best]}))
    random_ = {**single[best]}
    for field in ["quality", "quality_macro"] + (["cost"] if costs else []):
        random_[field] = short(mean(single[m][field] for m in MODELS))
    random_["mix"] = {m: short(1 / len(MODELS)) for m in MODELS}
    lines.append(line("baseline", "random", random_))
    oracle = [max(MODELS, key=lambda m: (r["score"][m], -r["cost"][m])) for r in rows]
    lines.append(line("baseline", "oracle", figures(rows, oracle, costs)))
    expert = [max(MODELS, key=lambda m: MODELS[m][1][r["topic"]]) for r in rows]
    lines.append(line("baseline", "dataset-expert", figures(rows, expert, costs)))
    if costs:
        lines.append(line("baseline", "zero", {"hull": hull([(f["cost"], f["quality"]) for f in single.values()])}))
    for name in ROUTERS:
        points = []
        for alpha in alphas:
            choice = [decide(r["guess"][name], alpha, costs) for r in rows]
            f = figures(rows, choice, costs)
            points.append((f["cost"], f["quality"]))
            lines.append(line("point", name, {"alpha": alpha, **f}))
        b = single[best]
        peak = max(q for _, q in points)
        summary = {"n": len(rows), "aiq": None, "perfgain_peak": short(peak / b["quality"] - 1)}
        if costs:
            enough = [c for c, q in points if q >= b["quality"]]
            summary["aiq"] = short(mean(q for _, q in points))
            summary["costsave_peak"] = short(1 - min(enough) / b["cost"]) if enough else None
            summary["costsave_hull"] = summary["costsave_peak"]
            summary["hull"] = hull(points)
        lines.append(line("summary", name, summary))
    return lines


def hull(points):
    """Corners of the non-decreasing concave envelope."""
    out = []
    for c, q in sorted(points, key=lambda p: (p[0], -p[1])):
        if out and q <= out[-1][1]:
            continue
        while len(out) > 1 and (out[-1][1] - out[-2][1]) * (c - out[-2][0]) <= (q - out[-2][1]) * (out[-1][0] - out[-2][0]):
            out.pop()
        out.append((c, q))
    return [{"cost": c, "quality": q} for c, q in out]


def main():
    rng = random.Random(7)
    rows = queries(1200, rng)
    alphas = [i / 20 for i in range(21)]
    write("simulated.ndjson", score(rows, {}, alphas))
    write("no-cost.ndjson", score(rows, {}, [0.0, 1.0], costs=False))
    grouped = score(rows, {}, [0.0, 0.5, 1.0])
    for t in (0, 2):
        grouped += score([r for r in rows if r["topic"] == t], {"dataset": TOPICS[t]}, [0.0, 0.5, 1.0])
    write("grouped.ndjson", grouped)


def write(name, lines):
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / name).write_text("".join(l + "\n" for l in lines))


if __name__ == "__main__":
    main()
