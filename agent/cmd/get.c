/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce get TYPE ID */
#include <stdio.h>
#include <stdlib.h>

#include "agent/cmd/cmd.h"
#include "agent/core/act.h"
#include "agent/core/reads.h"
#include "agent/core/view.h"
#include "shared/base/time.h"
#include "shared/record/validate.h"

/* As it is written, and in words where it stands for something. */
static void print_value(const struct desk *desk, const struct catalog_field *field,
                        const json_t *value)
{
    char *text = json_is_string(value) ? mem_strdup(json_string_value(value))
                                       : json_dumps(value, JSON_ENCODE_ANY);
    const struct catalog_code *code =
        field->list && json_is_string(value) ? catalog_code(field->list, slice_str(text)) : NULL;
    const char *label = code                  ? code->zh
                        : field->holds_author ? desk_person_named(desk, slice_str(text))
                                              : NULL;
    printf("%s%s%s%s%s", text, label ? "（" : "", label ? label : "", label ? "）" : "",
           field->unit);
    free(text);
}

static void print_field(const struct desk *desk, const struct catalog_field *field,
                        const json_t *value)
{
    print_padded(field->zh, 20);
    printf(" ");
    print_value(desk, field, value);
    printf("\n");
}

/* What lower ranks say of this field. */
static void print_beside(const struct desk *desk, const json_t *beside,
                         const struct catalog_field *field)
{
    const json_t *one;
    size_t i;
    json_array_foreach(beside, i, one)
    {
        char when[TIME_TEXT_SIZE];
        if (strcmp(json_string_value(json_object_get(one, "field")), field->name) != 0)
            continue;
        time_text_cst(json_string_value(json_object_get(one, "time")), when);
        print_padded("", 20);
        printf(" 不采用：");
        print_value(desk, field, json_object_get(one, "value"));
        printf("，%s（%s）%s\n", json_string_value(json_object_get(one, "author")),
               json_string_value(json_object_get(one, "role")), when);
    }
}

static void print_record(const struct desk *desk, const struct catalog_table *table,
                         const json_t *record)
{
    const char *state = json_string_value(json_object_get(record, "state"));
    const json_t *fields = json_object_get(record, "fields");
    printf("%s %s\n", table->zh, json_string_value(json_object_get(record, "id")));
    for (size_t i = 0; i < table->field_count; i++) {
        const json_t *value = json_object_get(fields, table->fields[i]->name);
        if (value && !json_is_null(value))
            print_field(desk, table->fields[i], value);
        print_beside(desk, json_object_get(record, "beside"), table->fields[i]);
    }
    const json_t *erased = json_object_get(record, "erased");
    for (size_t i = 0; i < json_array_size(erased); i++) {
        const struct catalog_field *field =
            catalog_field_named(table, slice_str(json_string_value(json_array_get(erased, i))));
        print_padded(field ? field->zh : "", 20);
        printf(" （已抹除）\n");
    }
    const json_t *also = json_object_get(record, "also");
    if (json_object_get(record, "same_as"))
        printf("已认定与 %s 是同一个，按那一条计数\n",
               json_string_value(json_object_get(record, "same_as")));
    for (size_t i = 0; i < json_array_size(also); i++)
        printf("已认定与 %s 是同一个，都按这一条计数\n",
               json_string_value(json_array_get(also, i)));
    size_t conflicts = json_array_size(json_object_get(record, "conflicts"));
    if (conflicts)
        printf("有 %zu 项有分歧，运行 huce conflicts list 查看\n", conflicts);
    printf("状态：%s\n", strcmp(state, "saved") == 0  ? "本机已存"
                         : strcmp(state, "sent") == 0 ? "已送出"
                                                      : "县里已确认");
}

enum status cmd_get(struct cli *cli, struct error *err)
{
    struct desk *desk = NULL;
    const struct catalog_table *table;
    struct ledger *ledger;
    struct record_id id;
    json_t *record = NULL;
    enum status st = cli_desk(cli, &desk, err);
    if (st == ST_OK)
        st = act_type(desk, cli->args.words[0], &table, err);
    if (st == ST_OK)
        st = cli_record(cli, desk, table, cli->args.words[1], &ledger, &id, err);
    if (st == ST_OK)
        st = view_record(desk, ledger, table, &id, &record, err);
    struct sight sight;
    if (st == ST_OK)
        st = sight_of_people(desk, args_value(&cli->args, "as"), SIGHT_SCREEN, &sight, err);
    if (st == ST_OK)
        sight_record(&sight, table, record);
    if (st == ST_OK)
        reads_record(desk, cli_reader(cli, desk, "get"), table, record);
    if (st == ST_OK && !cli->json)
        print_record(desk, table, record);
    else if (st == ST_OK)
        cli_print_json(json_incref(record));
    json_decref(record);
    desk_close(desk);
    return st;
}
