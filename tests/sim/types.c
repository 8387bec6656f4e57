/* SPDX-License-Identifier: MulanPSL-2.0 */
/* types: see types.h. */
#include "tests/sim/types.h"

const char *const types_sql[CATALOG_VERSIONS] = {
    "INSERT INTO migration(number, name) VALUES (10001, 'first');"
    "INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES"
    " (1, 'thing', '事物', 'Thing', 'record', 'any', 'name'),"
    " (2, 'entry', '记载', 'Entry', 'append', 'any', 'text');"
    "INSERT INTO fields(tbl, no, name, zh, en, type, policy, args, writers, checks, ref,"
    " conflict_group) VALUES"
    " (1, 1, 'name', '名称', 'Name', 'text', 'lww', '', '', '', '', ''),"
    " (1, 2, 'status', '状况', 'Status', 'text', 'authority', '', 'C:rs,T,V', '', '', ''),"
    " (1, 3, 'phone', '电话', 'Phone', 'text', 'review', '', '', '', '', ''),"
    " (1, 4, 'poverty', '贫困', 'Poverty', 'text', 'review', '', '', '', '', 'poverty'),"
    " (1, 5, 'income', '收入', 'Income', 'int', 'review', '', '', '', '', 'poverty'),"
    " (1, 6, 'born', '出生', 'Born', 'text', 'once', '', '', '', '', ''),"
    " (1, 7, 'stage', '阶段', 'Stage', 'text', 'state',"
    "  '>draft,draft>public,draft>dropped,public>draft,public>dropped', '', '', '', ''),"
    " (1, 8, 'roll', '点名', 'Roll', 'text', 'worst', 'lost>hurt>safe', '', '', '', ''),"
    " (1, 9, 'tags', '标签', 'Tags', 'set_text', 'set', '', '', '', '', ''),"
    " (1, 10, 'visits', '走访', 'Visits', 'int', 'counter', '', '', '', '', ''),"
    " (1, 11, 'origin', '来源', 'Origin', 'text', 'append', '', '', '', '', ''),"
    " (1, 12, 'rate', '比率', 'Rate', 'int', 'lww', '', 'T,C', 'range:0:100', '', ''),"
    " (1, 13, 'friend', '朋友', 'Friend', 'ref', 'lww', '', '', '', 'thing', ''),"
    " (1, 14, 'weight', '重量', 'Weight', 'decimal', 'review', '', '', '', '', ''),"
    " (2, 1, 'text', '文字', 'Text', 'text', 'lww', '', '', '', '', ''),"
    " (2, 2, 'seal', '印', 'Seal', 'text', 'once', '', '', '', '', ''),"
    " (2, 3, 'amount', '数量', 'Amount', 'int', 'counter', '', '', '', '', '');"
    "INSERT INTO rules(tbl, no, kind, args, zh, en) VALUES"
    " (1, 1, 'step', 'stage public dropped T,C', '撤下由乡镇', 'Dropped by the township'),"
    " (1, 2, 'step', 'stage draft public * needs phone when not roll=\"lost\"', '要有电话', 'Needs "
    "a"
    " phone');",

    "INSERT INTO migration(number, name) VALUES (10002, 'more');"
    "INSERT INTO tables(no, name, zh, en, kind, home, title) VALUES"
    " (3, 'late', '后来', 'Late', 'record', 'any', 'word');"
    "INSERT INTO fields(tbl, no, name, zh, en, type, policy) VALUES"
    " (1, 15, 'extra', '附加', 'Extra', 'text', 'review'),"
    " (3, 1, 'word', '词', 'Word', 'text', 'lww'),"
    " (3, 2, 'marks', '记号', 'Marks', 'set_text', 'set');",

    "INSERT INTO migration(number, name) VALUES (10003, 'tighter');"
    "INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers, checks) VALUES"
    " (1, 1, 'name', '名称', 'Name', 'text', 'lww', 'T', ''),"
    " (1, 12, 'rate', '比率', 'Rate', 'int', 'lww', 'T,C', 'range:0:50');",

    "INSERT INTO migration(number, name) VALUES (10004, 'otherwise');"
    "INSERT INTO fields(tbl, no, name, zh, en, type, policy, args, writers, checks) VALUES"
    " (1, 1, 'name', '名称', 'Name', 'text', 'authority', '', 'C:rs,T,V', ''),"
    " (1, 2, 'status', '状况', 'Status', 'text', 'review', '', 'C:rs,T,V', ''),"
    " (1, 3, 'phone', '电话', 'Phone', 'text', 'lww', '', '', ''),"
    " (1, 6, 'born', '出生', 'Born', 'text', 'review', '', '', ''),"
    " (1, 7, 'stage', '阶段', 'Stage', 'text', 'once', '', '', ''),"
    " (1, 8, 'roll', '点名', 'Roll', 'text', 'review', '', '', ''),"
    " (1, 10, 'visits', '走访', 'Visits', 'int', 'lww', '', '', ''),"
    " (1, 11, 'origin', '来源', 'Origin', 'text', 'worst', 'lost>hurt>safe', '', ''),"
    " (1, 12, 'rate', '比率', 'Rate', 'int', 'counter', '', 'T,C', 'range:0:50'),"
    " (1, 15, 'extra', '附加', 'Extra', 'text', 'state',"
    "  '>draft,draft>public,draft>dropped,public>draft,public>dropped', '', '');",

    "INSERT INTO migration(number, name) VALUES (10005, 'narrower');"
    "INSERT INTO fields(tbl, no, name, zh, en, type, policy, writers) VALUES"
    " (1, 9, 'tags', '标签', 'Tags', 'set_text', 'set', 'T,V');",
};

#define VILLAGERS (1 << ROLE_VILLAGE | 1 << ROLE_GRID)
#define COUNTY (1 << ROLE_RS | 1 << ROLE_REGISTRAR)
#define TOWN (1 << ROLE_TOWNSHIP)
#define RANKED (VILLAGERS | TOWN | COUNTY)

const struct type_field type_fields[] = {
    {1, 1, "name", {LWW, AUTHORITY}, KIND_TEXT, 1, {ANYONE, TOWN, RANKED}, {0, 0}, 0},
    {1, 2, "status", {AUTHORITY, REVIEW}, KIND_TEXT, 1, {RANKED, RANKED, RANKED}, {0, 0}, 0},
    {1, 3, "phone", {REVIEW, LWW}, KIND_TEXT, 1, {ANYONE, ANYONE, ANYONE}, {0, 0}, 0},
    {1, 4, "poverty", {REVIEW, REVIEW}, KIND_TEXT, 1, {ANYONE, ANYONE, ANYONE}, {0, 0}, 5},
    {1, 5, "income", {REVIEW, REVIEW}, KIND_INT, 1, {ANYONE, ANYONE, ANYONE}, {0, 0}, 4},
    {1, 6, "born", {ONCE, REVIEW}, KIND_TEXT, 1, {ANYONE, ANYONE, ANYONE}, {0, 0}, 0},
    {1, 7, "stage", {STATE, ONCE}, KIND_TEXT, 1, {ANYONE, ANYONE, ANYONE}, {0, 0}, 0},
    {1, 8, "roll", {WORST, REVIEW}, KIND_TEXT, 1, {ANYONE, ANYONE, ANYONE}, {0, 0}, 0},
    {1, 9, "tags", {SET, SET}, KIND_SET, 1, {ANYONE, ANYONE, ANYONE}, {0, 0}, 0, VILLAGERS | TOWN},
    {1, 10, "visits", {COUNTER, LWW}, KIND_INT, 1, {ANYONE, ANYONE, ANYONE}, {0, 0}, 0},
    {1, 11, "origin", {APPEND, WORST}, KIND_TEXT, 1, {ANYONE, ANYONE, ANYONE}, {0, 0}, 0},
    {1,
     12,
     "rate",
     {LWW, COUNTER},
     KIND_INT,
     1,
     {TOWN | COUNTY, TOWN | COUNTY, TOWN | COUNTY},
     {100, 50},
     0},
    {1, 13, "friend", {LWW, LWW}, KIND_REF, 1, {ANYONE, ANYONE, ANYONE}, {0, 0}, 0},
    {1, 14, "weight", {REVIEW, REVIEW}, KIND_DECIMAL, 1, {ANYONE, ANYONE, ANYONE}, {0, 0}, 0},
    {1, 15, "extra", {REVIEW, STATE}, KIND_TEXT, 2, {ANYONE, ANYONE, ANYONE}, {0, 0}, 0},
    {2, 1, "text", {APPEND, APPEND}, KIND_TEXT, 1, {ANYONE, ANYONE, ANYONE}, {0, 0}, 0},
    {2, 2, "seal", {ONCE, ONCE}, KIND_TEXT, 1, {ANYONE, ANYONE, ANYONE}, {0, 0}, 0},
    {2, 3, "amount", {COUNTER, COUNTER}, KIND_INT, 1, {ANYONE, ANYONE, ANYONE}, {0, 0}, 0},
    {3, 1, "word", {LWW, LWW}, KIND_TEXT, 2, {ANYONE, ANYONE, ANYONE}, {0, 0}, 0},
    {3, 2, "marks", {SET, SET}, KIND_SET, 2, {ANYONE, ANYONE, ANYONE}, {0, 0}, 0},
};

const size_t type_field_count = sizeof(type_fields) / sizeof(type_fields[0]);

const struct type_field *type_field(uint32_t table, uint32_t no, unsigned version)
{
    for (size_t i = 0; i < type_field_count; i++)
        if (type_fields[i].table == table && type_fields[i].no == no &&
            type_fields[i].since <= version)
            return &type_fields[i];
    return NULL;
}

enum type_policy type_policy_at(const struct type_field *field, unsigned version)
{
    return field->policies[version >= 4];
}

unsigned type_writers_at(const struct type_field *field, unsigned version)
{
    if (version >= 5 && field->writers_at_last)
        return field->writers_at_last;
    return field->writers[version >= 4 ? 2 : version >= 3];
}

const char *type_table_name(uint32_t table)
{
    return table == TABLE_THING ? "thing" : table == TABLE_ENTRY ? "entry" : "late";
}

unsigned type_rank(enum type_role role)
{
    switch (role) {
    case ROLE_RS:
    case ROLE_REGISTRAR:
        return 1;
    case ROLE_TOWNSHIP:
        return 2;
    default:
        return 3;
    }
}
