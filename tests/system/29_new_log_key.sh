#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The county changes the key that signs its ledgers, while it serves. Laptops that were away, a stick that was packed
# before, a witness, a new laptop and a backup from before: each goes on, and everything verifies. Only the root key
# can do it. A county put back from a backup without the new key gets its past back, says what it lacks, and goes on.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001 other=622924101002 registry=622924000000
name=linxia.example/witness
county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b village 丁丽 $village && desk_join c village 马小龙 $other || finish
home() { put "$1" household household_code="${2}0100$3" address="一社 $3 号" status=1; }
sync() { "$huce" sync --data "$1"; }
head_of() { curl -s "$url/log/$1/checkpoint" | sed -n 2,3p; }
line_of() { curl -s "$url/log/$1/checkpoint" | grep '^— 622924'; }
keys() { "$huced" key list --data county --json | jq -c "[.keys[] | $1]"; }
pack() { "$huce" bundle export "$2" --data "$1"; }
take() { "$huce" bundle import "$2" --data "$1" --json; }
first=$(home a $village 01)
home c $other 01 >/dev/null
for desk in a b c; do sync $desk >/dev/null || echo "not ok - $desk syncs"; done
"$huce" proof household "$first" --out before.proof --data a >/dev/null

# ---- a witness, by hand ----
"$huced" witness init --name $name --data prefecture >witness.verifier
"$huced" witness trust "$("$huced" witness verifier --data county)" --data prefecture
"$huced" witness serve --listen 127.0.0.1:0 --port-file witness.port --data prefecture >witness.txt 2>&1 &
witness_pid=$!
trap 'kill $witness_pid 2>/dev/null; county_stop' EXIT
for _ in $(seq 400); do [ -s witness.port ] && break; sleep 0.05; done
ask() { "$huced" witness request "$1" --data county >request && curl -s -o line -w '%{http_code}' --data-binary @request "http://127.0.0.1:$(cat witness.port)/add-checkpoint"; }
accept() { "$huced" witness accept "$1" "$(cat witness.verifier)" line --data county; }
"$huced" witness add "$(cat witness.verifier)" --data county >/dev/null
check "a witness cosigns" equal "$(ask $village)" 200
check "which the county takes" accept $village
check "a backup is made" "$huced" backup before --data county

# ---- what is on its way when the key changes ----
home b $village 02 >/dev/null
home c $other 02 >/dev/null
mkdir stick
check "a stick is packed" pack c stick

echo 000000 >wrong
check_fails 1 "without the root key's passphrase it is not changed" "$huced" key change --pin-file wrong --data county
check "nor has anything been left" equal "$(keys .in_force)" "[true]"
was=$(head_of $village) line=$(line_of $village)
check "the key is changed while the county serves" "$huced" key change --data county
check "there have been two, both are here" equal "$(keys '[.in_force, .here]')" "[[false,true],[true,true]]"
check "the village's head is what it was" equal "$(head_of $village)" "$was"
check "under the new key" [ "$(line_of $village)" != "$line" ]

# ---- everybody goes on ----
check "a laptop that is there hears of it" sync a
check "its audit is clean" "$huce" audit --data a
check "it proves a change of a ledger that has not grown" "$huce" proof household "$first" --out after.proof --data a
check "to one that has not heard of it" "$huce" verify after.proof --data b
check "and a proof from before is one still" "$huce" verify before.proof --data a
check "a laptop that was away brings its work" sync b
check "its audit is clean too" "$huce" audit --data b
check "work under the new key comes to the first" sync a
check "both show the same" equal "$(state_of a)" "$(state_of b)"
check "the stick from before is taken" "$huced" bundle import stick --data county
check "and its answer at the laptop" equal "$(take c stick | jq -c .confirmed)" 1
check "whose audit is clean" "$huce" audit --data c
home c $other 03 >/dev/null
rm -rf stick && mkdir stick
check "the next stick is packed for the new key" pack c stick
mkdir gone && mv county/log.key gone/
check "which alone opens it" "$huced" bundle import stick --data county
mv gone/log.key county/
check "its answer is taken" equal "$(take c stick | jq -c .confirmed)" 1
check "the county's is clean" "$huced" audit --data county
check "nobody complained of a signature" [ "$(grep -c '签名不符\|CHECK failed' serve.txt)" = 0 ]

check "the witness does not know the new key" equal "$(ask $village)" 403
check "it is told" "$huced" witness trust "$("$huced" witness verifier --data county)" --data prefecture
check "and goes on from where it stood" equal "$(ask $village)" 200
check "the county takes its line" accept $village
check "somebody new joins" desk_join d village 周斌 $village
check "and has everything" sync d
check "with a clean audit, the witness asked for" "$huce" audit --ledger $village --witness "$(cat witness.verifier)" --data d

# ---- once more, and a backup from between ----
check "the key is changed again" "$huced" key change --data county
check "a laptop that has missed one" sync b
check "and one that goes on" sync a
check "a backup holds all three keys" eval '"$huced" backup after --data county && [ -s after/log.key -a -s after/log.2.key -a -s after/log.3.key ] && "$huced" backup verify after'
signed=$(head_of $village) signed_registry=$(head_of $registry)

# ---- the disk dies, and the backup is from before the new keys ----
county_stop
mv county dead
"$huced" backup restore before --data county >/dev/null
cp dead/log.2.key dead/log.3.key county/ # the file of a newer backup, or of the printed steps
county_serve || finish
for desk in a b c d; do sync $desk >/dev/null 2>&1; done
check "what was signed under later keys comes back" equal "$(head_of $village)" "$signed"
check "the registry's too" equal "$(head_of $registry)" "$signed_registry"
for desk in a b c d; do sync $desk >/dev/null 2>&1; done
check "then it goes on" eval 'home a $village 09 >/dev/null && sync a && sync b'

# ---- the key in force is lost ----
county_stop
mv county/log.3.key gone/
check_fails 1 "without it the county does not start" timeout 60 "$huced" serve --listen 127.0.0.1:0 --data county
check "and says what to do" grep -q 'huced key change' <<<"$(timeout 60 "$huced" serve --listen 127.0.0.1:0 --data county 2>&1)"
check "the list says which is missing" equal "$(keys .here)" "[true,true,false]"
check "the root key gives it another one" "$huced" key change --data county
county_serve || finish
for desk in a b c d; do check "$desk goes on" sync $desk; check "$desk's audit" "$huce" audit --data $desk; done
check "the county's audit is clean" "$huced" audit --data county
finish
