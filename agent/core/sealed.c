/* SPDX-License-Identifier: MulanPSL-2.0 */
/* sealed: see sealed.h. */
#include "agent/core/sealed.h"

#include <stdio.h>

#include "agent/core/deeds.h"
#include "agent/core/view.h"
#include "shared/base/random.h"
#include "shared/codec/hex.h"
#include "shared/crypto/age.h"

#define PARTS 4
#define PART_SIZE 4000 /* of base64, as a text field takes it */
#define PAD 512        /* the size of a case tells little of what is in it */
#define FILE_MAX (PARTS * PART_SIZE / 4 * 3)

static const char *const part_names[PARTS] = {"part_1", "part_2", "part_3", "part_4"};

struct work {
    struct desk *desk;
    struct author *author;
    const struct catalog_table *table;
    struct ledger *ledger;
    char origin[ORIGIN_MAX + 1];
    uint8_t persons[AGE_RECIPIENTS_MAX][16];
    size_t person_count;
};

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

static struct act_field field(const char *name, const char *value)
{
    return (struct act_field){slice_str(name), slice_str(value)};
}

/* ---- readers ---- */

static enum status load_readers(struct work *w, struct error *err)
{
    json_t *rows = NULL;
    const json_t *row;
    size_t i;
    enum status st = view_rows(w->desk,
                               "SELECT DISTINCT person FROM sealed_reader WHERE origin = ?1"
                               " AND ?2 IS NULL ORDER BY person",
                               w->origin, NULL, &rows, err);
    w->person_count = 0;
    json_array_foreach(rows, i, row)
    {
        if (st == ST_OK && w->person_count == AGE_RECIPIENTS_MAX)
            st = error_set(err, ST_LIMIT, "最多 %d 位读者", AGE_RECIPIENTS_MAX);
        if (st == ST_OK &&
            hex_decode(slice_str(text(row, "person")), w->persons[w->person_count], 16))
            w->person_count++;
    }
    json_decref(rows);
    return st;
}

static bool is_reader(const struct work *w, const uint8_t person[16])
{
    for (size_t i = 0; i < w->person_count; i++)
        if (memcmp(w->persons[i], person, 16) == 0)
            return true;
    return false;
}

static bool in_force(const struct registry *reg, const struct grant *grant, enum grant_kind kind)
{
    return grant->kind == kind && grant->revoked_leaf == UINT64_MAX &&
           grant == registry_grant_any(reg, &grant->kid);
}

/* Finds the ledger and its readers; founding: it may have none yet. */
static enum status begin(struct work *w, struct desk *desk, struct author *author,
                         const char *named, bool founding, struct error *err)
{
    *w = (struct work){.desk = desk, .author = author};
    enum status st = desk_refresh(desk, err);
    if (st == ST_OK)
        st = act_type(desk, "sealed_case", &w->table, err);
    if (st == ST_OK && author)
        st = desk_author_renew(desk, author, err);
    const struct author anybody = {0};
    if (st == ST_OK)
        st = desk_ledger_for(desk, named, w->table, author ? author : &anybody, &w->ledger, err);
    if (st == ST_REFUSED)
        return error_set(err, st,
                         "这台电脑上没有封存账本；县里指定您为读者以后，先 huce sealed ask，"
                         "再 huce sync");
    if (st == ST_OK && !origin_is_sealed(&w->ledger->origin))
        return error_set(err, ST_USAGE, "%s 不是封存账本", w->ledger->origin.text);
    if (st != ST_OK)
        return st;
    snprintf(w->origin, sizeof(w->origin), "%s", w->ledger->origin.text);
    st = load_readers(w, err);
    if (st == ST_OK && author && !is_reader(w, author->grant->person) &&
        !(founding && w->person_count == 0))
        return error_set(err, ST_REFUSED, "您不是这个封存账本的读者");
    return st;
}

/* The devices on which readers work. */
static enum status boxes_of(const struct work *w, struct box_public *out, size_t *count,
                            struct error *err)
{
    const struct registry *reg = &w->desk->rep->registry;
    *count = 0;
    for (size_t i = 0; i < reg->grant_count; i++) {
        const struct grant *person = &reg->grants[i];
        if (!in_force(reg, person, GRANT_PERSON) || !person->has_device ||
            !is_reader(w, person->person))
            continue;
        const struct grant *device = registry_grant(reg, &person->device, reg->size);
        bool have = !device || device->kind != GRANT_DEVICE || !device->has_box ||
                    !box_public_valid(&device->box);
        for (size_t k = 0; !have && k < *count; k++)
            have = memcmp(&out[k], &device->box, sizeof(out[k])) == 0;
        if (!have && *count == AGE_RECIPIENTS_MAX)
            return error_set(err, ST_LIMIT, "读者的电脑超过 %d 台", AGE_RECIPIENTS_MAX);
        if (!have)
            out[(*count)++] = device->box;
    }
    return *count ? ST_OK
                  : error_set(err, ST_REFUSED, "没有一位读者的电脑可以加密给它，内容不能保存");
}

/* ---- a case ---- */

static enum status seal(const struct work *w, const json_t *items, struct buf *out,
                        struct error *err)
{
    struct box_public boxes[AGE_RECIPIENTS_MAX];
    struct age_random random;
    struct buf plain, file;
    size_t count = 0;
    enum status st = boxes_of(w, boxes, &count, err);
    if (st != ST_OK)
        return st;
    char *json = json_dumps(items, JSON_COMPACT | JSON_SORT_KEYS);
    buf_init(&plain, FILE_MAX);
    buf_init(&file, FILE_MAX);
    buf_put_str(&plain, json);
    for (size_t left = (PAD - plain.n % PAD) % PAD; left; left--)
        buf_put_u8(&plain, '\n');
    random_bytes(&random, sizeof(random));
    age_seal(boxes, count, &random, buf_slice(&plain), &file);
    secret_wipe(&random, sizeof(random));
    if (buf_ok(&plain) && buf_ok(&file))
        base64_encode(buf_slice(&file), out);
    else
        st = error_set(err, ST_LIMIT, "内容太长");
    if (plain.n)
        secret_wipe(plain.p, plain.n);
    secret_wipe(json, strlen(json));
    free(json);
    buf_release(&plain);
    buf_release(&file);
    return st;
}

/* NULL: not for this device, or no case. */
static json_t *unseal(const struct box_secret *secret, const json_t *row)
{
    struct buf whole, file, plain;
    json_t *items = NULL;
    buf_init(&whole, PARTS * PART_SIZE + 1);
    buf_init(&file, FILE_MAX + 3);
    buf_init(&plain, FILE_MAX);
    for (size_t i = 0; i < PARTS; i++)
        buf_put_str(&whole, text(row, part_names[i]));
    if (buf_ok(&whole) && base64_decode(buf_slice(&whole), &file) && buf_ok(&file) &&
        age_open(secret, 1, buf_slice(&file), &plain, NULL) == ST_OK)
        items = json_loadb((const char *)plain.p, plain.n, 0, NULL);
    if (plain.n)
        secret_wipe(plain.p, plain.n);
    buf_release(&whole);
    buf_release(&file);
    buf_release(&plain);
    if (!json_is_object(items)) {
        json_decref(items);
        items = NULL;
    }
    return items;
}

static enum status rows_of(const struct work *w, const char *one, json_t **out, struct error *err)
{
    return view_rows(w->desk,
                     "SELECT id, part_1, part_2, part_3, part_4 FROM sealed_case"
                     " WHERE origin = ?1 AND (?2 IS NULL OR id = ?2) ORDER BY id DESC",
                     w->origin, one, out, err);
}

static enum status put_case(const struct work *w, struct deeds *deeds, const char *id,
                            const json_t *items, struct record_id *out, struct error *err)
{
    struct act_field fields[PARTS];
    struct record_id record;
    struct buf whole;
    buf_init(&whole, PARTS * PART_SIZE + 4);
    enum status st = seal(w, items, &whole, err);
    if (st == ST_OK && (!buf_ok(&whole) || whole.n > PARTS * PART_SIZE))
        st = error_set(err, ST_LIMIT, "内容太长");
    for (size_t i = 0, at = 0; st == ST_OK && i < PARTS; i++) {
        const size_t n = whole.n - at < PART_SIZE ? whole.n - at : PART_SIZE;
        fields[i] = (struct act_field){slice_str(part_names[i]), slice_of(whole.p + at, n)};
        at += n;
    }
    if (st == ST_OK && id && !record_id_parse(slice_str(id), &record))
        st = error_set(err, ST_USAGE, "%.40s 不是个案编号", id);
    if (st == ST_OK)
        st = deeds_put(deeds, "sealed_case", id ? &record : NULL, fields, PARTS, NULL, out, err);
    buf_release(&whole);
    return st;
}

static void note_look(struct desk *desk, const struct reader *reader, uint32_t table,
                      const char *id)
{
    static const uint16_t fields[] = {1};
    struct record_id record;
    if (record_id_parse(slice_str(id), &record))
        reads_note(desk, reader, table, &record, fields, 1, 1);
}

enum status sealed_cases(struct desk *desk, struct author *author, const struct reader *reader,
                         const char *named, const char *one, json_t **out, struct error *err)
{
    struct box_secret secret;
    struct work w;
    json_t *rows = NULL;
    const json_t *row;
    size_t i;
    *out = json_array();
    enum status st = begin(&w, desk, author, named, false, err);
    if (st == ST_OK)
        st = rows_of(&w, one, &rows, err);
    if (st == ST_OK && one && json_array_size(rows) == 0)
        st = error_set(err, ST_NOT_FOUND, "没有个案 %s", one);
    if (st == ST_OK)
        st = desk_box_secret(desk, &secret, err);
    if (st == ST_OK) {
        json_array_foreach(rows, i, row)
        {
            json_t *items = unseal(&secret, row);
            if (items)
                note_look(desk, reader, w.table->no, text(row, "id"));
            json_array_append_new(*out, json_pack("{s:s, s:o}", "id", text(row, "id"), "items",
                                                  items ? items : json_null()));
        }
        secret_wipe(&secret, sizeof(secret));
    }
    json_decref(rows);
    return st;
}

/* The item's name by its code or label, and its value by the code of a kind. */
static enum status set_item(struct desk *desk, const struct act_field *given, json_t *items,
                            struct error *err)
{
    const struct catalog *cat = replica_catalog(desk->rep);
    const struct catalog_list *names = catalog_list_named(cat, slice_str("sealed_item"));
    const struct catalog_list *kinds = catalog_list_named(cat, slice_str("sealed_kind"));
    const struct catalog_code *name = names ? catalog_code_named(names, given->name) : NULL;
    if (!name)
        return error_set(err, ST_USAGE, "封存个案没有“%.*s”这一项", (int)given->name.n,
                         (const char *)given->name.p);
    if (given->text.n == 0) {
        json_object_del(items, name->code);
        return ST_OK;
    }
    struct slice value = given->text;
    if (strcmp(name->code, "kind") == 0) {
        const struct catalog_code *kind = kinds ? catalog_code_named(kinds, value) : NULL;
        if (!kind)
            return error_set(err, ST_INVALID, "类别“%.*s”不在列表里", (int)value.n,
                             (const char *)value.p);
        value = slice_str(kind->zh);
    }
    json_object_set_new(items, name->code, json_stringn((const char *)value.p, value.n));
    return ST_OK;
}

enum status sealed_put(struct desk *desk, struct author *author, const struct reader *reader,
                       const char *named, const char *id, const struct act_field *given,
                       size_t count, struct record_id *out, struct error *err)
{
    json_t *items = NULL, *before = NULL;
    struct deeds deeds = {0};
    struct work w;
    enum status st = ST_OK;
    if (id)
        st = sealed_cases(desk, author, reader, named, id, &before, err);
    if (st == ST_OK && id)
        items = json_incref(json_object_get(json_array_get(before, 0), "items"));
    else if (st == ST_OK)
        items = json_object();
    if (st == ST_OK && !json_is_object(items))
        st = error_set(err, ST_REFUSED, "这个个案没有加密给这台电脑，不能改");
    for (size_t i = 0; st == ST_OK && i < count; i++)
        st = set_item(desk, &given[i], items, err);
    if (st == ST_OK && (!json_object_get(items, "kind") || !json_object_get(items, "name")))
        st = error_set(err, ST_INVALID, "要写类别和姓名");
    if (st == ST_OK)
        st = begin(&w, desk, author, named, false, err);
    if (st == ST_OK) {
        st = deeds_begin(&deeds, desk, author, w.ledger, err);
        if (st == ST_OK)
            st = put_case(&w, &deeds, id, items, out, err);
        st = deeds_end(&deeds, st, err);
    }
    json_decref(items);
    json_decref(before);
    return st;
}

/* ---- who reads ---- */

enum status sealed_readers(struct desk *desk, const char *named, json_t **out, struct error *err)
{
    struct work w;
    *out = NULL;
    enum status st = begin(&w, desk, NULL, named, true, err);
    return st == ST_OK ? view_rows(desk,
                                   "SELECT name, person FROM sealed_reader WHERE origin = ?1"
                                   " AND ?2 IS NULL ORDER BY id",
                                   w.origin, NULL, out, err)
                       : st;
}

static enum status person_named(struct desk *desk, const char *who, const struct grant **out,
                                struct error *err)
{
    const struct registry *reg = &desk->rep->registry;
    *out = NULL;
    for (size_t i = 0; i < reg->grant_count; i++) {
        const struct grant *grant = &reg->grants[i];
        if (!in_force(reg, grant, GRANT_PERSON) || strcmp(grant->name, who) != 0)
            continue;
        if (*out && memcmp((*out)->person, grant->person, 16) != 0)
            return error_set(err, ST_USAGE, "有几位%s", who);
        *out = grant;
    }
    return *out ? ST_OK : error_set(err, ST_NOT_FOUND, "没有授权中的人员%s", who);
}

/* All cases that can be read here, to the readers as they are now. */
static enum status seal_anew(const struct work *w, struct deeds *deeds, size_t *cases,
                             struct error *err)
{
    struct box_secret secret;
    json_t *rows = NULL;
    const json_t *row;
    size_t i;
    enum status st = rows_of(w, NULL, &rows, err);
    if (st == ST_OK)
        st = desk_box_secret(w->desk, &secret, err);
    if (st == ST_OK) {
        json_array_foreach(rows, i, row)
        {
            json_t *items = st == ST_OK ? unseal(&secret, row) : NULL;
            if (items)
                st = put_case(w, deeds, text(row, "id"), items, NULL, err);
            *cases += items && st == ST_OK;
            json_decref(items);
        }
        secret_wipe(&secret, sizeof(secret));
    }
    json_decref(rows);
    return st;
}

enum status sealed_add(struct desk *desk, struct author *author, const char *named, const char *who,
                       size_t *cases, struct error *err)
{
    const struct grant *grant;
    struct deeds deeds = {0};
    struct work w;
    char hex[33];
    *cases = 0;
    enum status st = begin(&w, desk, author, named, true, err);
    if (st == ST_OK)
        st = person_named(desk, who, &grant, err);
    if (st == ST_OK && w.person_count == 0 && memcmp(grant->person, author->grant->person, 16) != 0)
        st = error_set(err, ST_REFUSED, "第一位读者是您自己：huce sealed add %s",
                       author->grant->name);
    if (st == ST_OK && is_reader(&w, grant->person))
        st = error_set(err, ST_EXISTS, "%s已经是读者", who);
    if (st == ST_OK && w.person_count == AGE_RECIPIENTS_MAX)
        st = error_set(err, ST_LIMIT, "最多 %d 位读者", AGE_RECIPIENTS_MAX);
    if (st == ST_OK && !grant_covers_ledger(grant, origin_code(&w.ledger->origin)))
        st = error_set(err, ST_REFUSED, "%s的授权范围不包括这个账本", who);
    if (st != ST_OK)
        return st;
    memcpy(w.persons[w.person_count++], grant->person, 16);
    hex_encode(slice_of(grant->person, 16), hex);
    const struct act_field fields[] = {field("person", hex), field("name", who)};
    st = deeds_begin(&deeds, desk, author, w.ledger, err);
    if (st == ST_OK)
        st = deeds_put(&deeds, "sealed_reader", NULL, fields, 2, NULL, NULL, err);
    if (st == ST_OK)
        st = seal_anew(&w, &deeds, cases, err);
    return deeds_end(&deeds, st, err);
}

static enum status drop(struct desk *desk, struct author *author, const struct work *w,
                        const char *who, size_t *cases, struct error *err)
{
    json_t *rows = NULL;
    const json_t *row;
    size_t i;
    enum status st = view_rows(desk, "SELECT id FROM sealed_reader WHERE origin = ?1 AND name = ?2",
                               w->origin, who, &rows, err);
    json_array_foreach(rows, i, row)
    {
        struct act_result result = {0};
        const struct act_existence what = {
            .type = "sealed_reader", .record = text(row, "id"), .ledger = w->origin, .note = "-"};
        if (st == ST_OK)
            st = act_delete(desk, author, &what, &result, err);
        *cases += st == ST_OK;
    }
    json_decref(rows);
    return st;
}

enum status sealed_remove(struct desk *desk, struct author *author, const char *named,
                          const char *who, size_t *cases, struct error *err)
{
    struct deeds deeds = {0};
    struct work w;
    size_t dropped = 0;
    *cases = 0;
    enum status st = begin(&w, desk, author, named, false, err);
    if (st == ST_OK && strcmp(who, author->grant->name) == 0)
        st = error_set(err, ST_REFUSED, "不能把自己去掉：请另一位读者来做");
    if (st == ST_OK)
        st = drop(desk, author, &w, who, &dropped, err);
    if (st == ST_OK && dropped == 0)
        st = error_set(err, ST_NOT_FOUND, "%s不是读者", who);
    if (st == ST_OK)
        st = begin(&w, desk, author, named, false, err);
    if (st != ST_OK)
        return st;
    st = deeds_begin(&deeds, desk, author, w.ledger, err);
    if (st == ST_OK)
        st = seal_anew(&w, &deeds, cases, err);
    return deeds_end(&deeds, st, err);
}

enum status sealed_ask(struct desk *desk, struct error *err)
{
    enum status st = desk_begin(desk, err);
    if (st == ST_OK)
        st = desk_set(desk, "ledgers_at", SLICE_NONE, err);
    if (st == ST_OK)
        return desk_commit(desk, err);
    desk_rollback(desk);
    return st;
}
