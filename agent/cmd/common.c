/* SPDX-License-Identifier: MulanPSL-2.0 */
/* common: what the commands share: opening the desk, who signs, which record. */
#include <stdio.h>
#include <stdlib.h>

#include "agent/cmd/cmd.h"
#include "agent/core/edit.h"

enum status cli_desk(struct cli *cli, struct desk **out, struct error *err)
{
    return desk_open(cli->folder, out, err);
}

enum status cli_author(struct cli *cli, struct desk *desk, struct author *out, struct error *err)
{
    return desk_author(desk, args_value(&cli->args, "as"), args_value(&cli->args, "pin-file"), out,
                       err);
}

enum status cli_table(struct desk *desk, const char *name, const struct catalog_table **out,
                      struct error *err)
{
    const struct catalog *catalog = replica_catalog(desk->rep);
    *out = catalog_table_named(catalog, slice_str(name));
    for (size_t i = 0; !*out && i < catalog->table_count; i++)
        if (strcmp(catalog->tables[i]->zh, name) == 0)
            *out = catalog->tables[i];
    if (*out)
        return ST_OK;
    if (catalog->table_count == 0)
        return error_set(err, ST_NOT_FOUND, "本机还没有收到记录类型：请先联网运行 huce sync");
    char names[500] = "";
    for (size_t i = 0; i < catalog->table_count; i++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof(names) - used, "%s%s", used ? " " : "",
                 catalog->tables[i]->name);
    }
    return error_set(err, ST_INVALID, "没有“%s”这种记录；有：%s", name, names);
}

enum status cli_record(struct cli *cli, struct desk *desk, const struct catalog_table *table,
                       const char *word, struct ledger **ledger, struct record_id *id,
                       struct error *err)
{
    const char *named = args_value(&cli->args, "ledger");
    struct ledger *only = named ? replica_ledger_named(desk->rep, named) : NULL;
    if (named && !only)
        return error_set(err, ST_USAGE, "本机没有账本 %s", named);
    if (strlen(word) >= 32 && record_id_parse(slice_str(word), id)) {
        *ledger = only ? only : materialise_find(desk->rep, table, id);
        return *ledger ? ST_OK
                       : error_set(err, ST_NOT_FOUND, "没有找到编号为 %s 的%s", word, table->zh);
    }
    size_t hits = 0;
    for (size_t i = 0; i < desk->rep->ledger_count; i++) {
        struct editor *editor;
        struct record_id found;
        if (only && desk->rep->ledgers[i] != only)
            continue;
        enum status st = editor_open(desk, desk->rep->ledgers[i], NULL, false, &editor, err);
        if (st != ST_OK)
            return st;
        st = edit_find(editor, table, slice_str(word), &found, err);
        editor_close(editor);
        if (st == ST_OK && (hits == 0 || !record_id_equal(&found, id))) {
            struct ledger *holds = materialise_find(desk->rep, table, &found);
            *id = found;
            *ledger = holds ? holds : desk->rep->ledgers[i];
            hits++;
        } else if (st != ST_OK && st != ST_NOT_FOUND) {
            return st;
        }
    }
    if (hits == 1)
        return ST_OK;
    if (hits > 1)
        return error_set(err, ST_USAGE, "几个账本里都有“%s”：请用 --ledger 说明", word);
    return error_set(err, ST_NOT_FOUND, "没有找到%s“%s”", table->zh, word);
}

void cli_print_json(json_t *json)
{
    char *text = json_dumps(json, JSON_INDENT(2) | JSON_ENCODE_ANY);
    puts(text ? text : "null");
    free(text);
    json_decref(json);
}

size_t text_width(const char *text)
{
    size_t width = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if ((*p & 0xC0) != 0x80)
            width += *p >= 0xE3 ? 2 : 1;
    return width;
}

void print_padded(const char *text, size_t width)
{
    size_t used = text_width(text);
    printf("%s%*s", text, (int)(width > used ? width - used : 0), "");
}

void cli_local_time(const char *utc, char out[static TIME_TEXT_SIZE])
{
    int32_t days;
    int hour, minute, second;
    if (!date_parse(slice_of(utc, strnlen(utc, 10)), &days) ||
        sscanf(utc + 10, "T%2d:%2d:%2d", &hour, &minute, &second) != 3) {
        snprintf(out, TIME_TEXT_SIZE, "%s", utc);
        return;
    }
    time_format_cst(((days * INT64_C(24) + hour) * 60 + minute) * 60000 + second * INT64_C(1000),
                    out);
}
