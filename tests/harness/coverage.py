#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Branches that no unit test takes, against those that are stated to be out of reach.

usage: coverage.py GCOVR.json --floor PERCENT

tests/unit/unreachable.txt states them: a file, then lines of it with how many of their branches nothing can take, and
why. Prints what each folder has reached, stated branches left out of the count, and every other branch that is not
taken. Fails below the floor, and where more is stated than is so: what can be reached after all is not to be stated.
"""
import argparse
import collections
import json
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STATED = os.path.join(ROOT, "tests", "unit", "unreachable.txt")


def read_stated():
    stated, path = collections.Counter(), None
    with open(STATED, encoding="utf-8") as lines:
        for line in map(str.rstrip, lines):
            if not line or line.startswith("#"):
                continue
            if not line.startswith(" "):
                path = line
                continue
            text, count, why = (part.strip() for part in line.rsplit("  |  ", 2))
            assert why, line
            stated[path, text] += int(count)
    return stated


def read_branches(report):
    """{(path, text of the line): [branches, not taken, first line number]}"""
    found = {}
    with open(report, encoding="utf-8") as f:
        files = json.load(f)["files"]
    for entry in files:
        with open(os.path.join(ROOT, entry["file"]), encoding="utf-8") as f:
            source = f.read().split("\n")
        for line in entry["lines"]:
            branches = [b for b in line["branches"] if not b.get("gcovr/excluded")]
            text = source[line["line_number"] - 1].strip()
            if line.get("gcovr/excluded") or not branches or "CHECK(" in text:
                continue
            item = found.setdefault((entry["file"], text), [0, 0, line["line_number"]])
            item[0] += len(branches)
            item[1] += sum(b["count"] == 0 for b in branches)
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("report")
    parser.add_argument("--floor", type=float, required=True)
    args = parser.parse_args()
    stated, found, stale = read_stated(), read_branches(args.report), 0
    totals = collections.defaultdict(lambda: [0, 0, 0])  # folder: branches, open, stated
    for key, count in sorted(stated.items()):
        missed = found.get(key, [0, 0, 0])[1]
        if count > missed:
            print(f"stated, but not so: {key[0]}: {key[1]}: {count} stated, {missed} not taken")
            stale += 1
    for (path, text), (branches, missed, number) in sorted(found.items()):
        out = min(stated[path, text], missed)
        folder = totals[path.split("/")[1]]
        folder[0] += branches - out
        folder[1] += missed - out
        folder[2] += out
        if missed > out:
            print(f"not taken: {path}:{number}: {missed - out} of {branches}: {text[:90]}")
    all_branches = all_open = 0
    for name, (branches, missed, out) in sorted(totals.items()):
        all_branches, all_open = all_branches + branches, all_open + missed
        print(f"{name:8} {100 * (branches - missed) / branches:6.2f} % of {branches} branches; {out} more stated out of reach")
    percent = 100 * (all_branches - all_open) / all_branches
    print(f"all      {percent:6.2f} % of {all_branches} branches, {all_open} not taken")
    return 1 if stale or percent < args.floor else 0


if __name__ == "__main__":
    sys.exit(main())
