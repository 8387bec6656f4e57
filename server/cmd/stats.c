/* SPDX-License-Identifier: MulanPSL-2.0 */
/* stats: huced stats: how much there is. */
#include "server/cmd/cmd.h"
#include "server/core/server.h"

#include <inttypes.h>
#include <stdio.h>

static int64_t count(struct db *db, const char *sql)
{
    struct stmt *stmt = db_stmt(db, sql);
    bool row = false;
    int64_t n = stmt_step(stmt, &row, NULL) == ST_OK && row ? stmt_int(stmt, 0) : 0;
    stmt_reset(stmt);
    return n;
}

enum status cmd_stats(const struct options *options, struct error *err)
{
    struct server *srv;
    json_t *json;
    const char *name;
    json_t *value;
    int64_t people = 0, devices = 0;

    enum status st = expect_words(options, 0, 0, "", err);
    if (st == ST_OK)
        st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    const struct registry *reg = &srv->rep->registry;
    for (size_t i = 0; i < reg->grant_count; i++) {
        const struct grant *g = &reg->grants[i];
        if (registry_grant(reg, &g->kid, reg->size) == g)
            *(g->kind == GRANT_PERSON ? &people : &devices) += 1;
    }
    json = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "registry",
                     srv->rep->registry_origin.text, "ledgers", (json_int_t)srv->rep->ledger_count,
                     "changesets", (json_int_t)count(srv->db, "SELECT count(*) FROM leaf"),
                     "changes", (json_int_t)count(srv->db, "SELECT sum(count) FROM changeset"),
                     "records", (json_int_t)count(srv->db, "SELECT sum(records) FROM ledger"),
                     "void_changes", (json_int_t)count(srv->db, "SELECT count(*) FROM void_change"),
                     "conflicts", (json_int_t)count(srv->db, "SELECT count(*) FROM conflict"),
                     "people", (json_int_t)people, "devices", (json_int_t)devices);
    if (options_has(options, "json")) {
        print_json(json);
    } else {
        json_object_foreach(json, name, value)
        {
            if (json_is_string(value))
                printf("%-14s %s\n", name, json_string_value(value));
            else
                printf("%-14s %lld\n", name, (long long)json_integer_value(value));
        }
        json_decref(json);
    }
    server_close(srv);
    return ST_OK;
}
