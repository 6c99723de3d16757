"""What if the price of the dearest model halves, or doubles?"""
import lab as L

FACTORS = [0.5, 1.0, 2.0]
# Where it is told what is called: nearer to quality than to cost.
ALPHA = 0.8


def run(lab):
    models = [r for r in lab.scored if r["type"] == "baseline" and r["name"] == "model" and r["group"] == {} and r.get("cost") is not None]
    if not models:
        return "No cost is known, so no price can change.", [], None
    dearest = max(models, key=lambda r: r["cost"])["model"]
    router = "domain"
    saved = lab.out / "prices.domain.json"
    lab.make("prices.saved.ndjson", [["rb-fit", router, "--quiet", "--save", saved, "--drop-embedding", lab.prepared]], lab.prepared)
    rows, column = [], None
    for factor in FACTORS:
        priced = []
        for record in L.records(lab.prepared):
            outcome = record["outcomes"].get(dearest)
            if outcome and outcome.get("cost") is not None:
                outcome["cost"] *= factor
            priced.append(record)
        path = lab.write(f"prices.{factor}.ndjson", priced)
        anew = lab.fit(f"prices.{factor}.fit", path, [router])
        told = ["rb-route", saved, "--quiet", "--drop-embedding", "--prices", f"{dearest}={factor}", "--input", path]
        for how, source in [("fitted anew", anew), ("saved, told the price", lab.make(f"prices.{factor}.told.ndjson", [told], saved, path))]:
            name = f"prices.{factor}.{'anew' if source == anew else 'told'}.scores.ndjson"
            scored = list(L.records(lab.make(name, [["rb-score", "--quiet", source]], source)))
            s = L.summaries(scored)[0]
            points = [r for r in scored if r["type"] == "point" and r["router"] == router]
            middle = min(points, key=lambda r: abs(r["alpha"] - ALPHA))
            column = f"calls of {dearest} at alpha {middle['alpha']:.2f}"
            rows.append({"price": f"× {factor:g}", "router": how, "AIQ": round(100 * s["aiq"], 1),
                         column: f"{100 * middle['mix'].get(dearest, 0):.0f} %", "quality there": round(100 * middle["quality"], 1),
                         "its interval": "" if "quality_ci" not in middle else "[{:.1f}, {:.1f}]".format(*(100 * q for q in middle["quality_ci"])), "USD per 1,000 there": f"{1000 * middle['cost']:.3g}"})
    half = len(rows) // len(FACTORS)
    each = lambda how: ", ".join(r[column] for r in rows[how::half])
    at = column.rpartition(" at ")[2]
    sentence = (f"With {dearest} at half, once and twice its price, {router} fitted anew calls it for {each(0)} of the queries at {at}, "
                f"where costs count in terms of the dearest model's new price; saved before and told the new price it does for {each(1)}. "
                f"Quality there is {', '.join(str(r['quality there']) for r in rows[0::half])} and {', '.join(str(r['quality there']) for r in rows[1::half])}.")
    return sentence, rows, None
