#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Networks as people meet them: the login page of a hotel, an office's proxy that wants a password, a certificate authority of
# the province's own, IPv6 alone, a line that breaks, garbles and falls silent. What is said is what is the matter; the work
# stays at the desk until it is through.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
proxy=${HUCE_BUILD:-$root/build}/tests/proxy/proxy
helpers=()
trap 'kill "${helpers[@]}" 2>/dev/null; county_stop' EXIT

# started FILE: waits until a helper has written its port, prints it
started() {
  for _ in $(seq 400); do [ -s "$1" ] && break; sleep 0.05; done
  cat "$1"
}
network() { # KIND NAME [ARGUMENTS…]: a helper; its port in ./NAME.port
  rm -f "$2.port"
  python3 "$(dirname "$0")/network.py" "$1" "$2.port" "${@:3}" >"$2.txt" 2>&1 &
  helpers+=($!)
  started "$2.port" >/dev/null
}
link() { # OPTIONS…: a bad link to the county on the port that the desks know
  [ -z "${link_pid:-}" ] || { kill "$link_pid"; wait "$link_pid"; }
  rm -f link.port
  "$proxy" --to "$port" --port "${link_port:-0}" --port-file link.port "$@" >>link.txt 2>&1 &
  link_pid=$!
  helpers+=($link_pid)
  link_port=$(started link.port)
}
waiting() { "$huce" status --data "$1" --json | jq '[.ledgers[] | .unsent + .sent] | add'; }
# says CODE WORDS COMMAND…: it ends with this code, and what it prints has these words
says() {
  local code=$1 words=$2 rc=0
  shift 2
  "$@" >said.txt 2>&1 || rc=$?
  [ $rc = "$code" ] && grep -q "$words" said.txt || { echo "exit code $rc: $(cat said.txt)"; return 1; }
}
doors=0
another() { # FOLDER: one more household
  doors=$((doors + 1))
  put "$1" household household_code=$(printf '622924101001012%03d' $doors) address="桥头 $doors 号" >/dev/null
}
through() { # FOLDER TRIES: exchanges until nothing waits; a try may end as it will, but never with damaged data
  local rc
  for _ in $(seq "$2"); do
    rc=0
    timeout 200 "$huce" sync --data "$1" >>through.txt 2>&1 || rc=$?
    [ $rc -le 3 ] || return 1
    [ $rc = 0 ] && [ "$(waiting "$1")" = 0 ] && return 0
  done
  return 1
}

# ---- lines that break, garble, and are slow, by seeds ----
county_found && county_serve || finish
link
url=http://127.0.0.1:$link_port
desk_join a village 马建国 $village && desk_join b village 丁丽 $village || finish
for seed in 1 2 3 4 5 6; do
  link --seed $seed --cut 40 --corrupt 25 --within 3000 --jitter 20 --rate 60000 --read-max 200
  another a
  another b
  check "seed $seed: it gets through a line that breaks and garbles" through a 40
  check "seed $seed: and so does the other desk" through b 40
done
link
check "nothing is left" bash -c "'$huce' sync --data a && '$huce' sync --data b && '$huce' sync --data a"
check "both desks show the same" equal "$(state_of a)" "$(state_of b)"
check "every household is there, once" equal "$("$huce" sql "SELECT count(*), count(DISTINCT address) FROM household" --data a --json | jq -c '.rows[0]')" "[12,12]"
another a
link --hole 100 --first 1
check "silence is noticed, and said" says 3 "没有及时回答" timeout 200 "$huce" sync --data a
check "and the next try gets through" through a 1

# ---- somebody else answers ----
kill "$link_pid" && wait "$link_pid" 2>/dev/null
link_pid=
another a
network portal hotel
# The desk's address is that of the link; there the hotel answers now.
"$proxy" --to "$(cat hotel.port)" --port "$link_port" --port-file hotel.link >/dev/null 2>&1 &
hotel=$!
helpers+=($hotel)
started hotel.link >/dev/null
check "the login page of a guest network is called what it is" says 3 "可能要先登录" "$huce" sync --data a
check "and the work stays here" equal "$(waiting a)" 1
"$huced" invite --ledger $village --role village --person 王芳 --url "$url" --out c.invite --data county >/dev/null 2>&1
check "nobody joins there" says 3 "可能要先登录" "$huce" join c.invite --data c
kill $hotel && wait $hotel 2>/dev/null
link
check "after logging in it goes on" through a 2
check "and the invitation is still good" "$huce" join c.invite --data c

# ---- TLS: a certificate authority of one's own, a proxy, a hotel that intercepts ----
county_stop
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=province" -keyout ca.key -out ca.crt 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=county" -keyout county.key -out county.csr 2>/dev/null
printf 'subjectAltName=IP:127.0.0.1,IP:::1\n' >names
openssl x509 -req -in county.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out county.crt 2>/dev/null
serve_tls() { # ADDRESS
  rm -f port
  "$huced" serve --listen "$1:0" --tls-cert county.crt --tls-key county.key --port-file port --data county >>serve.txt 2>&1 &
  server_pid=$!
  port=$(started port)
  # Without its pin: the certificate alone must do.
  sqlite3 county/huced.db "DELETE FROM _setting WHERE name = 'tls_pin'"
}
serve_tls 127.0.0.1
url=https://127.0.0.1:$port
check_fails 3 "a certificate of an unknown authority is not trusted" bash -c "
  '$huced' invite --ledger $village --role village --person 海明 --url $url --out d.invite --data county >/dev/null 2>&1; '$huce' join d.invite --data d"
check "with the authority's certificate in HUCE_CA_FILE it is" env HUCE_CA_FILE="$PWD/ca.crt" "$huce" join d.invite --data d
check "a file that is not there is said" says 3 "HUCE_CA_FILE" env HUCE_CA_FILE="$PWD/none.crt" "$huce" sync --data d
export HUCE_CA_FILE=$PWD/ca.crt
another d
network tunnel office clerk:secret
check "an office's proxy that wants a password" says 3 "要求登录" env https_proxy="http://127.0.0.1:$(cat office.port)" "$huce" sync --data d
check "with the password it leads there" env https_proxy="http://clerk:secret@127.0.0.1:$(cat office.port)" "$huce" sync --data d
check "and it was the proxy that led there" grep -q "127.0.0.1:$port" office.txt
check "a proxy that is not there is said" says 3 "连不上\|代理" env https_proxy=http://127.0.0.1:9 "$huce" sync --data d
network portal intercept county.crt county.key # even with a good certificate: what it says is not the county's
old_port=$port
county_stop
"$proxy" --to "$(cat intercept.port)" --port "$old_port" --port-file intercept.link >/dev/null 2>&1 &
intercept=$!
helpers+=($intercept)
started intercept.link >/dev/null
another d
check "a page in place of the county is not believed over TLS either" says 3 "可能要先登录" "$huce" sync --data d
kill $intercept && wait $intercept 2>/dev/null

# ---- IPv6 alone ----
if [ -e /proc/net/if_inet6 ] && grep -q "^00000000000000000000000000000001" /proc/net/if_inet6; then
  serve_tls '[::1]'
  url=https://[::1]:$port
  "$huced" invite --ledger $village --role village --person 马强 --url "$url" --out six.invite --data county >/dev/null 2>&1
  check "a desk joins over IPv6" "$huce" join six.invite --data six
  another six
  check "and synchronises" through six 1
else
  echo "skip - this machine has no IPv6"
fi
finish
