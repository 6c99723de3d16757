"""Is another model the best on another dataset, and is that worth anything?"""
import chart
import lab as L


def run(lab):
    scores, by_dataset = {}, {}
    for record in L.records(lab.prepared):
        test = record.get("split") == "test"
        for model, outcome in record["outcomes"].items():
            if outcome.get("score") is not None:
                key = (record["dataset"], model, test)
                scores.setdefault(key, []).append(outcome["score"])
                by_dataset.setdefault(record["dataset"], set()).add(model)
    mean = lambda d, m, test: (lambda v: sum(v) / len(v) if v else None)(scores.get((d, m, test), []))
    single = L.baseline(lab.scored, "best-single")["model"]
    experts = {}
    for dataset, models in by_dataset.items():
        known = [(mean(dataset, m, False), m) for m in sorted(models)]
        known = [k for k in known if k[0] is not None]
        experts[dataset] = max(known, key=lambda k: k[0])[1] if known else single
    # The experts as a router, so that rb-score judges them like any other.
    routes = []
    for record in L.records(lab.prepared):
        record.pop("embedding", None)
        record["routes"] = {"experts": [{"alpha": 0, "model": experts[record["dataset"]]}]}
        routes.append(record)
    path = lab.write("complementarity.routes.ndjson", routes)
    scored = list(L.records(lab.make("complementarity.scores.ndjson", [["rb-score", "--quiet", path]], path)))
    gain = L.summaries(scored)[0]
    rows, entries = [], []
    for dataset in sorted(experts):
        ours, theirs = mean(dataset, experts[dataset], True), mean(dataset, single, True)
        if ours is None or theirs is None:
            continue
        rows.append({"dataset": dataset, "best on train": experts[dataset], "its test score": round(100 * ours, 1),
                     f"{single}": round(100 * theirs, 1), "difference": L.points(ours - theirs)})
        entries.append((dataset, 100 * (ours - theirs), None, None))
    others = sum(m != single for m in experts.values())
    low, high = gain["diff_ci"]
    verdict = "holds" if low > 0 else "fails" if high <= 0.002 else "undecided"
    sentence = (
        f"On {others} of {len(experts)} datasets another model than {single} is the best on train; calling each "
        f"dataset's best gains {L.points(gain['diff'])} points {L.interval(gain['diff_ci'])} on test. "
        f"That models complete each other by dataset: {verdict}."
    )
    figure = chart.rows("The best model of each dataset against the best single one", "difference on test, points of score", entries, 0)
    return sentence, rows, figure
