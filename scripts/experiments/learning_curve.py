"""How many train queries are enough?"""
import chart
import lab as L

SIZES = [25, 50, 100, 200, 400, 800]
SEEDS = [0, 1, 2]


def run(lab):
    routers = [r for r in lab.routers if r.split()[0] in ("kmeans", "knn", "domain", "logistic")] or lab.routers[:2]
    streams = []
    for seed in SEEDS:
        now = lab.make(f"learning.{seed}.split.ndjson", [["rb-split", "--quiet", "--resplit", "--seed", seed, lab.embedded]], lab.embedded)
        train = sum(r["split"] == "train" for r in L.records(now))
        for size in [s for s in reversed(SIZES) if s < train]:
            now = lab.make(f"learning.{seed}.{size}.ndjson", [["rb-split", "--quiet", "--resplit", "--seed", seed, "--train-limit", size, now]], now)
            for router in routers:
                name = f"{router.split()[0]}@{size}"
                now = lab.make(f"learning.{seed}.{name}.ndjson", [["rb-fit", *router.split(), "--quiet", "--seed", seed, "--name", name, now]], now)
        now = lab.make(f"learning.{seed}.all.ndjson", [["rb-split", "--quiet", "--resplit", "--seed", seed, now]], now)
        streams.append(lab.make(f"learning.{seed}.scores.ndjson", [["rb-score", "--quiet", "--resamples", "200", "--seed", seed, now]], now))
    joined = lab.write("learning.scores.ndjson", (r for s in streams for r in L.records(s)))
    curves = list(L.records(lab.make("learning.curves.ndjson", [["rb-curve", "--quiet", "--metric", "quality", joined]], joined)))
    means, singles = {}, []
    for r in L.records(joined):
        if r["type"] == "summary" and r["group"] == {}:
            router, _, size = r["router"].partition("@")
            means.setdefault((router, int(size)), []).append(r["quality"])
        if r["type"] == "baseline" and r["name"] == "best-single":
            singles.append(r["quality"])
    single = sum(singles) / len(singles)
    names = sorted({router for router, _ in means})
    series = []
    for name in names:
        at = sorted((size, v) for (router, size), v in means.items() if router == name)
        series.append((name, [(s, 100 * sum(v) / len(v), 100 * min(v), 100 * max(v)) for s, v in at]))
    rows = []
    for c in curves:
        if c.get("type") != "curve":
            continue
        ends = [ps for name, ps in series if name == c["router"]][0]
        rows.append({"router": c["router"], "at 50": next((round(p[1], 1) for p in ends if p[0] == 50), None), "at 200": next((round(p[1], 1) for p in ends if p[0] == 200), None),
                     f"at {int(ends[-1][0])}": round(ends[-1][1], 1), "queries for 99 % of the most": None if c.get("n99") is None else round(c["n99"]), "why not": c.get("why") or c.get("note")})
    gains = [(name, ps[-1][1] - next((p[1] for p in ps if p[0] == 200), ps[0][1])) for name, ps in series]
    words = ", ".join(f"{name} {gain:+.1f}" for name, gain in gains)
    sentence = (
        f"From 200 to {int(series[0][1][-1][0])} train queries routers gain, in points: {words}; best-single has {100 * single:.1f}. "
        f"That 50 to 200 labels are enough: {'holds' if all(g < 0.5 for _, g in gains) else 'fails' if all(g >= 0.5 for _, g in gains) else 'undecided'} "
        f"(band: least and most of {len(SEEDS)} seeds)."
    )
    series.append(("best-single", [(ps[0], 100 * single, None, None) for ps in series[0][1]]))
    return sentence, rows, chart.lines("Quality at alpha 1 by the number of train queries", "train queries", "quality on test, points", series, log=True)
