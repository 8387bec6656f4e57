#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Plants the bugs of mutants.txt, one at a time, in a copy of the project, and asks the simulator.

usage: tests/sim/mutants.py [--seeds N] [--only WORDS]… [--stories] [--unasked] [--check] [--write]
  --only    those whose names have these words; may be given several times
  --stories asks only the seeds that tell a story (story.h), an eighth of all
  --unasked those of which tests/sim/README.md says nothing yet
  --check   only sees that every text of mutants.txt is found exactly once
  --write   puts what comes out into the table of catches in tests/sim/README.md. What is not asked this
            time keeps its row there, with the day on which it was asked: seeds meant then what the
            simulator of that day made of them.
"""
import argparse
import datetime
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
README = os.path.join(HERE, "README.md")
BEGIN, END = "<!-- catches: begin -->", "<!-- catches: end -->"


def read_mutants():
    mutants, edit = [], None
    with open(os.path.join(HERE, "mutants.txt"), encoding="utf-8") as lines:
        for line in lines:
            line = line.rstrip("\n")
            if line.startswith("= "):
                mutants.append({"name": line[2:], "edits": []})
            elif line.startswith("@ "):
                edit = {"file": line[2:], "old": [], "new": []}
                mutants[-1]["edits"].append(edit)
            elif line.startswith("- ") or line == "-":
                edit["old"].append(line[2:])
            elif line.startswith("+ ") or line == "+":
                edit["new"].append(line[2:])
    return mutants


def places(lines, old):
    """Where the lines of old stand, whatever their indentation."""
    wanted = [line.strip() for line in old]
    return [i for i in range(len(lines) - len(old) + 1)
            if [line.strip() for line in lines[i : i + len(old)]] == wanted]


def edited(root, mutant):
    """{path: text} after the edits; ValueError when a text is not found exactly once."""
    texts = {}
    for edit in mutant["edits"]:
        path = os.path.join(root, edit["file"])
        if path not in texts:
            with open(path, encoding="utf-8") as f:
                texts[path] = f.read().split("\n")
        at = places(texts[path], edit["old"])
        if len(at) != 1:
            raise ValueError(f"{mutant['name']}: {len(at)} times in {edit['file']}")
        texts[path][at[0] : at[0] + len(edit["old"])] = edit["new"]
    return {path: "\n".join(lines) for path, lines in texts.items()}


def copy_project(to):
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "Makefile", "agent", "server", "shared",
                            "migrations", "tests/harness", "tests/sim"], cwd=ROOT, check=True,
                           capture_output=True, text=True).stdout.split("\n")
    for name in filter(None, names):
        os.makedirs(os.path.dirname(os.path.join(to, name)), exist_ok=True)
        source, target = os.path.join(ROOT, name), os.path.join(to, name)
        if not os.path.exists(target) or open(source, "rb").read() != open(target, "rb").read():
            shutil.copy2(source, target)


def build(tree):
    cc = "ccache gcc" if shutil.which("ccache") else "gcc"
    run = subprocess.run(["make", "-s", "-j2", f"CC={cc}", "CFLAGS=-w", "build/tests/sim/sim"], cwd=tree,
                         capture_output=True, text=True)
    return run.returncode == 0, run.stdout + run.stderr


def simulate(tree, program, first, seeds, jobs, stories=False):
    """(ended well, seed or None, words): the first finding."""
    run = subprocess.run([program, "--first", str(first), "--seeds", str(seeds), "--jobs", str(jobs), "--no-shrink",
                          "--first-finding", *(["--stories"] if stories else [])], cwd=tree, capture_output=True, text=True, errors="replace")
    found = re.search(r"^seed (\d+) fails: (.*)$", run.stdout, re.M)
    return run.returncode == 0, int(found.group(1)) if found else None, found.group(2) if found else ""


def ask(tree, seeds, jobs, stories):
    """(caught, seed, words). A seed that fails without the bug catches nothing."""
    first = 1
    while first <= seeds:
        well, seed, words = simulate(tree, "build/tests/sim/sim", first, seeds + 1 - first, jobs, stories)
        if well:
            break
        if seed is None:
            return True, 0, "does not even found the county"
        if simulate(tree, "build/sound", seed, 1, 1)[0]:
            return True, seed, words
        first = seed + 1
    return False, seeds, ""


ROW = re.compile(r"^\| (.+?) \| (\d+|not in \d+) \| (.*?) *\| (\d{4}-\d{2}-\d{2}) \|$", re.M)


def read_table():
    """{name: (first seed or "not in n", as what, day)}"""
    with open(README, encoding="utf-8") as f:
        text = f.read()
    return {row[0]: row[1:] for row in ROW.findall(text[text.index(BEGIN):text.index(END)])}


def write_table(rows, names):
    """Rows of bugs that mutants.txt has no more are left out."""
    known = [(name, *rows[name]) for name in names if name in rows]
    caught = sum(seed.isdigit() for _, seed, _, _ in known)
    late = sum(seed.isdigit() and int(seed) > 10000 for _, seed, _, _ in known)
    summary = f"{caught} of the {len(known)} that were asked are caught, {late} of them after more than 10,000 seeds."
    if len(known) < len(names):
        summary += f" {len(names) - len(known)} more stand in `mutants.txt` and have not been asked."
    lines = [BEGIN, "", summary, "", "| planted bug | first seed | as | asked |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in known]
    with open(README, encoding="utf-8") as f:
        text = f.read()
    with open(README, "w", encoding="utf-8") as f:
        f.write(text[: text.index(BEGIN)] + "\n".join([*lines, "", END]) + text[text.index(END) + len(END):])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=10000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--stories", action="store_true")
    parser.add_argument("--unasked", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    everyone, rows = read_mutants(), read_table()
    mutants = [m for m in everyone if not args.only or any(words in m["name"] for words in args.only)]
    if args.unasked:
        mutants = [m for m in mutants if m["name"] not in rows]
    stale = 0
    for mutant in mutants:
        try:
            edited(ROOT, mutant)
        except ValueError as why:
            print(f"{why}: its text must stand there once")
            stale += 1
    if stale:
        return 1
    print(f"{len(mutants)} mutants, every text found once")
    if args.check:
        return 0
    tree = os.path.join(ROOT, "build", "mutants")
    copy_project(tree)
    caught_count, today = 0, datetime.date.today().isoformat()
    ok, words = build(tree)
    if not ok:
        print(f"does not build without a bug\n{words}")
        return 1
    shutil.copy2(os.path.join(tree, "build/tests/sim/sim"), os.path.join(tree, "build/sound"))
    for mutant in mutants:
        texts = edited(tree, mutant)
        before = {path: open(path, encoding="utf-8").read() for path in texts}
        began = time.time()
        for path, text in texts.items():
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
        try:
            ok, words = build(tree)
            if not ok:
                print(f"{mutant['name']}: does not build\n{words}")
                return 1
            caught, seed, words = ask(tree, args.seeds, args.jobs, args.stories)
        finally:
            for path, text in before.items():
                with open(path, "w", encoding="utf-8") as f:
                    f.write(text)
        caught_count += caught
        words = re.sub(r"\s+", " ", words)[:90].replace("|", "/")
        print(f"{'caught ' if caught else 'MISSED '} seed {seed:6}  {time.time() - began:5.0f} s  {mutant['name']}: {words}",
              flush=True)
        rows[mutant["name"]] = (str(seed) if caught else f"not in {args.seeds}", words, today)
        if args.write:
            write_table(rows, [m["name"] for m in everyone])
    print(f"{caught_count} of {len(mutants)} caught within {args.seeds} seeds")
    return 0 if caught_count >= 0.95 * len(mutants) else 1


if __name__ == "__main__":
    sys.exit(main())
