"""How many routes flip when a prompt is written a little differently?"""
import hashlib

import lab as L

ROUTER = "kmeans"
ALPHA = 0.9


def typos(text):
    """Two neighbours swapped in every fifth word that is long enough, by its hash."""
    words = text.split(" ")
    for i, word in enumerate(words):
        if len(word) > 4 and int(hashlib.sha256(f"{i}{word}".encode()).hexdigest(), 16) % 5 == 0:
            words[i] = word[:2] + word[3] + word[2] + word[4:]
    return " ".join(words)


PERTURBED = {
    "lower case": str.lower,
    "upper case": str.upper,
    "double spaces": lambda t: t.replace(" ", "  "),
    "typos": typos,
    "filler before": lambda t: "Hello, I hope you are well. Could you please help me with this? " + t,
    "asks for the strong": lambda t: t + " This is very hard: only the best and largest model can answer it.",
}


def prompt_of(record):
    prompt = record.get("prompt")
    return prompt if isinstance(prompt, str) else None


def run(lab):
    bare = lab.write("robustness.bare.ndjson", ({k: v for k, v in r.items() if k != "embedding"} for r in L.records(lab.prepared)))
    source = lab.make("robustness.train.ndjson", [["rb-embed", "--quiet", "--model", "static", bare]], bare)
    saved = lab.out / "robustness.router.json"
    fitted = lab.make("robustness.fitted.ndjson", [["rb-fit", ROUTER, "--quiet", "--save", saved, source]], source)
    if not saved.exists():
        fitted.unlink()
        lab.make("robustness.fitted.ndjson", [["rb-fit", ROUTER, "--quiet", "--save", saved, source]], source)
    kept = [r for r in L.test_records(bare) if prompt_of(r)]
    if not kept:
        return "No prompt is a text, so none can be written differently.", [], None

    def called(name, change):
        path = lab.write(f"robustness.{name.replace(' ', '-')}.ndjson", ({**r, "prompt": change(prompt_of(r))} for r in kept))
        routed = lab.make(f"robustness.{name.replace(' ', '-')}.routed.ndjson", [["rb-embed", "--quiet", "--model", "static", path], ["rb-route", "--quiet", saved]], path, saved)
        return [(L.step_at(r["routes"][ROUTER], ALPHA)["model"], r["outcomes"]) for r in L.records(routed)]

    score = lambda model, outcomes: (outcomes.get(model) or {}).get("score")
    cost = lambda model, outcomes: (outcomes.get(model) or {}).get("cost")
    mean = lambda values: (lambda v: sum(v) / len(v) if v else None)([x for x in values if x is not None])
    plain = called("as it is", lambda t: t)
    rows = []
    for name, change in {"as it is": lambda t: t, **PERTURBED}.items():
        now = called(name, change)
        flips = sum(a[0] != b[0] for a, b in zip(plain, now))
        low, high = L.share_interval(flips, len(now))
        quality, price = mean(score(m, o) for m, o in now), mean(cost(m, o) for m, o in now)
        rows.append({"prompt": name, "routes flipped": f"{100 * flips / len(now):.1f} %", "95 % interval": f"[{100 * low:.1f}, {100 * high:.1f}]",
                     "quality": round(100 * quality, 1), "USD per 1,000": "" if price is None else f"{1000 * price:.3g}"})
    worst = max(rows[1:], key=lambda r: float(r["routes flipped"].split()[0]))
    last = rows[-1]
    sentence = (
        f"At alpha {ALPHA} most routes of {ROUTER} flip under \"{worst['prompt']}\" ({worst['routes flipped']} {worst['95 % interval']}), where quality is "
        f"{worst['quality']} instead of {rows[0]['quality']}; a sentence that asks for the strong model moves the cost of 1,000 queries from {rows[0]['USD per 1,000'] or '–'} to {last['USD per 1,000'] or '–'} USD."
    )
    return sentence, rows, None
