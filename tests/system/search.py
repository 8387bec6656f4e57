# SPDX-License-Identifier: MulanPSL-2.0
"""Looks through a folder for what must not be readable there: names, citizen ids and phones of a roster.

    search.py ROSTER FOLDER     prints "FILE: TEXT (how it is written)" for what it finds, at most twenty

Each is looked for as UTF-8, UTF-16, GB18030, in hex and base64. What is shorter than six bytes in such a
form stands in any file by chance and is left out.
"""
import base64
import csv
import os
import sys

COLUMNS = ('name', 'id_no', 'phone', 'address')


def wanted(roster):
    words = set()
    for name in os.listdir(roster):
        with open(os.path.join(roster, name), encoding='utf-8', newline='') as f:
            for row in csv.DictReader(f):
                words |= {row[c] for c in row if c in COLUMNS and row[c]}
    return {w for w in words if len(w) >= 2 and not (w.isdigit() and len(w) < 8)}


def forms(word):
    utf8 = word.encode()
    yield 'UTF-8', utf8
    yield 'hex', utf8.hex().encode()
    yield 'HEX', utf8.hex().upper().encode()
    for encoding in ('utf-16-le', 'utf-16-be', 'gb18030'):
        yield encoding, word.encode(encoding)
    for shift in range(3):  # base64 of a text that the word stands in
        yield 'base64', base64.b64encode(b'x' * shift + utf8)[shift + 1:-4]


def main():
    roster, folder = sys.argv[1:]
    places = {}
    for word in wanted(roster):
        for how, raw in forms(word):
            if len(raw) >= 6:
                places.setdefault(raw[:6], []).append((raw, word, how))
    found = 0
    for base, _, files in os.walk(folder):
        for name in files:
            with open(os.path.join(base, name), 'rb') as f:
                data = f.read()
            for at in range(len(data) - 5):
                for raw, word, how in places.get(data[at:at + 6], ()):
                    if data.startswith(raw, at):
                        print(f'{os.path.join(base, name)}: {word} ({how})')
                        found += 1
                        if found == 20:
                            return
    print(f'{len(places)} beginnings were looked for', file=sys.stderr)


main()
