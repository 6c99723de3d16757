"""Quality against the share of train outcomes known: the table in ROUTERS.md.

    fill-rates.py table BIN NAME=FILE... [--routers A,B] [--seeds 42,999] [--masks N] [--fill F,...]
    fill-rates.py mask --fill one --seed 1 < split.ndjson > masked.ndjson
    fill-rates.py simulate best | alike > records.ndjson

FILE holds query records without splits; `table` embeds them, splits them as
LLMRouterBench does, hides train outcomes, fits, and gives each router's mean
quality at alpha 1 on the complete test part, over seeds and masks. FILL is `one`
(one random outcome a query) or the share kept, each on its own. `long` keeps one
outcome a query, of the dearer models on longer prompts (a biased log). A router
may have flags: `logistic --features embedding`.

`simulate best` makes 6 models of which one is the best everywhere, `alike` 70
models that hardly differ: what must not be made worse by learning.
"""

import argparse
import json
import os
import random
import subprocess
import sys

ROUTERS = (
    "domain,kmeans,hiershrink,stack,knn,logistic,svm,mlp,irt,embedllm,"
    "avengers,avengers-pro,keyword,sw-ranking"
)


def mean_costs(records):
    sums = {}
    for record in records:
        for model, outcome in record["outcomes"].items():
            cost, n = sums.get(model, (0.0, 0))
            sums[model] = (cost + outcome.get("cost", outcome.get("score", 0)), n + 1)
    return sorted(sums, key=lambda model: sums[model][0] / sums[model][1])


def mask(records, fill, seed):
    """Hides outcomes of train records; test ones stay complete."""
    draw = random.Random(f"{fill} {seed}")
    dearer = mean_costs(records) if fill == "long" else []
    train = sorted(len(r["prompt"]) for r in records if r["split"] == "train")
    for record in records:
        outcomes = record["outcomes"]
        if record["split"] != "train" or not outcomes:
            continue
        if fill == "one":
            kept = [draw.choice(sorted(outcomes))]
        elif fill == "long":
            rank = sum(n < len(record["prompt"]) for n in train) / len(train)
            place = (rank + draw.gauss(0, 0.25)) * len(dearer)
            kept = [dearer[min(max(int(place), 0), len(dearer) - 1)]]
        else:
            kept = [m for m in sorted(outcomes) if draw.random() < float(fill)]
        record["outcomes"] = {m: outcomes[m] for m in kept if m in outcomes}


TOPICS = "geometry poetry rivers taxes cells music".split()
WORDS = "alpha beta gamma delta stone water paper light sound green early round".split()


def simulate(kind):
    draw = random.Random(7)
    if kind == "best":
        chance = {
            f"model-{m}": {t: 0.9 if m == 0 else draw.uniform(0.4, 0.7) for t in TOPICS}
            for m in range(6)
        }
    else:
        chance = {
            f"model-{m:02}": {t: 0.6 + draw.gauss(0, 0.02) for t in TOPICS}
            for m in range(70)
        }
    for i in range(3000):
        topic, hard = TOPICS[i % len(TOPICS)], draw.gauss(0, 0.15)
        words = " ".join(draw.choice(WORDS) for _ in range(8))
        outcomes = {
            m: {"score": int(draw.random() < c[topic] - hard), "cost": 0.001}
            for m, c in chance.items()
        }
        record = {"id": f"q{i}", "dataset": topic, "prompt": f"{topic} {words} {i}"}
        yield {**record, "outcomes": outcomes}


def run(command, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def quality(binaries, router, stream):
    fit = [os.path.join(binaries, "rb-fit"), *router.split(), "--name", "R", "--quiet"]
    fitted = subprocess.run(fit, input=stream, capture_output=True, text=True)
    if fitted.returncode:
        return None
    score = [os.path.join(binaries, "rb-score"), "--resamples", "0", "--quiet"]
    found = {}
    for line in run(score, input=fitted.stdout).splitlines():
        record = json.loads(line)
        if record.get("group") == {} and record["type"] == "summary":
            found["R"] = record["quality"]
    return found["R"]


def table(args):
    tool = lambda name: os.path.join(args.binaries, name)
    routers = args.routers.split(",")
    for given in args.files:
        name, path = given.split("=", 1)
        embedded = run([tool("rb-embed"), "--quiet", path])
        qualities = {}
        for seed in args.seeds.split(","):
            split = [tool("rb-split"), "--like", "llmrouterbench", "--seed", seed, "--quiet"]
            lines = run(split, input=embedded).strip("\n").split("\n")
            for fill in args.fill.split(","):
                for number in range(1 if fill == "1" else args.masks):
                    records = [json.loads(line) for line in lines]
                    best = best_single(records)
                    mask(records, fill, f"{seed} {number}")
                    stream = "".join(json.dumps(r) + "\n" for r in records)
                    qualities.setdefault((fill, "best single"), []).append(best)
                    for router in routers:
                        value = quality(args.binaries, router, stream)
                        qualities.setdefault((fill, router), []).append(value)
                        print(name, seed, fill, number, router, value, file=sys.stderr)
        print(f"\n| {name}: known | best single | " + " | ".join(routers) + " |")
        print("|---" * (len(routers) + 2) + "|")
        for fill in args.fill.split(","):
            cells = [fill]
            for router in ["best single", *routers]:
                values = [v for v in qualities[fill, router] if v is not None]
                cells.append(f"{sum(values) / len(values):.4f}" if values else "–")
            print("| " + " | ".join(cells) + " |")


def best_single(records):
    """Test quality of the model with the best mean on all of train."""
    def mean(split, model):
        scores = [r["outcomes"][model]["score"] for r in records if r["split"] == split]
        return sum(scores) / len(scores)

    models = sorted({m for r in records for m in r["outcomes"]})
    return mean("test", max(models, key=lambda m: mean("train", m)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("table")
    one.add_argument("binaries")
    one.add_argument("files", nargs="+", metavar="NAME=FILE")
    one.add_argument("--routers", default=ROUTERS)
    one.add_argument("--seeds", default="42,999,2024")
    one.add_argument("--masks", type=int, default=1, help="masks a seed and fill")
    one.add_argument("--fill", default="one,0.3,0.6,0.95,1")
    one = commands.add_parser("mask")
    one.add_argument("--fill", default="one")
    one.add_argument("--seed", default="1")
    one = commands.add_parser("simulate")
    one.add_argument("kind", choices=["best", "alike"])
    args = parser.parse_args()
    if args.command == "table":
        return table(args)
    if args.command == "simulate":
        records = simulate(args.kind)
    else:
        records = [json.loads(line) for line in sys.stdin]
        mask(records, args.fill, args.seed)
    for record in records:
        print(json.dumps(record))


main()
