#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A county that admits what its own registry forbids: every desk notices when it arrives, says so from
# then on, keeps the proof, and both audits name it. What is void honestly is called something else.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
honest=$huced lying=$(dirname "$huced")/tests/torture/huced_lying
export HUCE_LIE=$PWD/lie
county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b village 丁丽 $village || finish
house=$(put a household household_code=622924101001010001 address="一社 1 号")
for desk in a b; do "$huce" sync --data $desk >/dev/null; done
breaches() { "$huce" status --data "$1" --json | jq -c '[.ledgers[].breaches[].code]'; }
# audit_codes PROGRAM FOLDER: the codes of all findings, and whether the county is blamed
audit_codes() { "$1" audit --data "$2" --json | jq -c '[.ledgers[].findings[] | [.code, .county, .name]]'; }
check "nobody is blamed at first" equal "$(breaches a)$(audit_codes "$huce" a)" "[][]"

# Somebody who is revoked while his work is on its way: nobody's fault.
put b household "$house" address="一社 2 号" >/dev/null
kid=$("$huced" member list --data county --json | jq -r '.members[] | select(.name == "丁丽" and .kind == "person") | .kid')
check "one of them is revoked" "$huced" member revoke "$kid" --data county
"$huce" sync --data b >/dev/null 2>&1
"$huce" sync --data a >/dev/null
check "her last change is void, and no more than that" equal "$(audit_codes "$huce" a)$(breaches a)" '[["void",false,"丁丽"]][]'
check "so it is for the county" equal "$(audit_codes "$huced" county)" '[["void",false,"丁丽"]]'
check "both audits are good" "$huce" audit --data a

# The county lies: a newcomer's leaf names a registry in which nobody had granted him.
county_stop
huced=$lying county_serve || finish
desk_join c grid 何平 $village || finish
put c household "$house" address="一社 3 号" >/dev/null
touch lie
check "a newcomer's desk hands its work over" "$huce" sync --data c
"$huce" sync --data a >/dev/null
check "his change counts nowhere" equal "$(field a household "$house" address)$(field c household "$house" address)" "一社 1 号一社 1 号"
for desk in a c; do
  check "desk $desk has noticed by itself" equal "$(breaches $desk)" '["unknown_key"]'
  check "and says so in words" grep -q "警告：县里放进了第 2 项，可接收时登记账本.*何平" <<<"$("$huce" status --data $desk)"
done
put a household "$house" phone=15400000001 >/dev/null
"$huce" sync --data a >/dev/null
check "a leaf that names less than its author had seen is noticed too" equal "$(breaches a)" '["unknown_key","future_base"]'
rm lie
put a household "$house" phone=15400000002 >/dev/null
"$huce" sync --data a >/dev/null
check "what is admitted rightly afterwards is good" equal "$(breaches a)" '["unknown_key","future_base"]'

evidence=$("$huce" status --data a --json | jq -r '[.ledgers[].breaches[].evidence][0]')
check "the proof lies beside the data" grep -q "县级账本收进了按它自己的规则不许收的改动" "$evidence"
check "with the county's signed head" grep -q "^— 622924.huce/$village " "$evidence"
# The leaf that the file lists at this place names the changeset that it holds.
id=$(sed -n "/^三、/{n;p}" "$evidence" | python3 -c "import hashlib; print(hashlib.sha256(bytes.fromhex(input())).hexdigest())")
check "and the changeset whose leaf it is" equal "$(sed -n '/^五、/,$p' "$evidence" | sed -n 4p | cut -c1-64)" "$id"

check_fails 1 "the desk's audit fails without calling it damage" "$huce" audit --data a
check "it names author, ledger and leaf" grep -q "违规 县里放进了第 2 项.*何平" <<<"$("$huce" audit --data a 2>/dev/null)"
wanted='[["breach",true,"何平"],["breach",true,"马建国"],["void",false,"丁丽"],["void",false,"何平"]]'
check "apart from what is void honestly" equal "$(audit_codes "$huce" a)" "$wanted"
county_stop
huced=$honest
check "the county's own audit says the same" equal "$(audit_codes "$huced" county)" "$wanted"
check_fails 1 "and fails" "$huced" audit --data county
check "rebuilding the tables changes nothing of it" "$huce" rebuild --check --data a
check "the desk still says it" equal "$(breaches a)" '["unknown_key","future_base"]'
finish
