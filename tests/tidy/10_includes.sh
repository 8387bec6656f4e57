#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Who may know whom. Folders of shared/ stand in layers, the two programs stand beside each other on
# top, every library has one door, and the pure folders decide without touching the world.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
scratch=$(mktemp -d -t huce-tidy.XXXXXX)
trap 'rm -rf "$scratch"' EXIT

mapfile -t sources < <(files '*.c' '*.h')
code "${sources[@]}" >"$scratch/code"

# "file:line includer-folder included" of every #include; folders are shared/<name>, agent, server, tests.
awk -F: '{
  text = $0; sub(/^[^:]*:[^:]*:/, "", text)
  if (text !~ /^[ \t]*#[ \t]*include/) next
  sub(/^[ \t]*#[ \t]*include[ \t]*/, "", text); sub(/[ \t]*$/, "", text)
  split($1, part, "/")
  print $1 ":" $2, part[1] == "shared" ? part[1] "/" part[2] : part[1], text
}' "$scratch/code" >"$scratch/includes"

# Folder, and the folders of shared/ that it may include besides itself.
cat >"$scratch/layers" <<'LAYERS'
base
codec   base
crypto  base codec
ledger  base codec crypto
record  base codec
merge   base codec record
sync    base codec crypto ledger record merge
db      base codec crypto ledger record merge sync
net     base codec crypto
cli     base codec ledger record sync db
LAYERS

wrong_layer() {
  awk 'NR == FNR { known[$1] = 1; for (i = 1; i <= NF; i++) may[$1, $i] = 1; next }
    $2 !~ /^shared\// { next }
    { from = $2; sub(/^shared\//, "", from) }
    !(from in known) { print $1 ": shared/" from " is no known folder"; next }
    $3 ~ /^"shared\// {
      split($3, part, "/"); to = part[2]
      # Whether a change counts is asked of the registry: the one place where merge knows the ledger.
      if (from == "merge" && to == "ledger" && $1 ~ /^shared\/merge\/verdict\./) next
      if (!((from, to) in may)) print $1 ": shared/" from " includes " $3
    }' "$scratch/layers" "$scratch/includes"
}

wrong_program() {
  awk '$3 !~ /^"/ { next }
    { split(substr($3, 2), part, "/"); to = part[1]; from = $2; sub(/\/.*/, "", from) }
    from == "tests" || to == from || to == "shared" { next }
    # Made by the build from migrations/ and agent/web/.
    $1 ~ /^shared\/db\/migrate\.c:/ && $3 == "\"migrations.h\"" { next }
    $1 ~ /^agent\/api\/page\.c:/ && $3 == "\"web.h\"" { next }
    { print $1 ": " from "/ includes " $3 }' "$scratch/includes"
}

missing_file() {
  while read -r where _ name; do
    case $name in '"migrations.h"' | '"web.h"' | '<'*) continue ;; esac
    name=${name#\"} name=${name%\"}
    [ -f "$name" ] || echo "$where: no file $name from the root of the project"
  done <"$scratch/includes"
}

# door HEADER PLACE: who includes <HEADER> (a pattern) outside of PLACE and outside of tests/.
door() {
  awk -v header="^<(${1})>\$" -v place="^(${2}|tests/)" \
    '$3 ~ header && $1 !~ place { print $1 ": includes " $3 }' "$scratch/includes"
}

pure='^shared/(ledger|record|merge|sync)/'

impure_header() {
  grep -E "$pure" "$scratch/includes" | grep -E ' <' |
    grep -vE ' <(stddef|stdint|stdbool|stdarg|limits|inttypes|string|stdlib|stdio)\.h>$'
}

# Formatting into a buffer of one's own (snprintf) is no input or output. Definitions in a header of
# shared/base are not looked at: the word must stand in the pure folder itself.
impure_call() {
  local clock='time_now_ms|time_monotonic_[mu]s|clock_gettime|gettimeofday|time|clock'
  local chance='random_[a-z0-9_]+|getrandom|randombytes_[a-z]+|rand|random'
  local stdio='printf|fprintf|vprintf|vfprintf|dprintf|puts|fputs|putchar|fputc|perror|fopen|fclose|fread|fwrite|fgets|scanf|fscanf|getchar|fflush'
  local system='open|close|read|write|stat|unlink|rename|fsync|getenv|exit|abort|file_[a-z]+|diag_[a-z]+|pthread_[a-z_]+'
  local others='(sqlite3|uv|curl|MHD|json|db|stmt|ZSTD|crypto_sign|sodium)_[A-Za-z0-9_]+'
  grep -E "$pure" "$scratch/code" |
    grep -E "(^|[^A-Za-z0-9_>.])(($clock|$chance|$stdio|$system|$others)\()"
  grep -E "$pure" "$scratch/code" | grep -E '(^|[^A-Za-z0-9_])(stdin|stdout|stderr|FILE|errno)([^A-Za-z0-9_]|$)'
}

check "folders of shared/ include in one direction only" wrong_layer
check "agent and server never include each other, shared neither, nobody tests" wrong_program
check "includes are written from the root of the project" missing_file
check "SQLite has one door, shared/db" door 'sqlite3[^>]*' 'shared/db/'
check "libsodium has one door, shared/crypto" door 'sodium[^>]*' 'shared/crypto/'
check "zstd has one door, shared/codec/compress.c" door 'zstd[^>]*|zdict[^>]*' 'shared/codec/compress\.c'
check "libmicrohttpd has one door, shared/net/http_server.c" door 'microhttpd[^>]*' 'shared/net/http_server\.c'
check "GnuTLS has one door, shared/net/certificate.c" door 'gnutls/[^>]*' 'shared/net/certificate\.c'
check "libxlsxwriter has one door, shared/cli/xlsx.c" door 'xlsxwriter[^>]*' 'shared/cli/xlsx\.c'
check "libqrencode has one door, shared/cli/qr.c" door 'qrencode[^>]*' 'shared/cli/qr\.c'
check "libpng has one door in each program, shared/cli/qr.c and agent/core/thumbnail.c" door 'png[^>]*' '(shared/cli/qr|agent/core/thumbnail)\.c'
check "libjpeg-turbo has one door, agent/core/thumbnail.c" door 'turbojpeg[^>]*' 'agent/core/thumbnail\.c'
check "libinih has one door, server/core/config.c" door 'ini\.h' 'server/core/config\.c'
check "libcurl has one door, shared/net/http_client.c" door 'curl/[^>]*' 'shared/net/http_client\.c'
check "libuv stays in shared/net, agent/net and the programs' shells" door 'uv[^>]*' 'shared/net/|agent/(net|core|cmd|api)/|server/(core|cmd|api)/'
check "jansson stays in the programs and what they print" door 'jansson[^>]*' 'agent/|server/|shared/cli/'
check "pure folders include nothing that reaches the world" impure_header
check "pure folders ask no clock, draw nothing at random, read and write nothing" impure_call
finish
