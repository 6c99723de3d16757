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
    rows = []
    for factor in FACTORS:
        priced = []
        for record in L.records(lab.prepared):
            outcome = record["outcomes"].get(dearest)
            if outcome and outcome.get("cost") is not None:
                outcome["cost"] *= factor
            priced.append(record)
        path = lab.write(f"prices.{factor}.ndjson", priced)
        source = lab.fit(f"prices.{factor}.fit", path, [router])
        scored = list(L.records(lab.make(f"prices.{factor}.scores.ndjson", [["rb-score", "--quiet", source]], source)))
        s = L.summaries(scored)[0]
        half = [r for r in scored if r["type"] == "point" and r["router"] == router]
        middle = min(half, key=lambda r: abs(r["alpha"] - ALPHA))
        rows.append({"price": f"× {factor:g}", "AIQ": round(100 * s["aiq"], 1), f"calls of {dearest} at alpha 1": f"{100 * s['mix'].get(dearest, 0):.0f} %",
                     f"at alpha {middle['alpha']:.2f}": f"{100 * middle['mix'].get(dearest, 0):.0f} %", "quality there": round(100 * middle["quality"], 1),
                     "USD per 1,000 there": f"{1000 * middle['cost']:.3g}"})
    column = list(rows[0])[3]
    sentence = f"With {dearest} at half, once and twice its price, {router} fitted anew calls it for {', '.join(r[column] for r in rows)} of the queries {column}; quality there is {', '.join(str(r['quality there']) for r in rows)}."
    return sentence, rows, None
