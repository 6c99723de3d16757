#!/usr/bin/env python3
"""Simulated query records of any size, by the generator of the demo data.

    scripts/bench/stream.py                           36,500 queries x 11 models, RouterBench's size
    scripts/bench/stream.py --queries 300 --models 1000

Models beyond the demo's six are mixtures of two of them: skills, slopes and
prices lie between theirs. Everything is SIMULATED. The same bytes every time;
Python's standard library only.
"""
import argparse
import importlib.util
import json
import pathlib
import sys

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SCRIPTS))
sys.dont_write_bytecode = True
spec = importlib.util.spec_from_file_location("demo_data", SCRIPTS / "demo-data.py")
demo = importlib.util.module_from_spec(spec)
spec.loader.exec_module(demo)


def mixture(d, name, first, second):
    """A model between two, and its knacks: some of the first's."""
    share = d.unit()
    between = lambda a, b: share * a + (1 - share) * b
    skills = [between(a, b) + 0.3 * d.bell() for a, b in zip(first[1][0], second[1][0])]
    demo.MODELS[name] = (skills, *(between(a, b) for a, b in zip(first[1][1:], second[1][1:])))
    for (model, topic), knack in list(demo.KNACK.items()):
        if model == first[0]:
            demo.KNACK[name, topic] = knack


def records(queries, models):
    """Queries shared out over the demo's datasets in its proportions."""
    d = demo.Dice(demo.SEED + 2)
    known = list(demo.MODELS.items())
    while len(demo.MODELS) < models:
        mixture(d, f"sim-mix-{len(demo.MODELS) - len(known) + 1:04}", d.pick(known), d.pick(known))
    for name in [n for n, _ in known][models:]:
        del demo.MODELS[name]
    total = sum(demo.SIZES.values())
    left = queries
    for i, (dataset, size) in enumerate(demo.SIZES.items(), start=1):
        n = left if i == len(demo.SIZES) else queries * size // total
        left -= n
        for index in range(1, n + 1):
            topic, low, high, writer = d.pick(demo.DOMAINS[dataset])
            level = low + (high - low) * d.unit()
            # The templates have fewer prompts than this: a number tells them apart.
            prompt = f"{writer(d, level)} [{index}]"
            hidden, shift = d.bell(), 1.2 * d.bell() - 1.0
            outcomes = {m: demo.outcome(d, m, dataset, topic, level, hidden, prompt, shift + d.bell())
                        for m in demo.MODELS}
            yield {"id": f"{dataset}/{index:05}", "dataset": dataset, "prompt": prompt,
                   "outcomes": outcomes}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--queries", type=int, default=36_500)
    parser.add_argument("--models", type=int, default=11)
    args = parser.parse_args()
    try:
        for record in records(args.queries, args.models):
            print(json.dumps(record, ensure_ascii=False, separators=(",", ":")))
    except BrokenPipeError:
        sys.stderr.close()


if __name__ == "__main__":
    main()
