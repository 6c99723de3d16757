#!/usr/bin/env python3
"""Simulated benchmarks that are hard on routers, as query records on standard
output: many models near each other, or one that dominates.

    scripts/bench/near-equal.py > near.ndjson              71 models, 1,430 queries
    scripts/bench/near-equal.py --dominant 0.08 > one.ndjson
    scripts/bench/near-equal.py --queries 20000 --models 12 > large.ndjson

Prompts are those of the demo data (demo_prompts.py). A query has a difficulty that
all models share; a model is right with the chance

    base + skill[m] + knack[m, domain] + difficulty

where skill and knack are nearly normal with the deviations --spread and --knack, so
by default hardly anything sets the models apart; --dominant is added to the skill of
one. Answers: right ones are alike, wrong ones come from four popular mistakes, the
likelier the more popular. Costs: a price a model, over two powers of ten, times the
length of the prompt. Python's standard library only.
"""
import argparse
import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from demo_prompts import DOMAINS, Dice


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--models", type=int, default=71)
    parser.add_argument("--queries", type=int, default=1430)
    parser.add_argument("--base", type=float, default=0.62)
    parser.add_argument("--spread", type=float, default=0.01)
    parser.add_argument("--knack", type=float, default=0.01)
    parser.add_argument("--dominant", type=float, default=0.0, help="added to the skill of one model")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    d = Dice(args.seed)
    names = [f"model-{m:03}" for m in range(args.models)]
    skill = [args.spread * d.bell() for _ in names]
    skill[args.models // 2] += args.dominant
    knack = {(m, domain): args.knack * d.bell() for m in range(args.models) for domain in DOMAINS}
    price = [1e-6 * 10 ** (2 * d.unit()) for _ in names]
    domains = list(DOMAINS)
    for i in range(args.queries):
        domain = domains[i % len(domains)]
        _, low, high, writer = d.pick(DOMAINS[domain])
        level = low + (high - low) * d.unit()
        prompt = writer(d, level)
        hard = 0.25 * d.bell() - 0.2 * (level - 0.5)
        outcomes = {}
        for m, name in enumerate(names):
            chance = args.base + skill[m] + knack[m, domain] + hard
            right = d.unit() < min(0.98, max(0.02, chance))
            kind = d.unit()
            mistake = (kind > 0.45) + (kind > 0.7) + (kind > 0.87)
            outcomes[name] = {"score": int(right), "cost": round(price[m] * len(prompt), 12),
                              "answer": "right" if right else f"mistake {mistake}"}
        print(json.dumps({"id": f"{i:05}", "dataset": domain, "prompt": prompt, "outcomes": outcomes},
                         ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    main()
