/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce history TYPE ID: who changed what, when, on what knowledge, and how far it has come. huce
 * history [TYPE] [--by PERSON] [--field F] [--from D] [--to D]: the same over all that is here. */
#include <stdio.h>
#include <stdlib.h>

#include "agent/cmd/cmd.h"
#include "agent/core/act.h"
#include "agent/core/history.h"
#include "agent/core/reads.h"
#include "agent/core/outbox.h"
#include "agent/core/view.h"
#include "shared/cli/change_text.h"
#include "shared/cli/search.h"

static void print_history(const struct catalog_table *table, const json_t *history)
{
    const char *place = "";
    json_t *change;
    size_t i;
    printf("%s %s\n\n", table->zh, json_string_value(json_object_get(history, "id")));
    json_array_foreach(json_object_get(history, "changes"), i, change)
    {
        const char *where = json_string_value(json_object_get(change, "ledger"));
        if (*place && strcmp(where, place) != 0)
            printf("—— %s ——\n", where);
        place = where;
        change_text_print(table, change);
    }
}

static enum status of_record(struct cli *cli, struct desk *desk, struct error *err)
{
    const struct catalog_table *table;
    struct ledger *ledger;
    struct record_id id;
    struct sight sight;
    json_t *history = NULL;
    enum status st = act_type(desk, cli->args.words[0], &table, err);
    if (st == ST_OK)
        st = cli_record(cli, desk, table, cli->args.words[1], &ledger, &id, err);
    if (st == ST_OK)
        st = history_of(desk, ledger, table, &id, &history, err);
    if (st == ST_OK)
        st = sight_of_people(desk, args_value(&cli->args, "as"), SIGHT_SCREEN, &sight, err);
    if (st == ST_OK)
        sight_changes(&sight, table, json_object_get(history, "changes"));
    if (st == ST_OK)
        reads_whole(desk, cli_reader(cli, desk, "history"), table, &id, cli_hides,
                    &(struct hiding){&sight, table});
    if (st == ST_OK && cli->json)
        cli_print_json(json_incref(history));
    else if (st == ST_OK)
        print_history(table, history);
    json_decref(history);
    return st;
}

/* ---- the whole history ---- */

static enum status search_all(struct cli *cli, struct desk *desk, const struct export *export,
                              struct error *err)
{
    const struct search what = {.by = args_value(&cli->args, "by"),
                                .field = args_value(&cli->args, "field"),
                                .from = args_value(&cli->args, "from"),
                                .to = args_value(&cli->args, "to"),
                                .type = cli->args.word_count ? cli->args.words[0] : NULL,
                                .ledger = args_value(&cli->args, "ledger"),
                                .state = outbox_state_in,
                                .arg = desk};
    struct sight sight;
    json_t *entries = NULL;
    enum status st = export_sight(cli, desk, export, &sight, err);
    if (st == ST_OK)
        st = view_settle(desk, err);
    if (st == ST_OK)
        st = search_history(desk->rep, &what, &sight, &entries, err);
    if (st == ST_OK && (!export_wanted(export) || export->whole))
        reads_search(desk, cli_reader(cli, desk, "history, search"), &sight, what.type,
                     json_array_size(entries));
    if (st == ST_OK && export_wanted(export)) {
        json_t *sheet = search_sheet(desk->rep, entries);
        st = export_write(cli, desk, export, sheet, "history", entries, err);
        json_decref(sheet);
    } else if (st == ST_OK && !cli->json) {
        change_text_print_found(replica_catalog(desk->rep), entries);
    }
    if (st == ST_OK && cli->json)
        cli_print_json(json_pack("{s:O}", "changes", entries));
    json_decref(entries);
    return st;
}

enum status cmd_history(struct cli *cli, struct error *err)
{
    struct desk *desk = NULL;
    struct export export;
    enum status st = export_read(cli, &export, err);
    if (st == ST_OK && cli->args.word_count == 2 && export_wanted(&export))
        st = error_set(err, ST_USAGE,
                       "--csv 和 --xlsx 用在查找上：huce history 类型 --by … --from …");
    if (st == ST_OK)
        st = cli_desk(cli, &desk, err);
    if (st == ST_OK)
        st = cli->args.word_count == 2 ? of_record(cli, desk, err)
                                       : search_all(cli, desk, &export, err);
    desk_close(desk);
    return st;
}
