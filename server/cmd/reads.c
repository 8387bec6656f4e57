/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * reads: huced reads [--person NAME] [--record ID] [--from D] [--to D]: who has looked at sensitive
 * data, as the desks have told; huced reads --check: are all chains of it whole.
 */
#include "server/cmd/cmd.h"
#include "server/core/reads.h"

#include "shared/base/time.h"
#include "shared/codec/hex.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define HOURS_OF_DAY 24
#define ZONE_HOURS 8 /* days begin at midnight in China */

const struct option_spec cmd_reads_options[] = {{"person", true}, {"record", true}, {"from", true},
                                                {"to", true},     {"check", false}, {0}};

struct listing {
    struct server *srv;
    const char *person;
    json_t *rows;
};

static const char *name_of(struct listing *l, const struct hash *kid, char short_kid[static 17])
{
    const struct grant *grant = registry_grant_any(&l->srv->rep->registry, kid);
    hex_encode(slice_of(kid->b, 8), short_kid);
    return grant ? grant->name : short_kid;
}

static bool is_meant(struct listing *l, const struct read_entry *entry)
{
    char hex[2 * HASH_SIZE + 1], short_kid[17];
    if (!l->person)
        return true;
    if (!entry->has_person)
        return false;
    hex_encode(hash_slice(&entry->person), hex);
    return strcmp(l->person, name_of(l, &entry->person, short_kid)) == 0 ||
           (strlen(l->person) >= 8 && strncmp(l->person, hex, strlen(l->person)) == 0);
}

static json_t *fields_json(const struct catalog_table *table, const char *text)
{
    json_t *fields = json_array();
    while (*text) {
        char *end;
        unsigned long no = strtoul(text, &end, 10);
        const struct catalog_field *field = table ? catalog_field(table, (uint32_t)no) : NULL;
        json_array_append_new(fields, json_string(field ? field->name : "?"));
        text = *end ? end + 1 : end;
    }
    return fields;
}

static bool add_row(void *arg, const struct reads_row *row)
{
    struct listing *l = arg;
    const struct read_entry *e = &row->entry;
    const struct catalog_table *table = catalog_table(replica_catalog(l->srv->rep), e->table);
    char when[TIME_TEXT_SIZE], kid[17], device[17], id[RECORD_ID_TEXT];
    if (!is_meant(l, e))
        return true;
    time_format_utc(e->hour * INT64_C(3600000), when);
    record_id_format(&e->record, id);
    json_array_append_new(
        l->rows,
        json_pack("{s:s, s:o, s:s, s:s%, s:s, s:o, s:o, s:I, s:I}", "hour", when, "person",
                  e->has_person ? json_string(name_of(l, &e->person, kid)) : json_null(), "device",
                  name_of(l, &row->device, device), "command", (const char *)e->command.p,
                  e->command.n, "type", table ? table->name : "", "record",
                  e->has_record ? json_string(id) : json_null(), "fields",
                  fields_json(table, row->fields), "rows", (json_int_t)e->rows, "times",
                  (json_int_t)e->times));
    return true;
}

static void print_rows(struct listing *l)
{
    const json_t *row, *field;
    size_t i, k;
    json_array_foreach(l->rows, i, row)
    {
        const char *person = json_string_value(json_object_get(row, "person"));
        const char *record = json_string_value(json_object_get(row, "record"));
        char when[TIME_TEXT_SIZE];
        time_text_cst(json_string_value(json_object_get(row, "hour")), when);
        printf("%.13s 时  %s  %s  %s  %s ", when, person ? person : "（这台电脑上的某人）",
               json_string_value(json_object_get(row, "device")),
               json_string_value(json_object_get(row, "command")),
               json_string_value(json_object_get(row, "type")));
        if (record)
            printf("%s", record);
        else
            printf("%" JSON_INTEGER_FORMAT " 条", json_integer_value(json_object_get(row, "rows")));
        json_array_foreach(json_object_get(row, "fields"), k, field)
            printf("%s%s", k ? "、" : "  ", json_string_value(field));
        printf("  %" JSON_INTEGER_FORMAT " 次\n",
               json_integer_value(json_object_get(row, "times")));
    }
    printf("共 %zu 项。没有的不等于没看过：只有程序显示的、已与县里同步过的才在这里\n",
           json_array_size(l->rows));
}

static enum status read_day(const struct options *options, const char *name, int64_t plus,
                            int64_t *out, struct error *err)
{
    const char *text = options_get(options, name);
    int32_t days;
    if (!text)
        return ST_OK;
    if (!date_parse(slice_str(text), &days))
        return error_set(err, ST_USAGE, "--%s 要写日期，例如 2026-11-30", name);
    *out = (int64_t)days * HOURS_OF_DAY - ZONE_HOURS + plus;
    return ST_OK;
}

static enum status check(struct server *srv, bool json, struct error *err)
{
    uint64_t batches;
    enum status st = reads_check(srv, &batches, err);
    if (st == ST_OK && json)
        print_json(json_pack("{s:b, s:I}", "ok", 1, "batches", (json_int_t)batches));
    else if (st == ST_OK)
        printf("%" PRIu64 " 批查看记录，签名和前后衔接都对\n", batches);
    return st;
}

/* Whom --person means; an empty list is an answer only about somebody who is known. */
static bool is_known(struct listing *l)
{
    const struct registry *reg = &l->srv->rep->registry;
    for (size_t i = 0; i < reg->grant_count; i++)
        if (is_meant(l, &(struct read_entry){.has_person = true, .person = reg->grants[i].kid}))
            return true;
    return false;
}

static enum status list(struct server *srv, const struct options *options, struct error *err)
{
    const char *record = options_get(options, "record");
    struct reads_query query = {.from_hour = 0, .to_hour = UINT32_MAX};
    struct listing listing = {srv, options_get(options, "person"), json_array()};
    struct record_id id;
    enum status st = read_day(options, "from", 0, &query.from_hour, err);
    if (st == ST_OK)
        st = read_day(options, "to", HOURS_OF_DAY - 1, &query.to_hour, err);
    if (st == ST_OK && record && !record_id_parse(slice_str(record), &id))
        st = error_set(err, ST_USAGE, "--record 要写记录的编号（32 位）");
    if (record)
        query.record = &id;
    if (st == ST_OK && listing.person && !is_known(&listing))
        st = error_set(err, ST_NOT_FOUND,
                       "本县没有登记过叫“%s”的人，编号以它开头的也没有：huced member list 看都有谁",
                       listing.person);
    if (st == ST_OK)
        st = reads_each(srv, &query, add_row, &listing, err);
    if (st == ST_OK && options_has(options, "json"))
        print_json(json_pack("{s:O}", "reads", listing.rows));
    else if (st == ST_OK)
        print_rows(&listing);
    json_decref(listing.rows);
    return st;
}

enum status cmd_reads(const struct options *options, struct error *err)
{
    struct server *srv;
    enum status st = expect_words(options, 0, 0, "", err);
    if (st == ST_OK)
        st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    st = options_has(options, "check") ? check(srv, options_has(options, "json"), err)
                                       : list(srv, options, err);
    server_close(srv);
    return st;
}
