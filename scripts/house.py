#!/usr/bin/env python3
"""The walls that the compiler does not keep: files a folder, long files, and
circles of imports between the files of a crate. `make lint` runs it; Python 3
and nothing else.

  python3 scripts/house.py            says what stands beyond a wall; exit 1
  python3 scripts/house.py --table    prints the measures

A file imports another one of its crate where it names it by a path (`use` or
inline, `crate::`, `super::`, or a child module). A parent that only declares
its children (`mod x;`) does not import them, one that names their items does. Tests (`tests.rs`, `*_tests.rs`, folders `tests`, and
`#[cfg(test)]` blocks) do not count. Re-exports (`pub use`) count as imports:
who takes a name from where it is re-exported depends on both.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOOSE, FOLDER, LINES = 10, 16, 400


def is_test(path):
    return path.stem == "tests" or path.stem.endswith("_tests") or "tests" in path.parts


def crates():
    return sorted(p.parent / "src" for walls in ("lib", "tools") for p in (ROOT / walls).glob("*/Cargo.toml"))


def module(source, path):
    parts = list(path.relative_to(source).with_suffix("").parts)
    return tuple(parts[:-1] if parts[-1] in ("mod", "lib", "main") else parts)


def code(path):
    """The text without its test blocks, comments and strings."""
    text = re.sub(r"(?ms)^#\[cfg\((?:all\()?test\b[^\n]*\)\]\n(#\[[^\n]*\]\n)*(pub(\(crate\))? )?mod \w+ \{.*?^\}", "", path.read_text())
    text = re.sub(r"(?m)//.*$", "", text)
    return re.sub(r'"(\\.|[^"\\])*"', '""', text, flags=re.S)


def leaves(tree, prefix=()):
    """The paths of a use tree, each a tuple of names."""
    tree = tree.strip()
    found = re.match(r"^((?:\w+::)*)\{(.*)\}$", tree, re.S)
    if not found:
        return [prefix + tuple(tree.split(" as ")[0].split("::"))]
    prefix += tuple(p for p in found.group(1).split("::") if p)
    depth, part, parts = 0, "", []
    for c in found.group(2):
        depth += (c == "{") - (c == "}")
        if c == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += c
    return [leaf for p in parts + [part] if p.strip() for leaf in leaves(p, prefix)]


def imports(source):
    """By file of a crate: the files that it names."""
    files = {module(source, p): p for p in sorted(source.rglob("*.rs")) if not is_test(p)}

    def file_of(path, here):
        head, rest = path[0], list(path[1:])
        if head == "crate":
            at = ()
        elif head in ("self", "super"):
            at = here
            while path and path[0] in ("self", "super"):
                at = at[:-1] if path[0] == "super" else at
                path = path[1:]
            rest = list(path)
        elif here + (head,) in files:
            at, rest = here, list(path)
        else:
            return None
        while rest and at + (rest[0],) in files:
            at += (rest.pop(0),)
        return at

    graph = {}
    for here, path in files.items():
        text = code(path)
        named = [l for tree in re.findall(r"\buse\s+([^;]+);", text) for l in leaves(re.sub(r"\s+", " ", tree))]
        # Last names of imported modules lead on to their items.
        text = re.sub(r"\buse\s+[^;]+;", "", text)
        named += [tuple(p.split("::")) for p in re.findall(r"(?<![\w:])((?:crate|super|self)(?:::\w+)+)", text)]
        named += [tuple(p.split("::")) for p in re.findall(r"(?<![\w:.])([a-z_]\w*(?:::\w+)+)", text) if here + (p.split("::")[0],) in files]
        graph[here] = {f for f in (file_of(p, here) for p in named) if f is not None and f != here}
    return files, graph


def circles(graph):
    """Strongly connected parts of more than one file (Tarjan 1972)."""
    order, low, stack, on, found = {}, {}, [], set(), []

    def visit(v):
        order[v] = low[v] = len(order)
        stack.append(v)
        on.add(v)
        for w in sorted(graph[v]):
            if w not in order:
                visit(w)
                low[v] = min(low[v], low[w])
            elif w in on:
                low[v] = min(low[v], order[w])
        if low[v] == order[v]:
            part = []
            while True:
                w = stack.pop()
                on.discard(w)
                part.append(w)
                if w == v:
                    break
            if len(part) > 1:
                found.append(sorted(part))

    sys.setrecursionlimit(10_000)
    for v in sorted(graph):
        if v not in order:
            visit(v)
    return found


def main():
    beyond, loose_most, folder_most, longest, all_circles = [], 0, 0, (0, ""), 0
    for source in crates():
        crate = source.parent.relative_to(ROOT)
        for folder in sorted({p.parent for p in source.rglob("*.rs")}):
            n = len(list(folder.glob("*.rs")))
            most = LOOSE if folder == source else FOLDER
            if folder == source:
                loose_most = max(loose_most, n)
            folder_most = max(folder_most, n)
            if n > most:
                beyond.append(f"{folder.relative_to(ROOT)}: {n} files, at most {most}")
        files, graph = imports(source)
        for path in sorted(files.values()):
            n = len(path.read_text().splitlines())
            longest = max(longest, (n, str(path.relative_to(ROOT))))
            if n > LINES:
                beyond.append(f"{path.relative_to(ROOT)}: {n} lines, at most {LINES}; what second idea does it hold?")
        for part in circles(graph):
            all_circles += 1
            names = ", ".join("::".join(m) or "the root" for m in part)
            beyond.append(f"{crate}: a circle of imports between {names}")
    if "--table" in sys.argv[1:]:
        print(f"loose files in a src folder, at most: {loose_most}")
        print(f"files in a folder, at most: {folder_most}")
        print(f"circles between files: {all_circles}")
        print(f"longest file that is no test: {longest[0]} ({longest[1]})")
        clap = [p.parent.name for p in sorted((ROOT / "lib").glob("*/Cargo.toml")) if re.search(r"(?m)^clap\b", p.read_text())]
        print(f"crates of lib/ that know clap: {', '.join(clap) or 'none'}")
    for line in beyond:
        print(line, file=sys.stderr)
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main())
