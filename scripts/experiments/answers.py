"""How often do models agree, and what is agreement worth?"""
import lab as L

ROUTERS = ["vote", "agreement"]


def run(lab):
    source = lab.prepared
    try:
        source = lab.fit("answers", source, ROUTERS)
    except L.Failed as why:
        return f"Answers cannot be followed here: {why}.", [], None
    scored = list(L.records(lab.make("answers.scores.ndjson", [["rb-score", "--quiet", source]], source)))
    rows = []
    for s in L.summaries(scored):
        a = s.get("answers") or {}
        show = lambda key: None if a.get(key) is None else round(100 * a[key], 1)
        rows.append({"router": s["router"], "quality": round(100 * s["quality"], 1), "against best-single": f"{L.points(s['diff'])} {L.interval(s.get('diff_ci'))}", "all agree, %": show("agreed"), "score where they agree": show("quality_agreed"), "where not": show("quality_not_agreed")})
    best = max(rows, key=lambda r: r["quality"])
    sentence = f"{best['router']} has {best['against best-single']} points against best-single; the models it calls agree with the kept answer on {best['all agree, %']} % of the queries, where the mean score is {best['score where they agree']}, elsewhere {best['where not']}."
    return sentence, rows, None
