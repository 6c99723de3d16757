#!/usr/bin/env python3
"""The papers' findings as experiments on any data: `make exp-NAME DATA=…`.

    run.py BINARIES NAME [--data FILE] [--out FOLDER] [--routers "domain;knn --k 9"]
    run.py BINARIES report   all of them, and one report of Markdown and of HTML

Each writes NAME.ndjson (what it read, by digest, and its rows), NAME.md (a sentence
and a table) and, where there is something to see, NAME.svg. What is there and
unchanged is not made again. Python's standard library only.
"""
import argparse
import html
import importlib
import json
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import lab as L  # noqa: E402

# A row an experiment: its module, and what it asks.
EXPERIMENTS = {
    "complementarity": "Do models complete each other?",
    "single": "Does any router beat the best single model?",
    "recall": "Are rare right models found?",
    "embedders": "Does the embedder matter?",
    "pool": "How many models are worth having?",
    "transfer": "What is lost on datasets that were not learnt from?",
    "learning-curve": "How many labels are enough?",
    "thresholds": "What does 90 % of the strong model's quality cost?",
    "latency": "Which points are beaten in none of quality, cost and latency?",
    "prices": "What if a price changes?",
    "domains": "On which datasets does routing pay?",
    "robustness": "How many routes flip under another wording?",
    "answers": "What is agreement worth?",
}
ROUTERS = "domain;kmeans;knn;logistic;avengers-pro;mlp"


def cell(value):
    return "–" if value is None or value == "" else str(value)


def markdown(rows):
    """A table; columns in the order of the first row."""
    if not rows:
        return ""
    columns = list(rows[0])
    line = lambda cells: "| " + " | ".join(str(c).replace("|", "\\|") for c in cells) + " |\n"
    return line(columns) + line("---" for _ in columns) + "".join(line(cell(r.get(c)) for c in columns) for r in rows)


def experiment(lab, name):
    """Runs one; what it found."""
    module = importlib.import_module(name.replace("-", "_"))
    try:
        sentence, rows, figure = module.run(lab)
    except L.Failed as why:
        sentence, rows, figure = f"Not answered: {why}", [], None
    version = subprocess.run([lab.tools / "rb-score", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    head = {"type": "experiment", "name": name, "question": EXPERIMENTS[name], "data": lab.data.name, "sha256": L.digest(lab.data), "version": version, "routers": lab.routers, "sentence": sentence}
    lab.write(f"{name}.ndjson", [head, *({"type": "row", "name": name, **r} for r in rows)])
    body = f"## {EXPERIMENTS[name]}\n\n{sentence}\n"
    if rows:
        body += "\n" + markdown(rows)
    if figure:
        (lab.out / f"{name}.svg").write_text(figure, encoding="utf-8")
        body += f"\n![{EXPERIMENTS[name]}]({name}.svg)\n"
    (lab.out / f"{name}.md").write_text(body, encoding="utf-8")
    return name, sentence, rows, figure


def page(lab, found):
    """Everything on one page that needs no other file."""
    style = ("body{font:16px/1.5 Helvetica,Arial,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}"
             "table{border-collapse:collapse;font-size:14px;display:block;overflow-x:auto}td,th{border-bottom:1px solid #ccc;padding:.2rem .6rem;text-align:left}"
             "svg{max-width:100%;height:auto}p.s{border-left:4px solid #0072b2;padding-left:.8rem}"
             "@media(prefers-color-scheme:dark){body{background:#16181c;color:#e6e6e6}td,th{border-color:#444}}@media print{body{max-width:none}}")
    parts = [f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'><title>Routing on {html.escape(lab.data.name)}</title><style>{style}</style>",
             f"<h1>Routing on {html.escape(lab.data.name)}</h1><p>sha256 {L.digest(lab.data)}; routers: {html.escape(', '.join(lab.routers))}.</p>"]
    for name, sentence, rows, figure in found:
        parts.append(f"<h2 id={name}>{html.escape(EXPERIMENTS[name])}</h2><p class=s>{html.escape(sentence)}</p>")
        if rows:
            columns = list(rows[0])
            parts.append("<table><tr>" + "".join(f"<th>{html.escape(c)}" for c in columns))
            parts += ["<tr>" + "".join(f"<td>{html.escape(cell(r.get(c)))}" for c in columns) for r in rows]
            parts.append("</table>")
        if figure:
            parts.append(figure)
    return "\n".join(parts) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("binaries")
    parser.add_argument("name", choices=[*EXPERIMENTS, "report"])
    parser.add_argument("--data", default=str(pathlib.Path(__file__).resolve().parents[2] / "tests/data/demo.ndjson.gz"))
    parser.add_argument("--out")
    parser.add_argument("--routers", default=ROUTERS, help="separated by semicolons, with their flags")
    args = parser.parse_args()
    stem = re.sub(r"[.](ndjson|jsonl|json)([.](gz|zst))?$", "", pathlib.Path(args.data).name)
    out = args.out or f"out/{stem}"
    lab = L.Lab(args.binaries, args.data, out, [r.strip() for r in args.routers.split(";") if r.strip()])
    names = list(EXPERIMENTS) if args.name == "report" else [args.name]
    found = []
    for name in names:
        found.append(experiment(lab, name))
        print(f"{name}: {found[-1][1]}", flush=True)
    if args.name == "report":
        text = f"# Routing on {lab.data.name}\n\nsha256 {L.digest(lab.data)}; routers: {', '.join(lab.routers)}.\n\n"
        text += "\n".join((lab.out / f"{n}.md").read_text(encoding="utf-8") for n in names)
        (lab.out / "report.md").write_text(text, encoding="utf-8")
        (lab.out / "report.html").write_text(page(lab, found), encoding="utf-8")
        print(f"{lab.out}/report.md and {lab.out}/report.html")


if __name__ == "__main__":
    main()
