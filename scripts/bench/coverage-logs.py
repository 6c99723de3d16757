"""How often the intervals of `rb-score --off-policy` hold the truth: a complete
table is masked to one logged model a query, again and again, and each mask is
estimated; the truth is what a replay of the complete table gives.

    python3 scripts/bench/coverage-logs.py target/release bench.ndjson [MASKS] [ESTIMATED] [WORDS]

bench.ndjson: query records with routes, complete outcomes, and a test split (or
none). Two logging policies: uniform, and biased (the dearer a model and the
longer the prompt, the likelier: p ∝ exp(rank·length), both standardised, mixed
with a fifth of uniform). MASKS (300) with the probabilities in the log,
ESTIMATED (100) without them. Fixed: the queries are those of the table. Drawn:
each mask draws its queries from the table, with replacement; an interval speaks
of such draws. Exits with 1 where a coverage with given probabilities is outside
93..97 %. WORDS, such
as `fixed,given`, runs only the designs that have them all. Python 3 and nothing
else.
"""
import json
import math
import random
import subprocess
import sys

BIN, DATA = sys.argv[1], sys.argv[2]
MASKS = int(sys.argv[3]) if len(sys.argv) > 3 else 300
ESTIMATED = int(sys.argv[4]) if len(sys.argv) > 4 else 100
WORDS = set(sys.argv[5].split(",")) if len(sys.argv) > 5 else set()
RESAMPLES = "1000"


def score(stream, *flags):
    command = [f"{BIN}/rb-score", "--quiet", "--threads", "1", *flags]
    ran = subprocess.run(command, input=stream.encode(), capture_output=True, check=True)
    return [json.loads(line) for line in ran.stdout.splitlines()]


class Query:
    """A record in two parts, so that masks are made by joining text."""

    def __init__(self, record):
        outcomes = record.pop("outcomes")
        self.prompt = record.pop("prompt", "")
        self.rest = json.dumps(record)[1:-1]
        self.id = record.pop("id")
        self.without_id = json.dumps(record)[1:-1]
        self.outcomes = outcomes
        self.texts = {m: json.dumps(o) for m, o in outcomes.items()}
        self.length = math.log(1 + len(self.prompt))

    def whole(self):
        return json.dumps({"id": self.id, "prompt": self.prompt, "outcomes": self.outcomes})[:-1] + "," + self.without_id + "}"

    def masked(self, model, p, copy):
        head = {"id": f"{self.id}{copy}", "prompt": self.prompt + copy, "logged": {"model": model}}
        if p:
            head["logged"]["propensity"] = p
        outcome = f'"outcomes":{{{json.dumps(model)}:{self.texts[model]}}}'
        return json.dumps(head)[:-1] + "," + outcome + "," + self.without_id + "}"


def main():
    records = [json.loads(line) for line in open(DATA)]
    records = [r for r in records if r.get("split", "test") == "test"]
    queries = [Query(r) for r in records]
    models = sorted(queries[0].texts)
    cost = {m: sum(q.outcomes[m]["cost"] for q in queries) for m in models}
    ranks = {m: i for i, m in enumerate(sorted(models, key=cost.get))}
    spread = (len(models) - 1) / 2 or 1
    mean = sum(q.length for q in queries) / len(queries)
    sd = math.sqrt(sum((q.length - mean) ** 2 for q in queries) / len(queries)) or 1

    def uniform(_):
        return {m: 1 / len(models) for m in models}

    def biased(q):
        z = (q.length - mean) / sd
        weight = {m: math.exp((ranks[m] / spread - 1) * z) for m in models}
        total = sum(weight.values())
        return {m: 0.2 / len(models) + 0.8 * weight[m] / total for m in models}

    best = max(models, key=lambda m: sum(q.outcomes[m]["score"] for q in queries))
    full = score("\n".join(q.whole() for q in queries), "--resamples", "0", "--best-single", best)
    truth = {r["router"]: (r["quality"], r["diff"]) for r in full if r["type"] == "summary"}
    failed = False
    for policy in (uniform, biased):
        chances = [policy(q) for q in queries]
        for drawn in (False, True):
            for given in (True, False):
                names = {policy.__name__, "drawn" if drawn else "fixed", "given" if given else "estimated"}
                if not WORDS <= names:
                    continue
                held, width, ess, bias, n = {}, {}, [], {}, MASKS if given else ESTIMATED
                for mask in range(n):
                    rng = random.Random(f"{policy.__name__} {drawn} {mask}")
                    places = range(len(queries))
                    if drawn:
                        places = [rng.randrange(len(queries)) for _ in places]
                    lines = []
                    for copy, i in enumerate(places):
                        p = chances[i]
                        model = rng.choices(models, [p[m] for m in models])[0]
                        name = f" {copy}" if drawn else ""
                        lines.append(queries[i].masked(model, p[model] if given else None, name))
                    stream = "\n".join(lines)
                    for r in score(stream, "--off-policy", "--best-single", best, "--resamples", RESAMPLES, "--seed", str(mask)):
                        if r["type"] != "summary" or "refused" in r:
                            continue
                        ess.append(r["ess"])
                        for name, value, right in zip(("quality", "diff"), (r["quality"], r["diff"]), truth[r["router"]]):
                            low, high = r[f"{name}_ci"]
                            key = (r["router"], name)
                            held.setdefault(key, []).append(low <= right <= high)
                            width.setdefault(key, []).append((high - low) / 2)
                            bias.setdefault(key, []).append(value - right)
                for key in sorted(held):
                    of, inside = len(held[key]), sum(held[key])
                    share = inside / of
                    print(f"{policy.__name__:8} {'drawn' if drawn else 'fixed'} {'given' if given else 'estimated':9} {key[0]:8} {key[1]:8} held {share:.3f} of {of}, half-width {sum(width[key]) / of:.4f}, bias {sum(bias[key]) / of:+.4f}, ess {sum(ess) / len(ess):.0f}", flush=True)
                    failed |= given and not 0.93 <= share <= 0.97
    sys.exit(failed)


main()
