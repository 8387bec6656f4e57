# SPDX-License-Identifier: MulanPSL-2.0
"""Prints C files as file:line:text without comments and without what strings say.

Names of included files stay, they are no strings to C.
"""
import re
import sys

TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
INCLUDE = re.compile(r'^\s*#\s*include\b')


def blank(match):
    text = match.group()
    if text[0] == '/':
        return ' ' + '\n' * text.count('\n')
    line = match.string[match.string.rfind('\n', 0, match.start()) + 1:match.start()]
    return text if INCLUDE.match(line) else text[0] * 2


for path in sys.argv[1:]:
    with open(path, encoding='utf-8', errors='replace') as f:
        for number, line in enumerate(TOKEN.sub(blank, f.read()).split('\n'), 1):
            if line.strip():
                print(f'{path}:{number}:{line}')
