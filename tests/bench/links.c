/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * links: ordinary work to be sent over bad links (links.sh).
 *
 *   links years COUNTY DESK PIN DAYS N   so many days up to today, N saves on each, an exchange
 * every evening: the history of a village links week DESK PIN N                N saves over seven
 * days, none of them sent
 *   links snapshot DESK   how large a snapshot of its village is, and how long it takes to make
 * one, and to take one
 *
 * A save is one change of one record, as people make them. How many and of what kind follows the
 * rural county that it was made for: 120 changes a working day in a village of 455 households, each
 * visited once a month, 8,000 to 10,000 new records a year: of four saves one is a new record (a
 * visit), three correct a field of a household or a person. The village must have its roster.
 */
#include <stdio.h>
#include <stdarg.h>
#include <stdlib.h>

#include "agent/core/edit.h"
#include "agent/core/save.h"
#include "shared/codec/hex.h"
#include "shared/base/file.h"
#include "shared/db/migrate.h"
#include "shared/db/past.h"
#include "shared/db/snapshot.h"
#include "tests/bench/travel.h"
#include "tests/sim/chance.h"

#define DAY_MS INT64_C(86400000)

struct village {
    struct desk *desk;
    struct author author;
    struct ledger *ledger;
    struct chance chance;
    struct record_id *households, *persons;
    size_t household_count, person_count;
};

static size_t read_ids(struct db *db, const char *sql, struct record_id **out)
{
    struct stmt *stmt;
    bool row;
    size_t n = 0, room = 0;
    *out = NULL;
    MUST(db_prepare(db, slice_str(sql), &stmt, &err));
    while (stmt_step(stmt, &row, NULL) == ST_OK && row) {
        *out = mem_grow(*out, &room, n + 1, sizeof(**out));
        CHECK(record_id_parse(stmt_text(stmt, 0), &(*out)[n]));
        n++;
    }
    stmt_release(stmt);
    return n;
}

static void village_open(struct village *v, const char *folder, const char *pin)
{
    *v = (struct village){.chance = {7}};
    MUST(desk_open(folder, &v->desk, &err));
    MUST(desk_author_with_pin(v->desk, NULL, slice_str(pin), &v->author, &err));
    const struct catalog_table *table =
        catalog_table_named(replica_catalog(v->desk->rep), slice_str("household"));
    MUST(desk_ledger_for(v->desk, NULL, table, &v->author, &v->ledger, &err));
    v->household_count =
        read_ids(v->desk->db, "SELECT id FROM household ORDER BY id", &v->households);
    v->person_count = read_ids(v->desk->db, "SELECT id FROM person ORDER BY id", &v->persons);
    CHECK(v->household_count && v->person_count);
}

static void village_close(struct village *v)
{
    mem_free(v->households);
    mem_free(v->persons);
    author_release(&v->author);
    desk_close(v->desk);
}

struct wanted {
    const char *table;
    const struct record_id *id; /* NULL: a new record */
    size_t count;
    const char *names[6];
    char texts[6][96];
};

static void add(struct wanted *w, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void add(struct wanted *w, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    w->names[w->count] = name;
    vsnprintf(w->texts[w->count++], sizeof(w->texts[0]), format, args);
    va_end(args);
}

/* What somebody in a village office does next. */
static void think(struct village *v, struct wanted *w)
{
    static const char *const needs[] = {"希望介绍附近的零工", "想参加种植培训", "房顶漏雨，已报",
                                        "医药费报销还没到",   "孩子上学路远",   "一切都好"};
    const struct record_id *household =
        &v->households[chance_below(&v->chance, v->household_count)];
    const struct record_id *person = &v->persons[chance_below(&v->chance, v->person_count)];
    unsigned what = (unsigned)chance_below(&v->chance, 4);
    unsigned number = (unsigned)chance_below(&v->chance, 100000000);
    char hex[2 * RECORD_ID_SIZE + 1], date[16];
    time_t day = (time_t)(time_now_ms() / 1000);
    struct tm tm;
    *w = (struct wanted){.table = what < 2 ? "household" : what < 3 ? "person" : "visit"};
    w->id = what < 2 ? household : what < 3 ? person : NULL;
    gmtime_r(&day, &tm);
    strftime(date, sizeof(date), "%Y-%m-%d", &tm);
    hex_encode(slice_of(household->b, RECORD_ID_SIZE), hex);
    if (what < 1) {
        add(w, "address", "%u社%u号", 1 + number % 9, 1 + number % 211);
    } else if (what < 2) {
        add(w, "land_mu", "%u.%u", number % 30, number % 10);
    } else if (what < 3) {
        add(w, "phone", "154%08u", number);
    } else {
        add(w, "household_id", "%s", hex);
        add(w, "kind", "1");
        add(w, "at", "%sT%02u:%02u", date, 8 + number % 10, number % 60);
        add(w, "wellbeing", "%u", 1 + number % 5);
        if (number % 3 == 0)
            add(w, "needs", "%s", needs[number % 6]);
    }
}

static bool change(struct village *v, struct save *save)
{
    struct wanted w;
    struct editor *editor;
    struct edit_result result;
    struct edit_pair pairs[6];
    think(v, &w);
    const struct catalog_table *table =
        catalog_table_named(replica_catalog(v->desk->rep), slice_str(w.table));
    for (size_t i = 0; i < w.count; i++) {
        MUST(edit_field(table, slice_str(w.names[i]), &pairs[i].field, &err));
        pairs[i].text = slice_str(w.texts[i]);
    }
    MUST(editor_open(v->desk, v->ledger, &v->author, false, &editor, &err));
    MUST(
        edit_compose(editor, table, w.id, w.id != NULL, pairs, w.count, SLICE_NONE, &result, &err));
    bool any = !result.nothing;
    if (any)
        MUST(save_change(save, buf_slice(&result.body), &err));
    editor_close(editor);
    buf_release(&result.body);
    return any;
}

/* n saves within so much time, in a few commits: who waits for each is measured elsewhere. */
static void work(struct village *v, size_t n, int64_t within_ms)
{
    for (size_t done = 0; done < n;) {
        struct save *save;
        MUST(save_begin(v->desk, v->ledger, &v->author, &save, &err));
        for (size_t i = 0; i < 40 && done < n; i++) {
            clock_ahead_ms += (int64_t)chance_below(&v->chance, 2 * (uint64_t)within_ms / n + 1);
            done += change(v, save);
        }
        MUST(save_commit(save, &err));
    }
}

static void step_years(char **args)
{
    struct server *srv;
    struct village v;
    struct exchange_times times = {0};
    const int days = atoi(args[3]);
    const size_t per_day = strtoul(args[4], NULL, 10);
    uint64_t bytes = 0;
    size_t changes = 0;
    MUST(server_open(args[0], &srv, &err));
    village_open(&v, args[1], args[2]);
    for (int day = 0; day < days; day++) {
        if (day % 7 >= 5)
            continue;
        int64_t now_ms = clock_us(CLOCK_REALTIME) / 1000;
        clock_ahead_ms = 0;
        /* The county's clock is what it is today; the work is of its day. */
        bytes += day ? exchange_all(srv, v.desk, &times).bytes_out : 0;
        clock_ahead_ms =
            -(int64_t)(days - day) * DAY_MS + (now_ms - clock_us(CLOCK_REALTIME) / 1000);
        work(&v, per_day, DAY_MS / 3);
        changes += per_day;
    }
    clock_ahead_ms = 0;
    bytes += exchange_all(srv, v.desk, &times).bytes_out;
    printf("changes %zu\nbytes_out %llu\n", changes, (unsigned long long)bytes);
    village_close(&v);
    server_close(srv);
}

static void step_week(char **args)
{
    struct village v;
    village_open(&v, args[0], args[1]);
    clock_ahead_ms = -7 * DAY_MS;
    work(&v, strtoul(args[2], NULL, 10), 7 * DAY_MS);
    village_close(&v);
}

static void snapshot(const char *folder)
{
    struct village v = {0};
    struct buf bytes;
    struct hash made, taken;
    struct db *db;
    struct replica *rep;
    buf_init(&bytes, SNAPSHOT_MAX);
    MUST(desk_open(folder, &v.desk, &err));
    struct replica *now = v.desk->rep;
    struct ledger *ledger = now->ledgers[now->ledger_count - 1];
    const struct past past = {.ledger = ledger, .alone = true, .registry_size = now->registry.size};
    int64_t start = time_monotonic_ms();
    MUST(snapshot_digest(now, ledger, &made, &err));
    printf("digest_ms %lld\n", (long long)(time_monotonic_ms() - start));
    start = time_monotonic_ms();
    MUST(snapshot_make(now, ledger, &bytes, &err));
    printf("make_ms %lld\nbytes %zu\n", (long long)(time_monotonic_ms() - start), bytes.n);
    MUST(db_open(NULL, DB_MEMORY, &db, &err));
    MUST(migrate(db, "shared", &err));
    char *file = file_join(folder, "desk.db");
    MUST(past_fill(now, file, &past, db, &err));
    MUST(replica_open(db, &rep, &err));
    start = time_monotonic_ms();
    MUST(db_begin(db, &err));
    MUST(snapshot_take(rep, &ledger->origin, buf_slice(&bytes), ledger->tree.size, &ledger->root,
                       &err));
    MUST(db_commit(db, &err));
    printf("take_ms %lld\n", (long long)(time_monotonic_ms() - start));
    MUST(snapshot_digest(rep, replica_ledger(rep, &ledger->origin), &taken, &err));
    printf("same %d\n", hash_equal(&made, &taken));
    start = time_monotonic_ms();
    MUST(
        snapshot_recompute(now, file, ledger, ledger->tree.size, now->registry.size, &taken, &err));
    printf("recompute_ms %lld\nsame %d\n", (long long)(time_monotonic_ms() - start),
           hash_equal(&made, &taken));
    replica_close(rep);
    db_close(db);
    mem_free(file);
    buf_release(&bytes);
    desk_close(v.desk);
}

int main(int argc, char **argv)
{
    mem_frugal();
    crypto_init();
    if (argc == 7 && strcmp(argv[1], "years") == 0) {
        step_years(argv + 2);
    } else if (argc == 5 && strcmp(argv[1], "week") == 0) {
        step_week(argv + 2);
    } else if (argc == 3 && strcmp(argv[1], "snapshot") == 0) {
        snapshot(argv[2]);
    } else {
        fprintf(stderr, "usage: see the head of tests/bench/links.c\n");
        return 2;
    }
    return 0;
}
