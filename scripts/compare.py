"""Every router on one benchmark, over the reference seeds: `make compare DATA=FILE`.

DATA holds query records (rb-import writes them); they are embedded once. For
each seed the stream is split as LLMRouterBench does, every router that `rb-fit
--help` lists is fitted with its defaults, and all seeds are scored together
(`rb-score --seeds`, METRICS.md). The first seed runs alone, and the times shown
are its; the others run side by side. A router that takes over 30 s a fit runs on
the first seed only; the column `seeds` says so. Prints one table, and keeps the
routed streams and the scores in a folder. `compare.py --help` lists the options.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

SEEDS = [42, 999, 2024, 2025, 3407]
SLOW = 30.0


def tool(folder, name, args, output=None):
    """Runs a tool; its exit code, and what it said on standard error."""
    path = os.path.join(folder, name)
    command = [path, *args] + (["-o", output] if output else [])
    ran = subprocess.run(command, capture_output=True, text=True)
    return ran.returncode, ran.stderr.strip(), ran.stdout


def must(folder, name, args, output=None):
    code, said, out = tool(folder, name, args, output)
    if code:
        sys.exit(f"{name} {' '.join(args)}: {said}")
    return out


def records(path):
    with open(path) as lines:
        return [json.loads(line) for line in lines]


def routers(folder):
    """The names in the lists of `rb-fit --help`."""
    listed = must(folder, "rb-fit", ["--help"]).split("Options:\n")[0]
    return re.findall(r"^  ([a-z][a-z-]*)\n {10}\S", listed, re.M)


def fit_all(folder, out, stream, seed, names, weak):
    """Fits the routers one after the other; the last stream, the timings by
    router, and why a router was left out."""
    log = os.path.join(out, f"timing-{seed}.ndjson")
    if os.path.exists(log):
        os.remove(log)
    left_out = {}
    for i, name in enumerate(names):
        following = os.path.join(out, f"seed-{seed}.{i % 2}.ndjson")
        args = [name, "--quiet", "--timing", log, stream]
        code, said, _ = tool(folder, "rb-fit", args, following)
        # Other routers take the flag too, and become two-model ones by it.
        if code and weak and "--weak" in said:
            code, said, _ = tool(folder, "rb-fit", [*args, "--weak", weak], following)
        if code:
            left_out[name] = said.removeprefix("rb-fit: ").split("\n")[0]
            continue
        stream = following
    last = os.path.join(out, f"seed-{seed}.ndjson")
    os.replace(stream, last)
    for i in (0, 1):
        spare = os.path.join(out, f"seed-{seed}.{i}.ndjson")
        if os.path.exists(spare):
            os.remove(spare)
    return last, {t["router"]: t for t in records(log)}, left_out


def pareto(folder, out, seed, stream):
    """ParetoDist by router."""
    points, joint = (os.path.join(out, f"{name}-{seed}") for name in ("points", "joint"))
    must(folder, "rb-score", ["--quiet", "--resamples", "0", stream], points)
    must(folder, "rb-pareto", ["--quiet", points], joint)
    joined = records(joint)
    for spare in (points, joint):
        os.remove(spare)
    return {r["router"]: r["pareto_dist"] for r in joined if r["type"] == "pareto" and r["group"] == {}}


def mean(values):
    known = [v for v in values if v is not None]
    return sum(known) / len(known) if known else None


def figure(value, digits=4, sign=False):
    return "-" if value is None else f"{value:{'+' if sign else ''}.{digits}f}"


def span(ends, scale=100, digits=1):
    return "" if ends is None else f" [{ends[0] * scale:+.{digits}f}, {ends[1] * scale:+.{digits}f}]"


def points(line, name):
    """A difference in points of score, with its interval."""
    if line.get(name) is None:
        return "-"
    return f"{line[name] * 100:+.1f}{span(line.get(name + '_ci'))}"


def saving(line):
    """CostSave, and the quality it costs."""
    if line.get("costsave") is None:
        return "-"
    seeds = line.get("costsave_seeds")
    of = "" if seeds is None else f" ({seeds} of {line['seeds']})"
    return f"{line['costsave'] * 100:.0f} % for {points(line, 'costsave_quality_diff')}{of}"


def equal_cost(line):
    """At how many of the ten costs the band lies above and below the other's."""
    places = line.get("equal_cost")
    if not places:
        return "-"
    bands = [p["band"] for p in places if "band" in p]
    return f"{sum(b[0] > 0 for b in bands)}/{sum(b[1] < 0 for b in bands)}"


def table(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(w) for cell, w in zip(row, widths)).rstrip())


def run(folder, out, embedded, seed, names, weak):
    """All of one seed: the routed stream, the timings by router, ParetoDist by
    router, and why a router was left out."""
    split = os.path.join(out, f"split-{seed}.ndjson")
    how = ["--quiet", "--like", "llmrouterbench", "--seed", str(seed), embedded]
    must(folder, "rb-split", how, split)
    stream, timing, left_out = fit_all(folder, out, split, seed, names, weak)
    if not timing:
        sys.exit("no router could be fitted: " + "; ".join(left_out.values()))
    dist = pareto(folder, out, seed, stream)
    if os.path.exists(split):
        os.remove(split)
    print(f"seed {seed}: {len(timing)} routers", file=sys.stderr)
    return stream, timing, dist, left_out


def side_by_side(work, seeds):
    """The work of each seed. The processors are shared out: what runs beside others
    gets by with its share of threads, whose number no result depends on."""
    processors = os.cpu_count() or 1
    at_once = min(processors, len(seeds))
    before = os.environ.get("RAYON_NUM_THREADS")
    os.environ["RAYON_NUM_THREADS"] = str(processors // at_once)
    try:
        with ThreadPoolExecutor(at_once) as pool:
            return list(pool.map(work, seeds))
    finally:
        os.environ.pop("RAYON_NUM_THREADS")
        if before is not None:
            os.environ["RAYON_NUM_THREADS"] = before


def show(pooled, timing, dist, versus):
    rows = [[
        "router", "seeds", "quality", "against best-single", "verdict", "AIQ", "PerfGain",
        "CostSave, its quality", "costsave_hull", "ParetoDist", f"against {versus}",
        "equal cost +/-", "fit s", "µs/query",
    ]]
    lines = [r for r in pooled if r["type"] == "pooled"]
    for line in lines:
        if line.get("baseline") in ("model", "zero"):
            continue
        if "baseline" in line:
            empty = [""] * (len(rows[0]) - 3)
            rows.append([line["baseline"], str(line["seeds"]), figure(line["quality"]), *empty])
    ranked = [r for r in lines if "router" in r]
    # Oracles know the answers: shown below the others, in no rank.
    for line in sorted(ranked, key=lambda r: (r.get("oracle", False), -(r["quality"] or 0))):
        name = line["router"]
        # Routes that the data came with have no times.
        own = timing.get(name, {"fit_seconds": None, "routed": 0})
        micro = own["route_seconds"] / own["routed"] * 1e6 if own["routed"] else None
        rows.append([
            name,
            str(line["seeds"]),
            figure(line["quality"]),
            points(line, "diff"),
            "oracle" if line.get("oracle") else line["verdict"] or "-",
            figure(line.get("aiq")),
            "-" if line.get("perfgain") is None else f"{line['perfgain'] * 100:+.1f} %",
            saving(line),
            figure(line.get("costsave_hull"), 3),
            figure(mean([d.get(name) for d in dist])),
            points(line, "diff_versus"),
            equal_cost(line),
            figure(own["fit_seconds"], 2),
            figure(micro, 0),
        ])
    table(rows)


def asked():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bin", help="the folder of the tools")
    parser.add_argument("data", help="query records, plain or compressed")
    parser.add_argument("--out", default="compare-out", help="folder of what is kept")
    parser.add_argument("--weak", help="the weak model of two-model routers, needed without costs")
    parser.add_argument("--routers", nargs="+", help="only these")
    parser.add_argument("--versus", default="domain", help="the router the others are compared with")
    return parser.parse_args()


def main():
    args = asked()
    folder, out = args.bin, args.out
    os.makedirs(out, exist_ok=True)
    names = routers(folder)
    for name in args.routers or []:
        if name not in names:
            sys.exit(f"there is no router {name}; expected some of {', '.join(names)}")
    names = args.routers or names
    embedded = os.path.join(out, "embedded.ndjson")
    # Every router reads the stream anew: base64 vectors take less of its time.
    must(folder, "rb-embed", ["--quiet", "--encoding", "base64", args.data], embedded)
    first, *others = SEEDS
    done = [run(folder, out, embedded, first, names, args.weak)]
    timing = done[0][1]
    names = [n for n in names if n in timing and timing[n]["fit_seconds"] <= SLOW]
    if names:
        done += side_by_side(
            lambda seed: run(folder, out, embedded, seed, names, args.weak), others
        )
    streams, _, dist, reasons = zip(*done)
    left_out = {name: why for reason in reasons for name, why in reason.items()}
    pooled = os.path.join(out, "pooled.ndjson")
    versus = ["--versus", args.versus] if args.versus in timing else []
    must(folder, "rb-score", ["--quiet", "--seeds", *versus, *streams], pooled)
    show(records(pooled), timing, dist, args.versus)
    for name, why in left_out.items():
        print(f"left out: {name}: {why}")
    print(
        "95 % intervals, of prompts over all seeds; differences in points of score. equal cost: "
        f"at how many of ten costs the hull lies surely above/below that of {args.versus}."
    )


main()
