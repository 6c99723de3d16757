"""What scripts share that write figures of another implementation for tests:
made-up numbers that are the same everywhere, and a file that is written or
compared."""

import argparse
import json
import pathlib
import sys

DATA = pathlib.Path(__file__).resolve().parent.parent / "tests/data"


class Dice:
    """A linear congruential generator modulo 2^31 − 1."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = self.state * 48271 % 2147483647
        return self.state % n


def rounded(value, digits):
    """Every float with so many digits, so that no last bit matters."""
    if isinstance(value, float):
        return float(f"{value:.{digits}g}")
    if isinstance(value, list):
        return [rounded(v, digits) for v in value]
    if isinstance(value, dict):
        return {k: rounded(v, digits) for k, v in value.items()}
    return value


def line(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def rows(values):
    """One value a line."""
    return ",\n  ".join(map(line, values))


def close(a, b, tolerance):
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(
            close(a[k], b[k], tolerance) for k in a)
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(
            close(x, y, tolerance) for x, y in zip(a, b))
    if isinstance(a, float) or isinstance(b, float):
        return abs(a - b) <= tolerance
    return a == b


def main(about, name, text, tolerance):
    """Writes tests/data/NAME, or with --check compares it with `text()`."""
    parser = argparse.ArgumentParser(description=about.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    args = parser.parse_args()
    made, path = text(), DATA / name
    if not args.check:
        path.write_text(made, encoding="utf-8")
    elif not close(json.loads(made), json.loads(path.read_text(encoding="utf-8")), tolerance):
        print(f"{name} differs from what scikit-learn computes here", file=sys.stderr)
        return 1
    return 0
