#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A county of two processes behind nginx, and behind haproxy, with the settings that are shipped: TLS ends at the proxy;
# desks join, exchange, wait, carry photos; a process that goes away is not missed; what is for the machine stays there;
# one address does not take everything; who dawdles is shown the door.
set -u
. "$(dirname "$0")/lib.sh"
export PATH=$PATH:/usr/sbin
photo=${HUCE_BUILD:-$root/build}/tests/data/photo
village=622924101001
proxy_pid= second_pid=
stop_all() {
  local pid
  for pid in $proxy_pid $second_pid; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; done
  proxy_pid= second_pid=
  county_stop
}
trap stop_all EXIT
for tool in nginx haproxy; do command -v $tool >/dev/null || { echo "skip - $tool is not installed"; exit 77; }; done

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
serve_second() {
  rm -f second.port
  "$huced" serve --listen "127.0.0.1:${second:-0}" --port-file second.port --data county >>second.txt 2>&1 &
  second_pid=$!
  for _ in $(seq 400); do [ -s second.port ] && break; sleep 0.05; done
  second=$(cat second.port)
}
ask() { curl -s --cacert county.crt -o /dev/null -w '%{http_code}' "$@"; }
# until_is TEXT COMMAND…: until it prints that
until_is() {
  local text=$1
  shift
  for _ in $(seq 400); do [ "$("$@")" = "$text" ] && return; sleep 0.05; done
  return 1
}

with_nginx() {
  front=$(free_port)
  mkdir -p nginx
  sed -e "s,listen 443 ssl,listen 127.0.0.1:$front ssl," -e "s,/etc/huced/,$PWD/," -e "s,server 127.0.0.1:8443,server 127.0.0.1:$port," \
    -e "s,limit_conn huced_desks 256,limit_conn huced_desks 40," -e "s,client_header_timeout 15s,client_header_timeout 3s," \
    -e "/server 127.0.0.1:$port/{p;s,:$port,:$second,}" "$root/server/ops/nginx.conf" >nginx/site
  cat >nginx/nginx.conf <<CONF
$([ "$(id -u)" != 0 ] || echo "user root;")
daemon off; pid nginx.pid; error_log error.log; worker_processes 2;
events { worker_connections 512; }
http { access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi; include site; }
CONF
  nginx -p "$PWD/nginx/" -e error.log -c nginx.conf >nginx/out 2>&1 &
  proxy_pid=$!
}

with_haproxy() {
  front=$(free_port)
  sed -e "s,bind :443,bind 127.0.0.1:$front," -e "s,/etc/huced/,$PWD/," -e "s,server one 127.0.0.1:8443,server one 127.0.0.1:$port," \
    -e "s,sc0_conn_cur gt 256,sc0_conn_cur gt 40," -e "s,http-request 15s,http-request 3s," -e "s,maxconn 20000,maxconn 500," "$root/server/ops/haproxy.cfg" >haproxy.cfg
  echo "    server two 127.0.0.1:$second" >>haproxy.cfg
  haproxy -db -f haproxy.cfg >haproxy.txt 2>&1 &
  proxy_pid=$!
}

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=county -addext "subjectAltName=IP:127.0.0.1" \
  -keyout county.key -out county.crt 2>/dev/null && cat county.crt county.key >county.pem
export HUCE_CA_FILE=$PWD/county.crt
county_found && county_serve && serve_second || finish
"$photo" 1600 1200 1 large.jpg
number=0
for proxy in nginx haproxy; do
  number=$((number + 1))
  with_$proxy
  url=https://127.0.0.1:$front
  check "$proxy takes the settings that are shipped" until_is 200 ask "$url/healthz" || { tail -n 5 nginx/error.log nginx/out haproxy.txt 2>/dev/null; finish; }
  desk_join $proxy-a village 马建国$number $village && desk_join $proxy-b village 丁丽$number $village || finish
  put $proxy-a household household_code=62292410100101000$number address="一社 1 号" >/dev/null
  check "a desk exchanges through $proxy" "$huce" sync --data $proxy-a
  person=$(put $proxy-a person name=马建国 sex=1)
  check "with a photo" "$huce" attach person "$person" consent_photo large.jpg --data $proxy-a
  check "which travels" "$huce" sync --data $proxy-a
  "$huce" sync --data $proxy-b >/dev/null
  hash=$("$huce" attachment list --data $proxy-b --json | jq -r '.attachments[0].hash')
  check "and comes to another desk whole" eval '"$huce" attachment get "$hash" $proxy.jpg --data $proxy-b && [ "$(sha256sum <$proxy.jpg | cut -c1-64)" = "$hash" ]'

  size=$(curl -s --cacert county.crt "$url/log/$village/checkpoint" | sed -n 2p)
  waiting_total() { echo $(($(for p in $port $second; do curl -s "http://127.0.0.1:$p/metrics" | sed -n 's/^huced_waiting //p'; done | paste -sd+))); }
  "$huce" serve --listen 127.0.0.1:0 --sync-every 3600 --data $proxy-b >desk.txt 2>&1 &
  desk=$!
  check "a question is held open through $proxy" until_is 1 waiting_total
  put $proxy-a household household_code=62292410100102000$number address="二社 1 号" >/dev/null
  "$huce" sync --data $proxy-a >/dev/null
  shown() { "$huce" sql "SELECT count(*) FROM household" --data $proxy-b --json | jq -r '.rows[0][0]'; }
  check "and answered, whichever process took the change" until_is $((2 * number)) shown
  kill $desk; wait $desk 2>/dev/null

  # Each of the two goes and comes back; nobody notices.
  kill $second_pid; wait $second_pid 2>/dev/null
  put $proxy-a person name=丁丽 sex=2 >/dev/null
  check "one process goes: the desk exchanges" "$huce" sync --data $proxy-a
  serve_second
  asked_for_health() { curl -s "http://127.0.0.1:$second/metrics" | grep -c 'path="/healthz",status="200"'; }
  [ $proxy = nginx ] || check "haproxy sees it again when it is back" until_is 1 asked_for_health
  sleep 0.5 # of which it must have read the answer
  county_stop
  put $proxy-a person name=海明 sex=1 >/dev/null
  check "the other goes: it does so again" "$huce" sync --data $proxy-a
  county_serve
  url=https://127.0.0.1:$front
  check "both are back" until_is 200 ask "$url/healthz"

  check "metrics stay on the machine" equal "$(ask "$url/metrics") $(ask "$url/readyz") $(ask "$url/")" "404 404 404"
  check "a message that is too large is refused here" equal "$(head -c 9000000 /dev/zero | ask --data-binary @- -H 'Expect:' "$url/v1/sync")" 413
  check "an address that somebody writes into the head is nobody's business" equal \
    "$(ask -H 'X-Forwarded-For: 127.0.0.1' -H 'Forwarded: for=127.0.0.1' "$url/v1/ledgers")" 401
  check "one address alone does not take everything, and who dawdles is let go" "$root/tests/system/dawdle.py" "$front" county.crt
  check "the desk goes on" "$huce" sync --data $proxy-a
  kill $proxy_pid; wait $proxy_pid 2>/dev/null
  proxy_pid=
done
kill $second_pid; wait $second_pid 2>/dev/null
second_pid=
check "the county's audit is clean" "$huced" audit --data county
stop_all
exit $((failures > 0))
