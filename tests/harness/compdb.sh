#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Reads `make -n` output on standard input, prints compile_commands.json for clangd and clang-tidy.
set -euo pipefail
first=1
echo '['
while IFS= read -r line; do
  case $line in *" -c -o "*) ;; *) continue ;; esac
  [ $first = 1 ] || echo ','
  first=0
  jq -nc --arg d "$PWD" --arg c "$line" --arg f "${line##* }" '{directory:$d, command:$c, file:$f}'
done
echo ']'
