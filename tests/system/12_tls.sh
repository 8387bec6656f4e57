#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Off this machine everything is TLS. A county without a certificate authority makes its own certificate;
# the invite carries its pin, so dates and dead clocks do no harm, and another server is not talked to.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001

certificate() { # NAME: a key of its own, valid for a day
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj "/CN=$1" \
    -keyout "$1.key" -out "$1.crt" 2>/dev/null
}
serve_tls() { # NAME
  rm -f port
  "$huced" serve --listen "127.0.0.1:${port:-0}" --tls-cert "$1.crt" --tls-key "$1.key" --port-file port --data county >>serve.txt 2>&1 &
  server_pid=$!
  for _ in $(seq 200); do [ -s port ] && break; sleep 0.05; done
  port=$(cat port)
  url=https://127.0.0.1:$port
}
certificate county-one && certificate other
county_found || finish
check_fails 1 "without a certificate the server listens on loopback only" \
  timeout 5 "$huced" serve --listen 0.0.0.0:0 --data county
check_fails 1 "a certificate that is none is refused" \
  timeout 5 "$huced" serve --listen 127.0.0.1:0 --tls-cert pin --tls-key pin --data county
serve_tls county-one
check "a desk joins over TLS" desk_join a village 马建国 $village
put a household household_code=622924101001010001 address="一社 1 号" >/dev/null
check "and synchronises" "$huce" sync --data a
check "also when its clock is years ahead of the certificate" env HUCE_CLOCK_OFFSET_MS=220000000000 "$huce" sync --data a
wanted=$(openssl x509 -in county-one.crt -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -hex | sed 's/.* //')
check "the pin is the SHA-256 of the public key" equal \
  "$(sqlite3 county/huced.db "SELECT value FROM _setting WHERE name = 'tls_pin'")" "$wanted"
county_stop
serve_tls other
put a household household_code=622924101001010002 address="一社 2 号" >/dev/null
check_fails 3 "a server with another key is not talked to" "$huce" sync --data a
check "and the change waits here" equal "$("$huce" status --data a --json | jq '[.ledgers[] | .unsent + .sent] | add')" 1
county_stop
serve_tls county-one
check "until the right one is back" "$huce" sync --data a
"$huced" invite --ledger $village --role village --person 丁丽 --url "http://127.0.0.1:$port" --out plain.invite --data county >/dev/null 2>&1
check_fails 3 "plain HTTP to a TLS port fails cleanly" "$huce" join plain.invite --data b
check_fails 1 "plain HTTP to another machine is never spoken" bash -c "'$huced' invite --ledger $village --role village --person 海明 --url http://192.0.2.1:80 --out far.invite --data county >/dev/null 2>&1; '$huce' join far.invite --data b"
finish
