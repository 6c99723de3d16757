#!/usr/bin/env python3
"""docs/findings.md: what the papers found beside what reports found on data at hand.

    findings.py FOLDER …      folders that `make report` wrote; to standard output

Every figure is read out of the reports; none is written here but the papers' own.
"""
import json
import pathlib
import sys

# What was published, by experiment.
PUBLISHED = [
    ("single", "Several routers do not beat the best single model (LLMRouterBench, arXiv 2601.07206); top routers are within a point of each other."),
    ("complementarity", "Models complete each other: another is best on another dataset (both benchmarks)."),
    ("recall", "What keeps routers from the oracle is the recall of right models where few are right (LLMRouterBench)."),
    ("embedders", "The embedder hardly matters (LLMRouterBench)."),
    ("pool", "A few well-chosen models do as well as many (LLMRouterBench)."),
    ("thresholds", "90 % of the strong model's quality is had at 30 to 50 % of its cost; the BERT classifier has the best trade-off (RouterBench, arXiv 2403.12031)."),
    ("learning-curve", "50 to 200 labels are enough (RouterBench)."),
    ("transfer", "A router loses 5 to 10 points on data unlike those it was fitted on (RouterBench)."),
    ("domains", "Does routing pay on some datasets and not on others?"),
    ("robustness", "Can a router be turned by how a prompt is written?"),
    ("prices", "What does a change of prices move?"),
    ("latency", "Which points are beaten in none of quality, cost and latency?"),
    ("answers", "Does agreement between models tell right answers from wrong ones?"),
]


def head(folder, name):
    path = pathlib.Path(folder) / f"{name}.ndjson"
    if not path.exists():
        return None
    with path.open(encoding="utf-8") as lines:
        return json.loads(lines.readline())


def main():
    folders = sys.argv[1:]
    print("# Findings\n\nWhat the two benchmarks' papers found, and what these tools find on data at hand. Each sentence is what the")
    print("experiment wrote; `make findings FOLDERS=…` makes this page of reports, `make report DATA=…` makes a report.")
    print("\"Holds\", \"fails\" and \"undecided\" are by 95 % intervals where the sentence has one.\n")
    for folder in folders:
        first = next(h for h in (head(folder, name) for name, _ in PUBLISHED) if h)
        print(f"- **{pathlib.Path(folder).name}**: {first['data']}, sha256 {first['sha256'][:16]}…, routers {', '.join(first['routers'])}, {first['version']}")
    for name, published in PUBLISHED:
        found = [(pathlib.Path(folder).name, head(folder, name)) for folder in folders]
        if not any(h for _, h in found):
            continue
        said = "Published" if "Bench" in published or "benchmarks" in published else "Asked"
        print(f"\n## {name}\n\n{said}: {published}\n\n`make exp-{name} DATA=…`\n")
        for title, h in found:
            if h:
                print(f"- {title}: {h['sentence']}")


main()
