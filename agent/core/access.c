/* SPDX-License-Identifier: MulanPSL-2.0 */
/* access: see access.h. */
#include "agent/core/access.h"

#include <stdio.h>

#include "agent/core/act.h"
#include "shared/base/time.h"

static enum status note_in(struct desk *desk, struct author *author, const struct access_note *note,
                           const char *ledger, struct error *err)
{
    char rows[24], day[11];
    struct act_result result;
    snprintf(rows, sizeof(rows), "%llu", (unsigned long long)note->rows);
    date_format(edit_today(), day);
    const struct act_field fields[] = {
        {slice_str("what"), slice_str(note->what)},
        {slice_str("reason"), slice_str(note->reason)},
        {slice_str("rows"), slice_str(rows)},
        {slice_str("on"), slice_str(day)},
    };
    const struct act_save save = {
        .type = ACCESS_TYPE, .ledger = ledger, .count = 4, .fields = fields};
    return act_save(desk, author, &save, &result, err);
}

enum status access_note(struct desk *desk, struct author *author, const struct access_note *note,
                        struct error *err)
{
    const struct catalog *catalog = replica_catalog(desk->rep);
    if (!catalog_table_named(catalog, slice_str(ACCESS_TYPE)))
        return error_set(err, ST_REFUSED, "县里的记录类型还没有“明文导出登记”，不能去掉遮盖");
    enum status st = note->ledger_count ? ST_OK : note_in(desk, author, note, NULL, err);
    for (size_t i = 0; st == ST_OK && i < note->ledger_count; i++)
        st = note_in(desk, author, note, note->ledgers[i], err);
    return st == ST_OK ? st : error_wrap(err, st, "没有登记成，所以没有导出");
}

size_t access_ledgers(const json_t *records, const char **out, size_t max)
{
    const json_t *record;
    size_t i, count = 0;
    json_array_foreach(records, i, record)
    {
        const char *ledger = json_string_value(json_object_get(record, "ledger"));
        size_t k = 0;
        while (k < count && strcmp(out[k], ledger) != 0)
            k++;
        if (k == count && count < max)
            out[count++] = ledger;
    }
    return count;
}
