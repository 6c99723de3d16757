#!/usr/bin/env python3
"""Figures of the reference splits, drawn by CPython and NumPy themselves.

    scripts/reference-splits.py                writes tests/data/reference-splits.json
    scripts/reference-splits.py --check        compares the committed file instead
    scripts/reference-splits.py --like llmrouterbench --seed 42 bench.ndjson
                                               prints "id<TAB>train|test" for the
                                               records of a file, to hold against rb-split

Needs NumPy for everything but --like llmrouterbench. What the two splits do is
explained in lib/record/src/split/like.rs. Rows: [dataset, prompt, index, id].
"""
import argparse
import json
import pathlib
import random
import sys

FIXTURE = pathlib.Path(__file__).resolve().parent.parent / "tests/data/reference-splits.json"
PUBLISHED_EVALS = [
    "grade-school-math", "hellaswag", "mmlu", "arc-challenge", "mbpp", "winogrande", "mtbench",
]


def llmrouterbench(rows, seed, ratio):
    """One 1 (train) or 0 a row; the global generator, seeded once."""
    random.seed(seed)
    datasets = {}
    for i, (dataset, prompt, _, _) in enumerate(rows):
        datasets.setdefault(dataset, {}).setdefault(prompt, []).append(i)
    train = [0] * len(rows)
    for prompts in datasets.values():
        groups = sorted(prompts.values(), key=lambda g: min(rows[i][2] for i in g))
        numbers = list(range(len(groups)))
        random.shuffle(numbers)
        for number in numbers[: int(len(groups) * ratio)]:
            for i in groups[number]:
                train[i] = 1
    return train


def routerbench(rows, evals, seed, ratio):
    """One 1 (train) or 0 a row; the global generator, seeded for each evaluation."""
    import numpy as np

    order = sorted(range(len(rows)), key=lambda i: rows[i][2])
    asked = [next((e for e in evals if r[0].startswith(e)), r[0]) for r in rows]
    train = [0] * len(rows)
    for evaluation in dict.fromkeys(asked[i] for i in order):
        ids = list(dict.fromkeys(rows[i][3] for i in order if rows[i][0].startswith(evaluation)))
        np.random.seed(seed)
        np.random.shuffle(ids)
        kept = set(ids[: int(len(ids) * ratio)])
        for i in order:
            if asked[i] == evaluation:
                train[i] = int(rows[i][3] in kept)
    return train


def digest(items):
    """A fold over an order too long to write out; the tests fold alike."""
    h = 0
    for x in items:
        h = (h * 1000003 + int(x) + 1) % 2**64
    return h


def row_sets():
    """Synthetic rows: plain ones, repeated prompts and ids, names that nest."""
    make = random.Random("rows")
    plain = []
    for dataset, size in [("zeta", 90), ("alpha", 10), ("one", 1), ("two", 2), ("three", 33)]:
        for _ in range(size):
            plain.append([dataset, f"p{len(plain)}", len(plain), f"{dataset}/{len(plain)}"])

    # Datasets interleaved, indices shuffled and counted per dataset, a quarter
    # of the prompts repeated, some of them in another dataset too.
    repeats = []
    for dataset, size in [("b", 57), ("a", 40), ("c", 20)]:
        indices = list(range(size))
        make.shuffle(indices)
        for i in indices:
            repeats.append([dataset, f"p{make.randrange(3 * size // 4)}", i, f"{dataset}/{i}"])
    make.shuffle(repeats)

    # Two files a dataset: every index occurs twice, so ties are decided by
    # which comes first.
    ties = [[d, f"{f}{i}", i, f"{d}/{f}/{i}"]
            for d in ("q", "p") for f in ("test-", "dev-") for i in range(15)]

    # Names that begin alike, and ids that occur twice within a dataset.
    nested = []
    for dataset, size in [("mmlu-law", 31), ("mmlu-virology", 17), ("mbpp", 12),
                          ("mmlu", 5), ("consensus_summary", 9), ("mmlu-law-two", 8)]:
        for i in range(size):
            nested.append([dataset, f"p{i}", 0, f"{dataset}.{i - i % 7 if i % 5 == 0 else i}"])
    make.shuffle(nested)
    for place, row in enumerate(nested):
        row[2] = place
    make.shuffle(nested)
    return {"plain": plain, "repeats": repeats, "ties": ties, "nested": nested}


def figures():
    import numpy as np

    bits = [32, 1, 5, 31, 33, 40, 64, 0, 7]
    sizes = [0, 1, 2, 3, 8, 100, 1659, 40000]
    cpython = []
    for seed in [0, 1, 42, 999, 2024, 2025, 3407, 2**32 - 1, 2**32, 2**64 - 1]:
        random.seed(seed)
        entry = {"seed": seed, "bits": bits, "getrandbits": [random.getrandbits(k) for k in bits]}
        entry["shuffles"] = []
        for n in sizes:
            items = list(range(n))
            random.shuffle(items)
            entry["shuffles"].append({"n": n, "digest": digest(items)})
        cpython.append(entry)

    # RandomState.randint draws by the same masked rejection as shuffle does.
    tops = [9, 0, 1, 255, 256, 2**32 - 1, 2**32, 2**40 + 5, 6]
    numpy = []
    for seed in [0, 1, 42, 3407, 2**31, 2**32 - 1]:
        np.random.seed(seed)
        drawn = [int(np.random.randint(0, top + 1, dtype=np.int64)) for top in tops]
        entry = {"seed": seed, "tops": tops, "drawn": drawn, "shuffles": []}
        for turn, n in enumerate(sizes):
            items = list(range(n)) if turn % 2 else np.arange(n)
            np.random.shuffle(items)
            entry["shuffles"].append({"n": n, "digest": digest(items)})
        numpy.append(entry)

    rows = row_sets()
    cases = []

    def case(like, name, evals, seed, ratio, train):
        cases.append({"like": like, "rows": name, "evals": evals, "seed": seed, "ratio": ratio,
                      "train": "".join(map(str, train))})

    for name in rows:
        for seed, ratio in [(42, 0.7), (999, 0.7), (2024, 0.7), (2025, 0.7), (3407, 0.7),
                            (0, 0.8), (2**40 + 7, 0.29)]:
            case("llmrouterbench", name, [], seed, ratio, llmrouterbench(rows[name], seed, ratio))
        for seed, ratio in [(42, 0.7), (0, 0.1), (2**32 - 1, 0.29)]:
            for evals in [[], PUBLISHED_EVALS]:
                case("routerbench", name, evals, seed, ratio,
                     routerbench(rows[name], evals, seed, ratio))
    return {"cpython": cpython, "numpy": numpy, "rows": rows, "cases": cases}


def text(data):
    """JSON with one row, case or seed a line."""
    def lines(items, indent):
        return (",\n" + indent).join(json.dumps(x, separators=(",", ":")) for x in items)

    sets = ",\n".join(f'  "{name}": [\n   {lines(rows, "   ")}]'
                      for name, rows in data["rows"].items())
    return (f'{{"cpython": [\n  {lines(data["cpython"], "  ")}],\n'
            f' "numpy": [\n  {lines(data["numpy"], "  ")}],\n'
            f' "rows": {{\n{sets}}},\n'
            f' "cases": [\n  {lines(data["cases"], "  ")}]}}\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--like", choices=["llmrouterbench", "routerbench"])
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--ratio", type=float, default=0.7)
    parser.add_argument("--published-evals", action="store_true",
                        help="routerbench: pool mmlu-… and its like, as the published run does")
    parser.add_argument("file", nargs="?", help="query records, with --like")
    args = parser.parse_args()

    if args.like:
        with open(args.file, encoding="utf-8") if args.file else sys.stdin as lines:
            records = [json.loads(line) for line in lines]
        rows = [[r.get("dataset") or "", r.get("prompt") or "",
                 place if r.get("index") is None else r["index"], r["id"]]
                for place, r in enumerate(records)]
        if args.like == "llmrouterbench":
            train = llmrouterbench(rows, args.seed, args.ratio)
        else:
            evals = PUBLISHED_EVALS if args.published_evals else []
            train = routerbench(rows, evals, args.seed, args.ratio)
        for row, part in zip(rows, train):
            print(f"{row[3]}\t{'train' if part else 'test'}")
        return 0

    made = text(figures())
    if not args.check:
        FIXTURE.write_text(made, encoding="utf-8")
        return 0
    if made == FIXTURE.read_text(encoding="utf-8"):
        return 0
    print(f"{FIXTURE.name} differs from what CPython and NumPy draw here", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
