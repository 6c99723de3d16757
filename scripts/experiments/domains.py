"""On which datasets does routing pay?"""
import chart
import lab as L


def run(lab):
    whole = L.summaries(lab.scored)
    best = max(whole, key=lambda s: (s["diff"], s["router"]))["router"]
    rows, entries = [], []
    for s in lab.scored:
        if s["type"] == "summary" and s["router"] == best and "dataset" in s["group"]:
            ci = s.get("diff_ci")
            rows.append({"dataset": s["group"]["dataset"], "queries": s["n"], "quality": round(100 * s["quality"], 1), "against best-single": L.points(s["diff"]), "95 % interval": L.interval(ci)})
            entries.append((s["group"]["dataset"], 100 * s["diff"], *((100 * v for v in ci) if ci else (None, None))))
    up = sum(1 for _, _, low, _ in entries if low is not None and low > 0)
    down = sum(1 for _, _, _, high in entries if high is not None and high < 0)
    sentence = f"{best}, the router with the largest gain, is surely above best-single on {up} and surely below on {down} of {len(entries)} datasets (intervals by dataset, not corrected for their number)."
    return sentence, rows, chart.rows(f"{best} against best-single, by dataset", "difference of quality, points", entries, 0) if entries else None
