"""Does any router beat the best single model?"""
import chart
import lab as L


def run(lab):
    rows, entries = [], []
    routers = sorted(L.summaries(lab.scored), key=lambda s: -s["diff"])
    for s in routers:
        p = s.get("p_holm")
        rows.append({"router": s["router"], "quality": round(100 * s["quality"], 1), "against best-single": L.points(s["diff"]),
                     "95 % interval": L.interval(s.get("diff_ci")), "verdict": s["verdict"], "p (Holm)": None if p is None else round(p, 4)})
        low, high = s.get("diff_ci") or (None, None)
        entries.append((s["router"], 100 * s["diff"], low and 100 * low, high and 100 * high))
    better = [s["router"] for s in routers if s["verdict"] == "yes"]
    worse = [s["router"] for s in routers if (s.get("diff_ci") or (0, 0))[1] < 0]
    single = L.baseline(lab.scored, "best-single")["model"]
    words = [f"Of {len(routers)} routers {len(better)} beat {single}, the best single model, beyond chance"]
    if better:
        words.append(": " + ", ".join(better))
    words.append(f"; {len(worse)} are surely worse" + (": " + ", ".join(worse) if worse else "") + ".")
    return "".join(words), rows, chart.rows("Routers against the best single model, at alpha 1", "difference of quality, points", entries, 0)
