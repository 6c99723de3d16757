#!/usr/bin/env python3
"""Figures of RouterBench's published AIQ, for lib/score/src/metric/curve/aiq_tests.rs.

Needs Python 3, numpy and a checkout of github.com/withmartian/routerbench:

    python3 scripts/aiq_routerbench.py ROUTERBENCH

calls the two functions of its evaluation/AIQ.py on pairs of point sets that the
test makes by the same formula, takes the area up to the larger end of the two
as its calc_AIQ does, and prints one line a pair. (calc_AIQ itself reads a name
that only its own script defines.)
"""

import importlib.util
import os
import sys
import types

import numpy as np


def points(s):
    """Set s: 3 to 14 points of distinct costs and qualities."""
    rows = []
    for i in range(3 + s % 12):
        cost = 1e-5 + (i * 7919 + s * 104729) % 10007 / 10007 * 1e-2
        quality = (i * 6151 + s * 15485863) % 9973 / 9973
        rows.append((cost, quality))
    return np.array(rows)


def main():
    # The file imports these for its pictures and tables, which are not wanted here.
    for name in ("matplotlib", "matplotlib.pyplot", "pandas"):
        sys.modules.setdefault(name, types.ModuleType(name))
    if not hasattr(np, "trapz"):
        np.trapz = np.trapezoid
    path = os.path.join(sys.argv[1], "evaluation", "AIQ.py")
    spec = importlib.util.spec_from_file_location("published", path)
    published = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(published)
    for s in range(0, 24, 2):
        hulls = [published.get_non_descreasing_convex_hull_of(points(s + k)) for k in (0, 1)]
        reach = max(float(h[:, 0].max()) for h in hulls)
        figures = []
        for hull in hulls:
            end = np.array([[reach, hull[-1, 1]]])
            area = published.calculate_area_under_curve(np.vstack((hull, end)))
            figures.append(repr(float(area / reach)))
        print(f"    [{figures[0]}, {figures[1]}],")


main()
