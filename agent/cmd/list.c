/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce list TYPE [--where EXPR | --deleted] [--limit N] [--csv F | --xlsx F [--unmask --reason
 * TEXT]] */
#include <stdio.h>
#include <stdlib.h>

#include "agent/cmd/cmd.h"
#include "agent/core/act.h"
#include "agent/core/reads.h"
#include "shared/cli/sheet.h"
#include "agent/core/view.h"

static void print_line(const struct catalog_table *table, const json_t *record)
{
    const json_t *fields = json_object_get(record, "fields");
    printf("%s", json_string_value(json_object_get(record, "id")));
    for (size_t i = 0, shown = 0; i < table->field_count && shown < 6; i++) {
        const json_t *value = json_object_get(fields, table->fields[i]->name);
        if (!value || json_is_null(value) || table->fields[i]->type == FIELD_REF)
            continue;
        if (json_is_string(value)) {
            printf("  %s", json_string_value(value));
        } else {
            char *text = json_dumps(value, JSON_ENCODE_ANY);
            printf("  %s", text);
            free(text);
        }
        shown++;
    }
    putchar('\n');
}

static void print_list(const struct catalog_table *table, const json_t *list)
{
    const json_t *record;
    size_t i;
    json_array_foreach(json_object_get(list, "records"), i, record) print_line(table, record);
    printf("共 %zu 条%s\n", json_array_size(json_object_get(list, "records")), table->zh);
}

static enum status write_list(struct cli *cli, struct desk *desk, const struct export *export,
                              const struct catalog_table *table, const json_t *list,
                              struct error *err)
{
    const json_t *records = json_object_get(list, "records");
    json_t *sheet = sheet_of_records(table, records);
    char *what = mem_printf("list %s", table->name);
    enum status st = export_write(cli, desk, export, sheet, what, records, err);
    mem_free(what);
    json_decref(sheet);
    return st;
}

enum status cmd_list(struct cli *cli, struct error *err)
{
    struct desk *desk = NULL;
    const struct catalog_table *table;
    json_t *list = NULL;
    struct view_query query = {.ledger = args_value(&cli->args, "ledger"),
                               .where = args_value(&cli->args, "where"),
                               .deleted = args_flag(&cli->args, "deleted")};
    struct export export;
    struct sight sight;
    enum status st = args_number(&cli->args, "limit", 100000000, &query.limit, err);
    if (st == ST_OK)
        st = export_read(cli, &export, err);
    if (st == ST_OK)
        st = cli_desk(cli, &desk, err);
    if (st == ST_OK)
        st = act_type(desk, cli->args.words[0], &table, err);
    if (st == ST_OK)
        st = view_list(desk, table, &query, &list, err);
    if (st == ST_OK) /* the catalog may have been read anew */
        st = act_type(desk, cli->args.words[0], &table, err);
    if (st == ST_OK)
        st = export_sight(cli, desk, &export, &sight, err);
    if (st == ST_OK)
        sight_list(&sight, table, list);
    if (st == ST_OK && (!export_wanted(&export) || export.whole))
        reads_list(desk, cli_reader(cli, desk, export.whole ? "list, file" : "list"), table,
                   json_object_get(list, "records"));
    if (st == ST_OK && export_wanted(&export))
        st = write_list(cli, desk, &export, table, list, err);
    else if (st == ST_OK && !cli->json)
        print_list(table, list);
    if (st == ST_OK && cli->json)
        cli_print_json(json_incref(list));
    json_decref(list);
    desk_close(desk);
    return st;
}
