"""What does a router lose on a dataset that it was not fitted on?"""
import chart
import lab as L

MOST = 6
ROUTER = "kmeans"


def run(lab):
    sizes = {}
    for record in L.records(lab.embedded):
        sizes[record["dataset"]] = sizes.get(record["dataset"], 0) + 1
    if len(sizes) < 2:
        return "There is one dataset, so nothing can be carried over to another.", [], None
    largest = sorted(sizes, key=lambda d: (-sizes[d], d))[:MOST]
    rows, entries, losses = [], [], []
    for dataset in largest:
        slug = "".join(c if c.isalnum() else "-" for c in dataset)
        # Half of the dataset is test for both; one fit sees the other half, one does not.
        with_it = lab.make(f"transfer.{slug}.split.ndjson", [["rb-split", "--quiet", "--resplit", "--seed", "42", "--train", "0.5", lab.embedded]], lab.embedded)
        home = lab.make(f"transfer.{slug}.home.ndjson", [["rb-fit", ROUTER, "--name", "at-home", "--quiet", with_it]], with_it)
        away = []
        for record in L.records(home):
            if record["dataset"] == dataset and record["split"] == "train":
                record["split"] = "none"
            away.append(record)
        away = lab.write(f"transfer.{slug}.away.ndjson", away)
        both = lab.make(f"transfer.{slug}.both.ndjson", [["rb-fit", ROUTER, "--name", "abroad", "--quiet", "--drop-embedding", away]], away)
        only = lab.write(f"transfer.{slug}.only.ndjson", (r for r in L.records(both) if r["dataset"] == dataset and r["split"] == "test"))
        scored = list(L.records(lab.make(f"transfer.{slug}.scores.ndjson", [["rb-score", "--quiet", "--versus", "at-home", only]], only)))
        by = {s["router"]: s for s in L.summaries(scored)}
        a, b = by["at-home"], by["abroad"]
        loss = b["quality"] - a["quality"]
        ci = b.get("diff_versus_ci")
        losses.append((loss, ci))
        rows.append({"dataset": dataset, "fitted with it": round(100 * a["quality"], 1), "without": round(100 * b["quality"], 1),
                     "difference": L.points(loss), "95 % interval": L.interval(ci)})
        entries.append((dataset, 100 * loss, *((100 * v for v in ci) if ci else (None, None))))
    mean = sum(l for l, _ in losses) / len(losses)
    sure = sum(1 for _, ci in losses if ci and ci[1] < 0)
    # Datasets have queries of their own, so their means vary apart from each other.
    known = [ci for _, ci in losses if ci]
    half = sum(((high - low) / 2) ** 2 for low, high in known) ** 0.5 / len(losses)
    low, high = -mean - half, -mean + half
    verdict = "holds" if 0.05 <= low and high <= 0.10 else "fails" if high < 0.05 or low > 0.10 else "undecided"
    sentence = (
        f"{ROUTER} fitted without a dataset loses {L.points(-mean).lstrip('+')} points on it [{100 * low:.1f}, {100 * high:.1f}], mean of {len(losses)} datasets; surely on {sure}. "
        f"That transfer costs 5 to 10 points: {verdict}."
    )
    return sentence, rows, chart.rows(f"{ROUTER} on a dataset it was not fitted on, against one that was", "difference of quality, points", entries, 0)
