#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Every pair of edits of shared/merge/RESULTS.md, made by two people at two desks, in turn and at the same
# time with clocks that are wrong both ways: at five desks the programs show what the page says.
set -u
. "$(dirname "$0")/lib.sh"
village=622924101001
county_found && county_serve || finish

cat >result.sql <<'SQL'
INSERT INTO migration(number, name) VALUES (10091, 'result');
INSERT INTO tables(no, name, zh, en, title, paper_key) VALUES (30091, 'result', '结果', 'Result', 'code', 'code');
INSERT INTO tables(no, name, zh, en, title, paper_key, kind)
  VALUES (30092, 'result_row', '结果行', 'Result row', 'code', 'code', 'append');
INSERT INTO codes(list, code, zh, en) VALUES
  ('stage', 'draft', '草稿', 'draft'), ('stage', 'public', '公开', 'public'), ('stage', 'dropped', '放弃', 'dropped'),
  ('roll', 'safe', '平安', 'safe'), ('roll', 'hurt', '受伤', 'hurt'), ('roll', 'lost', '失踪', 'lost');
INSERT INTO fields(tbl, no, name, zh, en, type, policy, args, writers, list) VALUES
  ('result', 1, 'code', '编码', 'Code', 'text', 'once', '', 'T,V', ''),
  ('result', 2, 'lww', '甲', 'lww', 'text', 'lww', '', 'T,V', ''),
  ('result', 3, 'authority', '乙', 'authority', 'text', 'authority', '', 'T,V', ''),
  ('result', 4, 'review', '丙', 'review', 'text', 'review', '', 'T,V', ''),
  ('result', 5, 'once', '丁', 'once', 'text', 'once', '', 'T,V', ''),
  ('result', 6, 'state', '戊', 'state', 'code', 'state', '>draft,draft>public,draft>dropped,public>draft,public>dropped', 'T,V', 'stage'),
  ('result', 7, 'worst', '己', 'worst', 'code', 'worst', 'lost>hurt>safe', 'T,V', 'roll'),
  ('result', 8, 'set', '庚', 'set', 'set_text', 'set', '', 'T,V', ''),
  ('result', 9, 'counter', '辛', 'counter', 'int', 'counter', '', 'T,V', ''),
  ('result_row', 1, 'code', '编码', 'Code', 'text', 'lww', '', 'T,V', ''),
  ('result_row', 2, 'append', '甲', 'append', 'text', 'lww', '', 'T,V', '');
SQL
check "a type with a field of every policy" "$huced" catalog apply result.sql --data county
for desk in v1:village:马建国 v2:village:丁丽 t1:township:海明 t2:township:王镇 c:village:马兰; do
  IFS=: read -r folder role name <<<"$desk"
  desk_join "$folder" "$role" "$name" $village || finish
done
check "what the page says is what five desks show" python3 "$root/tests/system/results.py" "$huce" "$root/shared/merge/RESULTS.md"

# What the rules decided is open until somebody who knows of both has looked at it.
reported() { "$huce" conflicts list --reported --data "$1" --json | jq -r "[.conflicts[] | select(.field == \"lww\")] | $2"; }
before=$(reported v1 length)
id=$(reported v1 '.[0].id') record=$(reported v1 '.[0].record') lost=$(reported v1 '.[0].candidates[1].value')
check "what lost can be taken after all" "$huce" conflicts resolve "$id" --take B --note "问过本人" --data v1
check "then it is in force" equal "$(field v1 result "$record" lww)" "$lost"
id=$(reported v1 '.[0].id') record=$(reported v1 '.[0].record') kept=$(reported v1 '.[0].in_force')
check "or what is in force kept" "$huce" conflicts resolve "$id" --take A --data v1
check "and stays" equal "$(field v1 result "$record" lww)" "$kept"
"$huce" sync --data v1 >/dev/null && "$huce" sync --data v2 >/dev/null
check "both are done with, at every desk" equal "$(reported v1 length) $(reported v2 length)" "$((before - 2)) $((before - 2))"
check_fails 1 "and cannot be decided twice" "$huce" conflicts resolve "$id" --take A --data v2
for desk in v1 v2 t1 t2 c; do
  check "derived state equals the ledger at $desk" "$huce" rebuild --check --data $desk
done
check "audit" "$huced" audit --data county
finish
