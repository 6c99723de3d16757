"""Which few models are worth having, and do more of them pay?"""
import chart
import lab as L


def run(lab):
    path = lab.make("pool.ndjson.made", [["rb-pool", "--quiet", "--objective", "routed", "--missing", "drop", lab.prepared]], lab.prepared)
    made = [r for r in L.records(path) if r["type"] == "pool" and r["group"] == {}]
    rows, grown, drawn = [], [], []
    for r in made:
        rows.append({"models": r["size"], "added": r["model"], "on test": round(100 * r["test_quality"], 1),
                     "95 % interval": "[{:.1f}, {:.1f}]".format(*(100 * v for v in r["test_quality_ci"])),
                     "gain on train": "" if r.get("gain") is None else f"{L.points(r['gain'])} {L.interval(r.get('gain_ci'))}"})
        grown.append((r["size"], 100 * r["test_quality"], *(100 * v for v in r["test_quality_ci"])))
        quality = r.get("random_quality")
        if isinstance(quality, (int, float)):
            drawn.append((r["size"], 100 * quality, None, None))
    best = max(made, key=lambda r: r["test_quality"])
    enough = next(r for r in made if r["test_quality"] >= best["test_quality"] - 0.005)
    whole = made[-1]
    low, high = whole["test_quality_ci"]
    sentence = (
        f"{enough['size']} of {len(made)} models ({', '.join(enough['pool'])}) reach {100 * enough['test_quality']:.1f} routed on test, all of "
        f"them {100 * whole['test_quality']:.1f} [{100 * low:.1f}, {100 * high:.1f}]. That a few well-chosen models are enough: "
        f"{'holds' if enough['size'] < len(made) and enough['test_quality'] >= low else 'undecided'}."
    )
    series = [("grown on train", grown)] + ([("mean of random pools", drawn)] if len(drawn) > 1 else [])
    return sentence, rows, chart.lines("Routed quality by size of the pool", "models in the pool", "quality on test, points", series)
