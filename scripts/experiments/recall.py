"""Where few models are right, does the router find one of them?"""
import chart
import lab as L

RIGHT = 0.5


def run(lab):
    names = [s["router"] for s in L.summaries(lab.scored)]
    models = next(r["models"] for r in lab.scored if r["type"] == "run")
    found, counts, unknown = {}, {}, 0
    for record in L.test_records(lab.routed):
        known = {m: o["score"] for m, o in record["outcomes"].items() if o.get("score") is not None}
        if len(known) < len(models):
            unknown += 1
            continue
        right = sum(s >= RIGHT for s in known.values())
        counts[right] = counts.get(right, 0) + 1
        for name in names:
            step = L.step_at(record["routes"][name], 1.0)
            if known[step["model"]] >= RIGHT:
                found[name, right] = found.get((name, right), 0) + 1
    some = sorted(r for r in counts if r > 0)
    rows = []
    for right in some:
        row = {"right models": right, "queries": counts[right]}
        for name in names:
            row[name] = f"{100 * found.get((name, right), 0) / counts[right]:.0f} %"
        rows.append(row)
    series = []
    for name in names[:8]:
        of = [(r, found.get((name, r), 0), counts[r]) for r in some]
        series.append((name, [(r, 100 * k / n, *(100 * v for v in L.share_interval(k, n))) for r, k, n in of]))
    few = [r for r in some if r <= 3]
    n, total = sum(counts[r] for r in few), sum(counts.values())
    best = max(names, key=lambda name: sum(found.get((name, r), 0) for r in some))
    k = sum(found.get((best, r), 0) for r in few)
    rest = [r for r in some if r > 3]
    k2, n2 = sum(found.get((best, r), 0) for r in rest), sum(counts[r] for r in rest)
    low, high = L.share_interval(k, n)
    sentence = (
        f"{100 * n / max(total, 1):.0f} % of {total} test queries have one to three right models; the router with the "
        f"most right answers, {best}, finds one there in {100 * k / max(n, 1):.0f} % [{100 * low:.0f}, {100 * high:.0f}]"
        + (f", where more are right in {100 * k2 / n2:.0f} %." if n2 else ".")
    )
    if n and n2:
        low2 = L.share_interval(k2, n2)[0]
        sentence += f" That rare right models are missed: {'holds' if high < low2 else 'undecided'}."
    if unknown:
        sentence += f" {unknown} queries are left out, whose scores are not all known."
    return sentence, rows, chart.lines("How often a right model is found, by how many are right", "models that are right", "queries with a right model called, %", series) if len(some) > 1 else None
