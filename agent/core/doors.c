/* SPDX-License-Identifier: MulanPSL-2.0 */
/* doors: see doors.h. */
#include "agent/core/doors.h"

#include <stdio.h>
#include <strings.h>

#include "agent/core/deeds.h"
#include "agent/core/view.h"
#include "shared/base/random.h"
#include "shared/cli/qr.h"
#include "shared/codec/hex.h"

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

bool door_digits(const char *typed, char out[static DOOR_DIGITS + 1])
{
    size_t n = 0, prefix = strlen(DOOR_PREFIX);
    while (*typed == ' ')
        typed++;
    if (strncasecmp(typed, DOOR_PREFIX, prefix) == 0)
        typed += prefix;
    for (; *typed; typed++) {
        char c = *typed;
        if (c == ' ' || c == '-' || c == '\n' || c == '\r')
            continue;
        if (c >= 'A' && c <= 'F')
            c = (char)(c - 'A' + 'a');
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) || n == DOOR_DIGITS)
            return false;
        out[n++] = c;
    }
    out[n] = '\0';
    return n >= DOOR_DIGITS_MIN;
}

/* ---- reading ---- */

static enum status check_type(struct desk *desk, struct error *err)
{
    const struct catalog_table *table;
    enum status st = desk_refresh(desk, err);
    return st == ST_OK ? act_type(desk, "door_code", &table, err) : st;
}

static bool in_use(const json_t *door)
{
    return strcmp(text(door, "status"), "0") != 0;
}

enum status door_open(struct desk *desk, const char *typed, json_t **out, struct error *err)
{
    char digits[DOOR_DIGITS + 1];
    json_t *doors = NULL;
    *out = NULL;
    if (!door_digits(typed, digits))
        return error_set(err, ST_USAGE, "门牌码是 %d 位数字和字母 a–f，至少写前 %d 位", DOOR_DIGITS,
                         DOOR_DIGITS_MIN);
    enum status st = check_type(desk, err);
    if (st == ST_OK)
        st = view_rows(desk,
                       "SELECT lower(d.token) AS token, d.household_id AS household,"
                       " h.household_code, h.address, d.origin AS ledger,"
                       " CAST(coalesce(d.status, 1) AS TEXT) AS status FROM door_code d"
                       " LEFT JOIN household h ON h.id = d.household_id"
                       " WHERE lower(substr(d.token, 1, length(?1))) = ?1 AND ?2 IS NULL"
                       " ORDER BY coalesce(d.status, 1) DESC, d.id LIMIT 3",
                       digits, NULL, &doors, err);
    const json_t *first = json_array_get(doors, 0), *second = json_array_get(doors, 1);
    if (st == ST_OK && !first)
        st = error_set(err, ST_NOT_FOUND, "本机没有这个门牌码；新贴的门牌要先同步");
    else if (st == ST_OK && !in_use(first))
        st = error_set(err, ST_REFUSED, "这个门牌码已经停用，请换新的门牌");
    else if (st == ST_OK && second && in_use(second) &&
             strcmp(text(first, "token"), text(second, "token")) != 0)
        st = error_set(err, ST_USAGE, "不止一个门牌码这样开头，请多写几位");
    else if (st == ST_OK && !*text(first, "household_code"))
        st = error_set(err, ST_NOT_FOUND, "这个门牌的户已经作废或迁走");
    if (st == ST_OK)
        *out = json_incref((json_t *)first);
    json_decref(doors);
    return st;
}

enum status doors_list(struct desk *desk, const char *ledger, const char *only, json_t **out,
                       struct error *err)
{
    enum status st = check_type(desk, err);
    if (st != ST_OK)
        return st;
    return view_rows(
        desk,
        "SELECT lower(d.token) AS token, d.household_id AS household, h.household_code,"
        " h.address, g.name AS grid FROM door_code d"
        " JOIN household h ON h.id = d.household_id LEFT JOIN grid g ON g.id = h.grid_id"
        " WHERE coalesce(d.status, 1) AND (?1 IS NULL OR instr(d.origin, '/' || ?1))"
        " AND (?2 IS NULL OR h.id = ?2 OR h.household_code = ?2)"
        " ORDER BY h.household_code, d.id",
        ledger, only, out, err);
}

/* ---- making ---- */

static struct act_field field(const char *name, const char *value)
{
    return (struct act_field){slice_str(name), slice_str(value)};
}

static enum status put_out_of_use(struct deeds *deeds, const char *household, const char *note,
                                  struct error *err)
{
    json_t *old = NULL;
    const json_t *one;
    size_t i;
    const struct act_field off = field("status", "0");
    enum status st = view_rows(deeds->desk,
                               "SELECT id FROM door_code WHERE household_id = ?1 AND ?2 IS NULL"
                               " AND coalesce(status, 1)",
                               household, NULL, &old, err);
    json_array_foreach(old, i, one)
    {
        struct record_id id;
        if (st == ST_OK && record_id_parse(slice_str(text(one, "id")), &id))
            st = deeds_put(deeds, "door_code", &id, &off, 1, note, NULL, err);
    }
    json_decref(old);
    return st;
}

static enum status make_one(struct deeds *deeds, const char *household, struct error *err)
{
    uint8_t bytes[DOOR_DIGITS / 2];
    char token[DOOR_DIGITS + 1];
    random_bytes(bytes, sizeof(bytes));
    hex_encode(slice_of(bytes, sizeof(bytes)), token);
    const struct act_field fields[] = {field("token", token), field("household_id", household),
                                       field("status", "1")};
    return deeds_put(deeds, "door_code", NULL, fields, 3, NULL, NULL, err);
}

static enum status wanted(struct desk *desk, const char *code, const char *only, bool renew,
                          json_t **out, struct error *err)
{
    static const char *const with = "SELECT h.id FROM household h WHERE instr(h.origin, '/' || ?1)"
                                    " AND (h.id = ?2 OR h.household_code = ?2)";
    static const char *const without =
        "SELECT h.id FROM household h WHERE instr(h.origin, '/' || ?1)"
        " AND (?2 IS NULL OR h.id = ?2 OR h.household_code = ?2)"
        " AND coalesce(h.status, '1') = '1' AND NOT EXISTS (SELECT 1 FROM door_code d"
        "   WHERE d.household_id = h.id AND coalesce(d.status, 1)) ORDER BY h.household_code";
    return view_rows(desk, renew ? with : without, code, only, out, err);
}

enum status doors_make(struct desk *desk, struct author *author, const char *named,
                       const char *only, bool renew, const char *note, size_t *made,
                       struct error *err)
{
    const struct catalog_table *table;
    struct ledger *ledger;
    struct deeds deeds = {0};
    json_t *homes = NULL;
    char code[DIVISION_CODE_SIZE + 1];
    *made = 0;
    enum status st = check_type(desk, err);
    if (st == ST_OK)
        st = act_type(desk, "door_code", &table, err);
    if (st == ST_OK)
        st = desk_author_renew(desk, author, err);
    if (st == ST_OK)
        st = desk_ledger_for(desk, named, table, author, &ledger, err);
    if (st != ST_OK)
        return st;
    snprintf(code, sizeof(code), "%.*s", DIVISION_CODE_SIZE, origin_code(&ledger->origin));
    st = deeds_begin(&deeds, desk, author, ledger, err);
    if (st == ST_OK)
        st = wanted(desk, code, only, renew, &homes, err);
    if (st == ST_OK && only && json_array_size(homes) == 0)
        st = error_set(err, ST_NOT_FOUND, "没有户 %s，或者它已经有门牌码（换新：huce door renew）",
                       only);
    for (size_t i = 0; st == ST_OK && i < json_array_size(homes) && i < DOORS_AT_ONCE; i++) {
        const char *household = text(json_array_get(homes, i), "id");
        if (renew)
            st = put_out_of_use(&deeds, household, note, err);
        if (st == ST_OK)
            st = make_one(&deeds, household, err);
        *made += st == ST_OK;
    }
    json_decref(homes);
    return deeds_end(&deeds, st, err);
}

/* ---- paper ---- */

static enum status put_label(const json_t *door, struct buf *out, struct error *err)
{
    struct buf picture;
    char code[sizeof(DOOR_PREFIX) + DOOR_DIGITS];
    const char *token = text(door, "token");
    snprintf(code, sizeof(code), DOOR_PREFIX "%s", token);
    for (char *p = code; *p; p++)
        *p = *p >= 'a' && *p <= 'f' ? (char)(*p - 'a' + 'A') : *p;
    buf_init(&picture, QR_PICTURE_MAX);
    enum status st = qr_picture(code, "door.svg", &picture, err);
    struct slice svg = buf_slice(&picture);
    const uint8_t *begin = st == ST_OK ? memmem(svg.p, svg.n, "<svg", 4) : NULL;
    if (begin) {
        buf_put_str(out, "<div class=\"door\">");
        buf_put(out, begin, svg.n - (size_t)(begin - svg.p));
        buf_put_str(out, "<p>");
        for (size_t i = 0; i < strlen(token); i += 4)
            buf_printf(out, "%s%.4s", i ? " " : "", token + i);
        buf_printf(out, "</p><p>%s</p></div>\n", text(door, "household_code"));
    }
    buf_release(&picture);
    return st;
}

enum status doors_page(const json_t *doors, struct buf *out, struct error *err)
{
    enum status st = ST_OK;
    buf_put_str(
        out, "<!DOCTYPE html><html lang=\"zh\"><meta charset=\"utf-8\"><title>门牌码</title><style>"
             "@page{size:A4;margin:10mm}body{margin:0;font:9pt monospace}"
             ".door{display:inline-block;width:90mm;height:66mm;text-align:center;"
             "break-inside:avoid;border:.2mm dashed #999}"
             ".door svg{width:46mm;height:46mm;margin-top:2mm}p{margin:1mm}</style>\n");
    for (size_t i = 0; st == ST_OK && i < json_array_size(doors); i++)
        st = put_label(json_array_get(doors, i), out, err);
    buf_put_str(out, "</html>\n");
    return st == ST_OK && !buf_ok(out) ? error_set(err, ST_LIMIT, "一次印得太多，请分网格印") : st;
}
