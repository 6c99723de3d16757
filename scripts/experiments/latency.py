"""Quality, cost and latency together: which points are beaten in none of the three?"""
import lab as L

# Rows of the table: so many of the points, evenly.
MOST = 12


def run(lab):
    points = [(f"{r['router']} at {r['alpha']:.2f}", r) for r in lab.scored if r["type"] == "point" and r["group"] == {}]
    points += [(r["model"], r) for r in lab.scored if r["type"] == "baseline" and r["name"] == "model" and r["group"] == {}]
    points = [(n, r) for n, r in points if r.get("latency") is not None and r.get("cost") is not None]
    if not points:
        return "No latency is known in these data (outcomes.MODEL.latency), so there is nothing to weigh it against.", [], None
    figures = {n: (r["quality"], -r["cost"], -r["latency"]) for n, r in points}
    beats = lambda a, b: all(x >= y for x, y in zip(a, b)) and a != b
    free = [(n, r) for n, r in points if not any(beats(other, figures[n]) for other in figures.values())]
    two = [n for n, r in points if not any(beats(o[:2], figures[n][:2]) for o in figures.values())]
    free.sort(key=lambda p: -p[1]["quality"])
    shown = free[:: max(1, len(free) // MOST)]
    rows = [{"point": n, "quality": round(100 * r["quality"], 1), "USD per 1,000": f"{1000 * r['cost']:.3g}", "seconds": f"{r['latency']:.2f}",
             "also without latency": "yes" if n in two else ""} for n, r in shown]
    sentence = f"Of {len(points)} points {len(free)} are beaten in none of quality, cost and latency; {len(two)} would be with quality and cost alone."
    return sentence, rows, None
