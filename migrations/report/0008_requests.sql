-- SPDX-License-Identifier: MulanPSL-2.0
-- name: requests
-- zh: 诉求与吹哨办理表
-- en: Requests and whistles
-- about: 受理：本月登记、没有作废的诉求。按时响应：紧急的当天、其余一个工作日（节假日顺延）内有第一次办理记录。
-- about: 按时办结：到期以前已反馈（延期的按延期后的期限）；逾期：到期还没有反馈。满意率：回访为4、5分的占已回访的。
-- about: 吹哨记在乡镇账本里，按所在村统计；没有写明村的单列一行。报到及时：期限以前报到。平均小时：登记到反馈。
-- who: village township registrar auditor dept
-- none: 没有村级账本。
-- by: unit
-- period: month
-- column: unit | 单位 | Unit | text
-- column: received | 受理 | Received | count
-- column: from_chat | 网格群 | Grid chat | count
-- column: from_snap | 随手拍 | Snap report | count
-- column: from_wall | 说事墙 | Wall post | count
-- column: from_visit | 走访 | Visit | count
-- column: from_12345 | 12345 | 12345 | count
-- column: from_device | 设备 | Device | count
-- column: from_other | 其他来源 | Other source | count
-- column: kind_1 | 咨询 | Question | count file
-- column: kind_2 | 求助 | Help | count file
-- column: kind_3 | 投诉 | Complaint | count file
-- column: kind_4 | 举报 | Report | count file
-- column: kind_5 | 建议 | Suggestion | count file
-- column: kind_6 | 表扬 | Praise | count file
-- column: kind_7 | 隐患 | Hazard | count file
-- column: responded | 按时响应 | Answered in time | count
-- column: responded_rate | 响应率 | Answered in time | percent of=responded/received
-- column: solved | 按时办结 | Solved in time | count
-- column: solved_rate | 办结率 | Solved in time | percent of=solved/received
-- column: overdue | 逾期 | Overdue | count
-- column: returned | 退回 | Returned | count
-- column: extended | 延期 | Extended | count
-- column: rated | 已回访 | Called back | count file
-- column: content | 满意 | Satisfied | count file
-- column: content_rate | 满意率 | Satisfied | percent of=content/rated
-- column: whistle_1 | 管理服务哨 | Service whistle | count
-- column: whistle_2 | 重点工作哨 | Key-work whistle | count
-- column: whistle_3 | 应急处置哨 | Emergency whistle | count
-- column: whistles | 哨数 | Whistles | count file
-- column: in_time | 及时报到 | Checked in in time | count file
-- column: in_time_rate | 报到及时率 | Checked in in time | percent of=in_time/whistles
-- column: replied | 已反馈 | Replied | count file
-- column: hours | 办理小时 | Hours | count file
-- column: mean_hours | 平均小时 | Mean hours | ratio of=hours/replied
-- column: code | 区划代码 | Division | text file
-- rows:
WITH act AS MATERIALIZED (
  SELECT request_id, min(at) AS first_at, min(iif(step = '4', at, NULL)) AS replied_at, max(step = '7') AS returned
    FROM request_action GROUP BY request_id),
back AS MATERIALIZED (
  SELECT request_id, max(satisfied) AS satisfied FROM callback WHERE request_id IS NOT NULL GROUP BY request_id),
r AS MATERIALIZED (
  SELECT q.origin, q.source, q.kind, q.status, q.registered_at, coalesce(q.extended_to, q.due) AS due, q.extended_to,
         a.first_at, coalesce(a.replied_at, iif(q.status IN ('replied', 'called', 'archived'), q.callback_at, NULL)) AS replied_at,
         coalesce(a.returned, 0) OR q.status = 'returned' AS returned, coalesce(b.satisfied, q.satisfied) AS satisfied,
         -- the next working day after the one of registering: weekends are passed over
         iif(q.urgency IN ('2', '3'), substr(q.registered_at, 1, 10),
             date(substr(q.registered_at, 1, 10), '+1 day', CASE strftime('%w', substr(q.registered_at, 1, 10))
               WHEN '5' THEN '+2 day' WHEN '6' THEN '+1 day' ELSE '+0 day' END)) AS answer_by
    FROM request q LEFT JOIN act a ON a.request_id = q.id LEFT JOIN back b ON b.request_id = q.id
   WHERE substr(q.registered_at, 1, 7) = :month AND coalesce(q.status, '') <> 'merged'),
g AS MATERIALIZED (
  SELECT origin, count(*) AS received, sum(source = '1') AS from_chat, sum(source = '2') AS from_snap,
         sum(source = '3') AS from_wall, sum(source = '4') AS from_visit, sum(source = '12345') AS from_12345,
         sum(source = '6') AS from_device, sum(source NOT IN ('1', '2', '3', '4', '6', '12345')) AS from_other,
         sum(kind = '1') AS kind_1, sum(kind = '2') AS kind_2, sum(kind = '3') AS kind_3, sum(kind = '4') AS kind_4,
         sum(kind = '5') AS kind_5, sum(kind = '6') AS kind_6, sum(kind = '7') AS kind_7,
         sum(coalesce(substr(first_at, 1, 10) <= answer_by, 0)) AS responded,
         sum(coalesce(replied_at <= coalesce(due, '9'), 0)) AS solved,
         sum(coalesce(due < coalesce(replied_at, :today || 'T24:00'), 0)) AS overdue, sum(returned) AS returned,
         sum(extended_to IS NOT NULL) AS extended, sum(satisfied IS NOT NULL) AS rated,
         sum(coalesce(satisfied >= 4, 0)) AS content, sum(replied_at IS NOT NULL) AS replied,
         CAST(round(sum(coalesce((julianday(replied_at) - julianday(registered_at)) * 24, 0))) AS INTEGER) AS hours
    FROM r GROUP BY origin),
w AS MATERIALIZED (
  SELECT coalesce(nullif(village_code, ''), substr(origin, instr(origin, '/') + 1, 12)) AS code, count(*) AS whistles,
         sum(kind = '1') AS whistle_1, sum(kind = '2') AS whistle_2, sum(kind = '3') AS whistle_3,
         sum(coalesce(checked_in_at <= checkin_due, 0)) AS in_time
    FROM whistle WHERE substr(issued_at, 1, 7) = :month GROUP BY 1)
SELECT s.name AS unit, coalesce(received, 0) AS received, coalesce(from_chat, 0) AS from_chat,
       coalesce(from_snap, 0) AS from_snap, coalesce(from_wall, 0) AS from_wall, coalesce(from_visit, 0) AS from_visit,
       coalesce(from_12345, 0) AS from_12345, coalesce(from_device, 0) AS from_device,
       coalesce(from_other, 0) AS from_other, coalesce(kind_1, 0) AS kind_1, coalesce(kind_2, 0) AS kind_2,
       coalesce(kind_3, 0) AS kind_3, coalesce(kind_4, 0) AS kind_4, coalesce(kind_5, 0) AS kind_5,
       coalesce(kind_6, 0) AS kind_6, coalesce(kind_7, 0) AS kind_7, coalesce(responded, 0) AS responded,
       coalesce(solved, 0) AS solved, coalesce(overdue, 0) AS overdue, coalesce(returned, 0) AS returned,
       coalesce(extended, 0) AS extended, coalesce(rated, 0) AS rated, coalesce(content, 0) AS content,
       coalesce(whistle_1, 0) AS whistle_1, coalesce(whistle_2, 0) AS whistle_2, coalesce(whistle_3, 0) AS whistle_3,
       coalesce(whistles, 0) AS whistles, coalesce(in_time, 0) AS in_time, coalesce(replied, 0) AS replied,
       coalesce(hours, 0) AS hours, s.code
  FROM scope s LEFT JOIN g ON g.origin = s.origin LEFT JOIN w ON w.code = s.code
UNION ALL
SELECT coalesce((SELECT max(name) FROM admin_division d WHERE d.code = w.code), w.code) || '（乡镇）', 0, 0, 0, 0, 0, 0, 0, 0,
       0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, whistle_1, whistle_2, whistle_3, whistles, in_time, 0, 0, w.code
  FROM w WHERE w.code NOT IN (SELECT code FROM scope)
           AND EXISTS (SELECT 1 FROM scope WHERE substr(scope.code, 1, 9) = substr(w.code, 1, 9))
           AND (:ledger IS NULL OR substr(w.code, 10) = '000')
 ORDER BY 31;
-- detail:
SELECT substr(q.origin, instr(q.origin, '/') + 1, 12) AS code, 'request' AS type, q.id
  FROM request q JOIN scope s ON s.origin = q.origin
 WHERE substr(q.registered_at, 1, 7) = :month AND coalesce(q.status, '') <> 'merged'
   AND CASE :column WHEN 'received' THEN 1 WHEN 'from_chat' THEN q.source = '1' WHEN 'from_snap' THEN q.source = '2'
       WHEN 'from_wall' THEN q.source = '3' WHEN 'from_visit' THEN q.source = '4' WHEN 'from_12345' THEN q.source = '12345'
       WHEN 'from_device' THEN q.source = '6' WHEN 'extended' THEN q.extended_to IS NOT NULL
       WHEN 'overdue' THEN coalesce(q.extended_to, q.due) < coalesce((SELECT min(at) FROM request_action a
         WHERE a.request_id = q.id AND a.step = '4'), :today || 'T24:00') ELSE 0 END;
