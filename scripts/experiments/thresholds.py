"""How much of the strong model's quality does a two-model router have at a share of
its cost?"""
import chart
import lab as L

ROUTERS = ["random", "bert", "hybridllm", "routellm-mf", "sw-ranking", "logistic"]
SHARES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]


def on_hull(hull, cost):
    """Quality at a cost: between two points of the hull, of mixing them."""
    below = [p for p in hull if p["cost"] <= cost]
    above = [p for p in hull if p["cost"] > cost]
    if not below:
        return None
    if not above:
        return below[-1]["quality"]
    a, b = below[-1], above[0]
    return a["quality"] + (b["quality"] - a["quality"]) * (cost - a["cost"]) / (b["cost"] - a["cost"])


def run(lab):
    run_record = next(r for r in lab.scored if r["type"] == "run")
    strong, weak = run_record["strong"], run_record["weak"]
    if not run_record.get("cost_scale"):
        return "No cost is known, so there is no share of it.", [], None
    routers = []
    for name in ROUTERS:
        pair = [] if name == "random" else ["--strong", strong, "--weak", weak]
        if name == "random":
            routers.append(f"random --models {strong},{weak}")
        else:
            routers.append(" ".join([name, *pair]))
    source = lab.prepared
    kept, said = [], []
    for router in routers:
        try:
            source = lab.make(f"thresholds.{router.split()[0]}.ndjson", [["rb-fit", *router.split(), "--quiet", source]], source)
            kept.append(router.split()[0])
        except L.Failed as why:
            said.append(f"{router.split()[0]} is left out ({why})")
    scored = list(L.records(lab.make("thresholds.scores.ndjson", [["rb-score", "--quiet", source]], source)))
    models = {b["model"]: b for b in scored if b["type"] == "baseline" and b["name"] == "model"}
    top = models[strong]
    rows, series = [], []
    for s in L.summaries(scored):
        points = [(share, on_hull(s["hull"], share * top["cost"])) for share in SHARES]
        rows.append({"router": s["router"], **{f"{100 * share:.0f} %": None if q is None else f"{100 * q / top['quality']:.1f}" for share, q in points}})
        series.append((s["router"], [(100 * share, 100 * q / top["quality"], None, None) for share, q in points if q is not None]))
    at = {r["router"]: r["30 %"] for r in rows}
    reach = {name: next((p[0] for p in ps if p[1] >= 90), None) for name, ps in series}
    best = min((v, k) for k, v in reach.items() if v is not None) if any(v is not None for v in reach.values()) else None
    sentence = (
        f"Between {strong} and {weak}: " + (f"{best[1]} has 90 % of {strong}'s quality at {best[0]:.0f} % of its cost or less" if best else f"no router reaches 90 % of {strong}'s quality below its cost")
        + f"; random mixing is at {at.get('random')} % of it at 30 % of the cost. That 90 % of the quality costs 30 to 50 %: "
        + (
            "random mixing has it as cheaply, so this says nothing of routers" if best and reach.get("random") == best[0]
            else "holds" if best and 30 <= best[0] <= 50 else "it costs less here" if best and best[0] < 30 else "fails"
        ) + "."
        + ("" if not said else " " + "; ".join(said) + ".")
    )
    figure = chart.lines(f"Share of {strong}'s quality by share of its cost", f"share of the cost of {strong}, %", f"share of its quality, %", series) if series else None
    return sentence, rows, figure
