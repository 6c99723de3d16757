#!/usr/bin/env python3
"""Simulated benchmark results for the demo: tests/data/demo.ndjson.gz.

    scripts/demo-data.py            writes the file
    scripts/demo-data.py --check    compares the committed file with a fresh one

Query records as FORMAT.md has them: 2,000 queries in six datasets
(demo_prompts.py), six SIMULATED models. No model was called; names, prices and
outcomes are invented. One dataset, demo-translate, is graded 0..1, the others
are 0 or 1. About one record in a hundred lacks the outcome of one model, and
six prompts occur a second time under another id.

Model. A query has a domain, a topic, a level in 0..1 that its text shows, and a
hidden difficulty e that it does not. Model m answers with the latent
    z = skill[m, domain] + knack[m, topic] − slope[m] · level + SHARED · e + OWN · e'
where e is common to all models and e' is the model's own, both nearly standard
normal. The score is 1 where z > 0, or graded: Φ-like(1.6 z) in hundredths.
Confidence is that of a model that knows z only through noise, and sim-small
and sim-chat are surer than they should be. Tokens grow with the prompt, the
level and the model's verbosity; cost is tokens times price; latency is tokens
over speed. The reward of a simulated reward model is z on a scale of its own,
shifted by the query and noisy; its dice are its own, too.

Answers are numbers, with dice of their own: who is right gives the right one, who
is wrong one of three popular mistakes of the query, the first most often, or, one
time in four, a mistake that hardly anybody else makes; one in thirty gives none.
So models that agree may both be wrong. Translations have none: no two are alike.

Python's standard library only, and only additions, products, quotients and
square roots: the bytes are the same on every machine.
"""
import argparse
import gzip
import json
import math
import pathlib
import sys

sys.dont_write_bytecode = True
from demo_prompts import DOMAINS, Dice

FILE = pathlib.Path(__file__).resolve().parent.parent / "tests/data/demo.ndjson.gz"
SEED = 20240611
SIZES = {"demo-arith": 350, "demo-code": 340, "demo-facts": 360, "demo-translate": 310,
         "demo-extract": 310, "demo-logic": 330}
MISSING = 0.01
GRADED = "demo-translate"
SHARED, OWN = 0.50, 0.65

# Skill in the order arith, code, facts, translate, extract, logic; then slope,
# USD per million prompt and completion tokens, verbosity, tokens per second,
# and how much surer the model is than its latent says.
MODELS = {
    "sim-small":    ([0.90, 0.65, 1.10, 1.10, 1.40, 0.70], 2.4, 0.05, 0.15, 0.7, 190, 0.9),
    "sim-chat":     ([1.10, 0.85, 1.45, 1.40, 1.70, 0.90], 2.2, 0.30, 0.80, 0.9, 120, 0.6),
    "sim-code":     ([0.90, 1.75, 0.80, 0.75, 1.20, 1.00], 1.7, 0.60, 1.60, 1.0, 100, 0.2),
    "sim-math":     ([1.75, 0.80, 0.75, 0.60, 1.00, 1.20], 1.7, 0.80, 2.40, 1.6, 90, 0.2),
    "sim-large":    ([1.25, 1.15, 1.50, 1.45, 1.70, 1.05], 1.7, 2.50, 7.50, 1.0, 60, 0.1),
    "sim-frontier": ([1.45, 1.42, 1.58, 1.62, 1.75, 1.38], 1.5, 10.0, 30.0, 1.2, 45, 0.0),
}
KNACK = {
    ("sim-code", "database"): -0.6, ("sim-code", "graphs"): 0.4, ("sim-code", "pattern"): 0.4,
    ("sim-code", "concurrency"): 0.2, ("sim-code", "sequence"): 0.4, ("sim-code", "cipher"): 0.6,
    ("sim-math", "geometry"): -0.5, ("sim-math", "chance"): 0.4, ("sim-math", "interest"): 0.3,
    ("sim-math", "knights"): 0.5, ("sim-math", "sequence"): 0.7, ("sim-math", "seating"): -0.4,
    ("sim-chat", "idioms"): 0.6, ("sim-chat", "meeting"): 0.3, ("sim-chat", "arts"): 0.4,
    ("sim-chat", "cipher"): -0.6, ("sim-chat", "clinic"): -0.3,
    ("sim-large", "geography"): 0.3, ("sim-large", "chemistry"): -0.4, ("sim-large", "distant"): 0.4,
    ("sim-large", "delivery"): 0.3, ("sim-large", "debugging"): 0.4,
    ("sim-frontier", "verse"): 0.3, ("sim-frontier", "idioms"): -0.4, ("sim-frontier", "calendar"): -0.5,
    ("sim-frontier", "obscure"): 0.4, ("sim-frontier", "pattern"): -0.3,
    ("sim-small", "sharing"): 0.4, ("sim-small", "nature"): 0.3,
}
# Completion tokens of an average answer.
ANSWER = {"demo-arith": 160, "demo-code": 260, "demo-facts": 45, "demo-translate": 40,
          "demo-extract": 60, "demo-logic": 190}


def squash(z):
    """From the reals to 0..1, close to the normal distribution function."""
    return 0.5 + 0.5 * z / math.sqrt(1.6 + z * z)


def outcome(d, model, domain, topic, level, hidden, prompt, whim):
    skills, slope, price_in, price_out, verbosity, speed, surer = MODELS[model]
    z = (skills[list(SIZES).index(domain)] + KNACK.get((model, topic), 0.0) - slope * level
         + SHARED * hidden + OWN * d.bell())
    score = round(squash(1.6 * z), 2) if domain == GRADED else int(z > 0)
    confidence = round(squash(1.5 * (z + surer) + 1.8 * d.bell()), 3)
    prompt_tokens = 12 + int(len(prompt) / 4.1 + 0.5)
    completion_tokens = 3 + int(ANSWER[domain] * verbosity * (0.6 + 0.9 * level) * (0.6 + 0.8 * d.unit()))
    latency = round(0.15 + 0.0004 * prompt_tokens + completion_tokens / speed * (0.85 + 0.5 * d.unit()), 3)
    cost = round((prompt_tokens * price_in + completion_tokens * price_out) / 1e6, 9)
    return {"score": score, "cost": cost, "latency": latency, "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens, "confidence": confidence,
            "reward": round(1.6 * z + whim, 2)}


def answer(d, right, numbers):
    """An answer's text, None where none was found; `numbers`: the right one and the mistakes."""
    kind, own, silent = d.unit(), 1000 + int(9000 * d.unit()), d.unit() < 1 / 30
    if silent:
        return None
    popular = numbers[1 + (kind > 0.4) + (kind > 0.6)]
    return str(numbers[0] if right else popular if kind < 0.75 else own)


def records():
    d, taste, said = Dice(SEED), Dice(SEED + 1), Dice(SEED + 2)
    for domain, size in SIZES.items():
        written, queries = set(), []
        while len(queries) < size:
            topic, low, high, writer = d.pick(DOMAINS[domain])
            level = low + (high - low) * d.unit()
            prompt = writer(d, level)
            if prompt not in written:
                written.add(prompt)
                queries.append((topic, level, d.bell(), prompt))
        # The last query of every dataset repeats an earlier one, word for word.
        queries[-1] = d.pick(queries[:-1])
        for index, (topic, level, hidden, prompt) in enumerate(queries, start=1):
            shift = 1.2 * taste.bell() - 1.0
            outcomes = {m: outcome(d, m, domain, topic, level, hidden, prompt, shift + taste.bell())
                        for m in MODELS}
            numbers = [int(999 * said.unit()) for _ in range(4)]
            if domain != GRADED:
                for o in outcomes.values():
                    text = answer(said, o["score"] == 1, numbers)
                    if text is not None:
                        o["answer"] = text
            if d.unit() < MISSING:
                del outcomes[d.pick(list(MODELS))]
            yield {"id": f"{domain}/{index:04}", "dataset": domain, "index": index,
                   "prompt": prompt, "outcomes": outcomes}


def content():
    lines = (json.dumps(r, ensure_ascii=False, separators=(",", ":")) + "\n" for r in records())
    return "".join(lines).encode("utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    args = parser.parse_args()
    if args.check:
        if gzip.decompress(FILE.read_bytes()) == content():
            return 0
        print(f"{FILE.name} is not what {pathlib.Path(__file__).name} writes", file=sys.stderr)
        return 1
    FILE.write_bytes(gzip.compress(content(), 9, mtime=0))
    return 0


if __name__ == "__main__":
    sys.exit(main())
