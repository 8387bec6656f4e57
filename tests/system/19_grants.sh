#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Who can grant could make a key in anybody's name. He cannot do it unseen: every desk shows its
# people all that was granted in their names, and says once what is new.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish
desk_join a village 马建国 $village && desk_join b village 丁丽 $village || finish
grants() { "$huce" grants --data "$1" --json | jq -c "[.grants[] | $2]"; }
news() { "$huce" sync --data "$1" --json | jq -c "[.news[] | test(\"$2\")]"; }
check "what joining brought about is no news" equal "$("$huce" sync --data a --json | jq -c .news)" '[]'
check "Ma sees his key and his laptop" equal "$(grants a '[.name, .kind, .here, .state, .by, .scopes]')" \
  "$(printf '[["马建国的电脑","device",true,"active","县级登记员",[]],["马建国","person",true,"active","县级登记员",["%s"]]]' $village)"
check "with the day" grep -qE '^"20[0-9-]+T' <<<"$("$huce" grants --data a --json | jq '.grants[1].granted')"
check "and nothing of Ding's" equal "$("$huce" grants --data a | grep -c 丁丽)" 0

# Somebody at the county makes a key in Ma's name, for a machine of his own.
desk_join thief township 马建国 622924101000 || finish
check "his desk tells him at the next exchange" grep -q "以 马建国 的名义给别的电脑授了权.*马上找县里" <<<"$("$huce" sync --data a)"
check "once" equal "$("$huce" sync --data a --json | jq -c .news)" '[]'
check "Ding is not bothered" equal "$("$huce" sync --data b --json | jq -c .news)" '[]'
check "it stays in the list, with role and scope" equal "$(grants a 'select(.here | not) | [.kind, .role, .scopes[0]]')" '[["person","township","622924101000"]]'
check "in words too" grep -q "township（别的电脑）  有效" <<<"$("$huce" grants --data a)"
forged=$("$huce" grants --data a --json | jq -r '.grants[] | select(.here | not) | .kid')
check "the name alone fits two" grep -q 对应几个密钥 <<<"$("$huced" member revoke 马建国 --data county 2>&1)"
check "it is revoked, machine and all" "$huced" member revoke "$forged" --device --data county
check_fails 1 "the machine is turned away" "$huce" sync --data thief
check "Ma is told of that too" equal "$(news a 撤销了.*在别的电脑上的授权)" "[true]"
check "and sees by whom" equal "$(grants a 'select(.here | not) | [.state, .revoked_by, .revoked != null]')" '[["revoked","县级登记员",true]]'
check "his own goes on" equal "$(grants a 'select(.here) | .state')" '["active","active"]'

# A second person on Ding's laptop, who has a key elsewhere as well.
"$huced" invite --for 马建国 --url "$url" --out a2.invite --data county >/dev/null 2>&1
check "Ma joins on Ding's laptop as well" "$huce" join a2.invite --data b
check "there he is told of what stands in his name already" grep -q "以 马建国 的名义" <<<"$("$huce" sync --data b)"
check "on his own of the new one" equal "$(news a 以.马建国.的名义)" "[true]"
check "audit" "$huce" audit --data b
finish
