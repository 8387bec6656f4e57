#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A line that is paid for by the megabyte: records go at once, a photo waits for its hours and for the size of a day, and
# the service holds no question open at the county. Said in words, and off again in one.
set -u
. "$(dirname "$0")/lib.sh"
photo=${HUCE_BUILD:-$root/build}/tests/data/photo
village=622924101001
service=
trap '[ -z "$service" ] || kill $service 2>/dev/null; county_stop' EXIT
metered() { "$huce" metered "$@" --data a --json; }
waits() { curl -s "$url/metrics" | sed -n 's/^huced_waits_total //p'; }
held() { "$huce" attachment list --data "$1" --json | jq -c '[.attachments[] | .held]'; }
# prints WORDS COMMAND…: it goes well, and says so
prints() { local words=$1 out; shift; out=$("$@" 2>&1) && grep -q "$words" <<<"$out" || { echo "$out"; return 1; }; }

county_found && county_serve && desk_join a village 马建国 $village && desk_join b village 丁丽 $village || finish
"$photo" 640 480 2 photo.jpg
house=$(put a household household_code=622924101001010001 address="一社 1 号")
visit=$(put a visit household_id="$house" kind=1 at=2026-11-21T09:00)
check "a photo is attached" "$huce" attach visit "$visit" photo_refs photo.jpg --data a

hour=$((($(date -u +%-H) + 8) % 24)) # in China
check "photos get an hour that is not now" "$huce" metered on --hours $(((hour + 2) % 24))-$(((hour + 3) % 24)) --day-mb 50 --data a
check "an exchange says that they wait" prints "照片等附件先不传" "$huce" sync --data a
check "the record is at the other desk all the same" bash -c "'$huce' sync --data b && '$huce' get visit $visit --data b"
check "what it took is counted" test "$(metered | jq .used_today)" -gt 0
check "it is said how long they wait" prints "还要等" "$huce" metered --data a
"$huce" serve --listen 127.0.0.1:0 --sync-every 1 --data a >a.txt 2>&1 &
service=$!
before=$(curl -s "$url/metrics" | sed -n 's/^huced_syncs_total //p')
synced() { for _ in $(seq 400); do [ "$(curl -s "$url/metrics" | sed -n 's/^huced_syncs_total //p')" -gt $((before + 2)) ] && return; sleep 0.1; done; return 1; }
check "the service exchanges" synced
check "and holds no question open" equal "$(waits)" 0
kill $service && wait $service 2>/dev/null
service=
check "the photo is still here alone" equal "$(held a)" "[false]"

check "at any hour, but nothing of the day" "$huce" metered on --hours 0-0 --day-mb 0 --data a
check "it waits too" prints "照片等附件先不传" "$huce" sync --data a
check "at any hour, within 50 MB" "$huce" metered on --hours 0-0 --day-mb 50 --data a
check "now it goes" prints "送出" "$huce" sync --data a
check "the county has it" equal "$(held a)" "[true]"
check "and it is counted" test "$(metered | jq .used_today)" -gt 100000
check_fails 2 "hours have a form" "$huce" metered on --hours 22 --data a
check_fails 2 "and an end" "$huce" metered on --hours 22-24 --data a
check_fails 2 "off takes none" "$huce" metered off --hours 1-2 --data a
check "off" prints "流量不限" "$huce" metered off --data a
finish
