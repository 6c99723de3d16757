"""Do routers depend on the embedder?"""
import os
import pathlib

import chart
import lab as L

ROUTERS = ["kmeans", "knn", "domain"]
LITTLE = 0.02


def run(lab):
    embedders = {"static": ["--model", "static"]}
    home = pathlib.Path(os.environ.get("RB_HOME") or pathlib.Path(os.environ.get("XDG_DATA_HOME") or pathlib.Path.home() / ".local/share") / "rb")
    if (home / "models/all-MiniLM-L6-v2/model.onnx").exists():
        embedders["MiniLM"] = ["--model", "all-MiniLM-L6-v2"]
    with lab.plain.open() as lines:
        given = "embedding" in L.json.loads(lines.readline())
    bare = lab.prepared
    stripped = []
    for record in L.records(bare):
        record.pop("embedding", None)
        stripped.append(record)
    bare = lab.write("embedders.bare.ndjson", stripped)
    source = bare
    for name, flags in embedders.items():
        if source != bare:
            source = lab.write(f"embedders.{name}.bare.ndjson", ({k: v for k, v in r.items() if k != "embedding"} for r in L.records(source)))
        source = lab.make(f"embedders.{name}.ndjson", [["rb-embed", "--quiet", *flags, source]], source)
        routers = [f"{r} --name {r}@{name}" for r in ROUTERS]
        for i, router in enumerate(routers):
            source = lab.make(f"embedders.{name}.{i}.ndjson", [["rb-fit", *router.split(), "--quiet", source]], source)
    source = lab.make("embedders.words.ndjson", [["rb-fit", "logistic", "--name", "logistic@TF-IDF", "--quiet", "--drop-embedding", source]], source)
    scored = list(L.records(lab.make("embedders.scores.ndjson", [["rb-score", "--quiet", source]], source)))
    rows, entries = [], []
    for s in sorted(L.summaries(scored), key=lambda s: s["router"]):
        router, _, embedder = s["router"].partition("@")
        rows.append({"router": router, "embedder": embedder, "quality": round(100 * s["quality"], 1),
                     "95 % interval": "[{:.1f}, {:.1f}]".format(*(100 * v for v in s["quality_ci"])), "AIQ": round(100 * s["aiq"], 1) if s.get("aiq") is not None else None})
        entries.append((s["router"], 100 * s["quality"], *(100 * v for v in s["quality_ci"])))
    if len(embedders) == 1:
        sentence = "Only the built-in embedder is here (make minilm sets up a transformer), so nothing is said about embedders; logistic on words stands beside it."
    else:
        gaps = []
        for r in ROUTERS:
            paired = lab.make(f"embedders.{r}.scores.ndjson", [["rb-score", "--quiet", "--versus", f"{r}@static", source]], source)
            gaps.append((r, next(s for s in L.summaries(L.records(paired)) if s["router"] == f"{r}@MiniLM")))
        told = ", ".join(f"{r} {L.points(s['diff_versus'])} {L.interval(s['diff_versus_ci'])}" for r, s in gaps)
        within = all(abs(end) <= LITTLE for _, s in gaps for end in s["diff_versus_ci"])
        beyond = any(s["diff_versus_ci"][0] > LITTLE or s["diff_versus_ci"][1] < -LITTLE for _, s in gaps)
        sentence = f"MiniLM less the built-in table, points at alpha 1: {told}. That embedders matter by less than two points: {'holds' if within else 'fails' if beyond else 'undecided'}."
    if given:
        sentence += " The vectors that the data bring were left aside."
    return sentence, rows, chart.rows("Quality at alpha 1 by router and embedder", "quality, points", entries)
