/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * bench: the steps of workload W, one per call, so that run.sh can repeat them on copies of a data
 * folder and a profiler can look at one alone. Every step goes the way the programs go: import_run,
 * edit_compose and save at the desk, exchange and admission_sync between desk and county. Only
 * HTTP is left out, and asking for a PIN (opening a key is slow on purpose).
 *
 *   bench csv FILE                  W1's rows as a CSV file
 *   bench plain DB                  the peer loads the same rows
 *   bench import DESK PIN FILE      W1: imports, signs, stores
 *   bench saves DESK PIN DB         W2: saves at the desk and in the peer's table, by turns
 *   bench turns DESK DESK PIN       the same saves at two desks, by turns
 *   bench paced DESK PIN N          the same saves at a person's pace: the clock moves between them
 *   bench one DESK PIN              W4: one save, and the message that carries it
 *   bench exchange COUNTY DESK      what the desk has goes out, what it lacks comes in
 *   bench cards DESK PIN            W3: the cards that two desks are going to edit
 *   bench diverge DESK PIN 0|1      W3: what the first or the second desk does to them
 *   bench deep COUNTY DESK DESK PIN one record, thousands of changes, at two desks by turns
 *   bench yardsticks FILE           signatures, SHA-256 and zstd on this machine, now
 *   bench peak COMMAND…             greatest resident memory of a command
 *
 * Prints lines "key value". Times are seconds.
 */
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/core/edit.h"
#include "agent/core/exchange.h"
#include "agent/core/import.h"
#include "agent/core/save.h"
#include "server/core/admission.h"
#include "shared/base/diag.h"
#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/codec/compress.h"
#include "shared/db/materialise.h"
#include "tests/bench/diverge.h"
#include "tests/bench/plain.h"
#include "tests/bench/travel.h"

#define TURNS 40         /* two desks' turns … */
#define TURN_SAVES 250   /* … of so many saves each */
#define CHUNKS 10        /* W2's turns between desk and peer */
#define CHUNK_SAVES 2000 /* timed: each with a durable commit of its own */
#define CHUNK_PLAIN 1000 /* of those, in the peer's table */
#define GROUP 100        /* changes to a commit where only the history matters */
#define PACE_MS 20000    /* mean time between saves of a person */
#define DEEP_ROUNDS 10   /* of one record's life */
#define DEEP_SAVES 500   /* of each desk in a round */
#define YARDSTICK_ROUNDS 2000
#define YARDSTICK_BYTES 300

/* ---- a person at a desk ---- */

struct person {
    struct desk *desk;
    struct author author;
    struct ledger *ledger;
    const struct catalog_table *table;
    struct record_id *ids; /* of the workload's rows, once asked for */
};

static void person_open(struct person *p, const char *folder, const char *pin, const char *table)
{
    *p = (struct person){0};
    MUST(desk_open(folder, &p->desk, &err));
    MUST(desk_author_with_pin(p->desk, NULL, slice_str(pin), &p->author, &err));
    p->table = catalog_table_named(replica_catalog(p->desk->rep), slice_str(table));
    CHECK(p->table != NULL);
    MUST(desk_ledger_for(p->desk, NULL, p->table, &p->author, &p->ledger, &err));
}

static void person_close(struct person *p)
{
    mem_free(p->ids);
    author_release(&p->author);
    desk_close(p->desk);
}

struct by_phone {
    const char *phone;
    uint32_t row;
};

static int compare_phones(const void *a, const void *b)
{
    return strcmp(((const struct by_phone *)a)->phone, ((const struct by_phone *)b)->phone);
}

/* Which record is which row of the workload: told by the phone number, before any edit. */
static void person_find_rows(struct person *p, const struct workload *w)
{
    struct by_phone *phones = mem_alloc(ROWS * sizeof(*phones));
    struct stmt *stmt;
    bool row;
    uint32_t found = 0;
    for (uint32_t i = 0; i < ROWS; i++)
        phones[i] = (struct by_phone){w->rows[i].cells[4].text, i};
    qsort(phones, ROWS, sizeof(*phones), compare_phones);
    p->ids = mem_zero_alloc(ROWS, sizeof(*p->ids));
    MUST(db_prepare(p->desk->db, slice_str("SELECT id, phone || '' FROM resident"), &stmt, &err));
    while (stmt_step(stmt, &row, NULL) == ST_OK && row) {
        struct by_phone key = {(const char *)stmt_text(stmt, 1).p, 0};
        const struct by_phone *hit = bsearch(&key, phones, ROWS, sizeof(*phones), compare_phones);
        if (hit && record_id_parse(stmt_text(stmt, 0), &p->ids[hit->row]))
            found++;
    }
    stmt_release(stmt);
    mem_free(phones);
    CHECK(found == ROWS);
}

/* One change into a session, as `huce put` makes it: looks at what stands, checks, composes. False:
 * it stands already, as far as this session sees. */
static bool person_change(struct person *p, struct save *save, const struct edit *edit)
{
    struct editor *editor;
    struct edit_result result;
    const struct edit_pair pair = {p->table->fields[edit->field], slice_str(edit->cell.text)};
    MUST(editor_open(p->desk, p->ledger, &p->author, false, &editor, &err));
    MUST(edit_compose(editor, p->table, &p->ids[edit->row], true, &pair, 1, SLICE_NONE, &result,
                      &err));
    if (!result.nothing)
        MUST(save_change(save, buf_slice(&result.body), &err));
    editor_close(editor);
    buf_release(&result.body);
    return !result.nothing;
}

static struct save *person_begin(struct person *p)
{
    struct save *save;
    MUST(save_begin(p->desk, p->ledger, &p->author, &save, &err));
    return save;
}

/* A save as people make them: durable and signed when it returns. */
static void person_save(struct person *p, const struct edit *edit)
{
    struct save *save = person_begin(p);
    CHECK(person_change(p, save, edit));
    MUST(save_commit(save, &err));
}

/* The next n edits of the workload, the same changes in fewer commits; pace_ms is the mean time
 * that passes between two of them. A session does not see its own changes: where one goes back to
 * what stood before, the session is committed first. */
static void person_history(struct person *p, struct workload *w, size_t n, uint32_t pace_ms)
{
    struct save *save = person_begin(p);
    for (size_t i = 0; i < n; i++) {
        struct edit edit;
        bool full = i % GROUP == GROUP - 1;
        workload_edit(w, &edit);
        clock_ahead_ms += pace_ms ? 1 + below(w, 2 * pace_ms) : 0;
        bool taken = person_change(p, save, &edit);
        if (taken && !full)
            continue;
        MUST(save_commit(save, &err));
        save = person_begin(p);
        CHECK(taken || person_change(p, save, &edit));
    }
    MUST(save_commit(save, &err));
}

/* ---- W1 ---- */

static void step_csv(char **args)
{
    struct workload w;
    FILE *out = fopen(args[0], "w");
    CHECK(out != NULL);
    workload_begin(&w);
    for (int f = 0; f < FIELDS; f++)
        fprintf(out, "%s%s", f ? "," : "", columns[f].name);
    for (uint32_t i = 0; i < ROWS; i++)
        for (int f = 0; f < FIELDS; f++)
            fprintf(out, "%s%s", f ? "," : "\n", w.rows[i].cells[f].text);
    fputc('\n', out);
    CHECK(fclose(out) == 0);
    workload_end(&w);
}

static void step_plain(char **args)
{
    struct workload w;
    struct db *db;
    workload_begin(&w);
    plain_create(args[0], &db);
    double start = seconds(), cpu_start = cpu_seconds();
    plain_load(db, w.rows);
    printf("plain_s %.6f\nplain_cpu_s %.6f\n", seconds() - start, cpu_seconds() - cpu_start);
    db_close(db);
    workload_end(&w);
}

static void bad_row(void *arg, uint64_t line, const char *text)
{
    (void)arg;
    fprintf(stderr, "line %llu: %s\n", (unsigned long long)line, text);
}

static void step_import(char **args)
{
    struct person p;
    struct import_result result;
    person_open(&p, args[0], args[1], "resident");
    const struct import_options options = {.table = "resident",
                                           .path = args[2],
                                           .ledger = p.ledger,
                                           .author = &p.author,
                                           .bad_row = bad_row};
    double start = seconds(), cpu_start = cpu_seconds();
    MUST(import_run(p.desk, &options, &result, &err));
    printf("import_s %.6f\nimport_cpu_s %.6f\n", seconds() - start, cpu_seconds() - cpu_start);
    CHECK(result.written && result.created == ROWS);
    person_close(&p);
}

/* ---- W2 ---- */

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t n)
{
    qsort(values, n, sizeof(*values), compare_doubles);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static void step_saves(char **args)
{
    struct workload w;
    struct person p;
    struct db *db;
    struct plain_updates updates;
    struct edit edits[CHUNK_SAVES];
    double desk[CHUNKS], plain[CHUNKS], ratio[CHUNKS];
    workload_begin(&w);
    person_open(&p, args[0], args[1], "resident");
    person_find_rows(&p, &w);
    MUST(db_open(args[2], DB_READ_WRITE, &db, &err));
    plain_prepare(db, &updates);
    for (int c = 0; c < CHUNKS; c++) {
        for (int i = 0; i < CHUNK_SAVES; i++)
            workload_edit(&w, &edits[i]);
        double start = seconds();
        for (int i = 0; i < CHUNK_PLAIN; i++)
            plain_save(db, &updates, &edits[i]);
        plain[c] = (seconds() - start) / CHUNK_PLAIN;
        start = seconds();
        for (int i = 0; i < CHUNK_SAVES; i++)
            person_save(&p, &edits[i]);
        desk[c] = (seconds() - start) / CHUNK_SAVES;
        ratio[c] = plain[c] / desk[c];
    }
    person_history(&p, &w, SAVES - CHUNKS * CHUNK_SAVES, 0);
    printf("save_s %.9f\nplain_save_s %.9f\nratio %.4f\n", median(desk, CHUNKS),
           median(plain, CHUNKS), median(ratio, CHUNKS));
    plain_release(&updates);
    db_close(db);
    person_close(&p);
    workload_end(&w);
}

/* The same work at two desks: what does the second take for each second of the first? Their turns
 * are short, and who begins changes, so that a machine that others use is the same for both. */
static void step_turns(char **args)
{
    struct workload w;
    struct person p[2];
    struct edit edits[TURN_SAVES];
    double times[2], ratio[TURNS], cpu_ratio[TURNS];
    workload_begin(&w);
    for (int i = 0; i < 2; i++) {
        person_open(&p[i], args[i], args[2], "resident");
        person_find_rows(&p[i], &w);
    }
    for (int t = 0; t < TURNS; t++) {
        double cpu[2];
        for (int i = 0; i < TURN_SAVES; i++)
            workload_edit(&w, &edits[i]);
        for (int k = 0; k < 2; k++) {
            int who = (t + k) % 2;
            double start = seconds(), cpu_start = cpu_seconds();
            for (int i = 0; i < TURN_SAVES; i++)
                person_save(&p[who], &edits[i]);
            times[who] = seconds() - start;
            cpu[who] = cpu_seconds() - cpu_start;
        }
        ratio[t] = times[1] / times[0];
        cpu_ratio[t] = cpu[1] / cpu[0];
    }
    printf("ratio %.4f\ncpu_ratio %.4f\n", median(ratio, TURNS), median(cpu_ratio, TURNS));
    for (int i = 0; i < 2; i++)
        person_close(&p[i]);
    workload_end(&w);
}

static void step_paced(char **args)
{
    struct workload w;
    struct person p;
    workload_begin(&w);
    person_open(&p, args[0], args[1], "resident");
    person_find_rows(&p, &w);
    person_history(&p, &w, strtoul(args[2], NULL, 10), PACE_MS);
    person_close(&p);
    workload_end(&w);
}

/* ---- travelling ---- */

static void step_exchange(char **args)
{
    struct server *srv;
    struct desk *desk;
    struct exchange_times t = {0};
    MUST(server_open(args[0], &srv, &err));
    MUST(desk_open(args[1], &desk, &err));
    struct session_progress progress = exchange_all(srv, desk, &t);
    printf("rounds %u\nbytes_out %llu\nbytes_in %llu\n", progress.rounds,
           (unsigned long long)progress.bytes_out, (unsigned long long)progress.bytes_in);
    printf("request_s %.6f\nadmit_s %.6f\nreceive_s %.6f\nreceive_cpu_s %.6f\n", t.request_s,
           t.admit_s, t.receive_s, t.receive_cpu_s);
    printf("request_cpu_s %.6f\nadmit_cpu_s %.6f\n", t.request_cpu_s, t.admit_cpu_s);
    desk_close(desk);
    server_close(srv);
}

static void step_one(char **args)
{
    struct person p;
    const struct edit edit = {.row = 0, .field = 4, .cell = {.text = "13900000000"}};
    struct exchange x;
    struct buf request;
    struct stmt *stmt;
    bool row;
    person_open(&p, args[0], args[1], "resident");
    p.ids = mem_zero_alloc(1, sizeof(*p.ids));
    MUST(db_prepare(p.desk->db, slice_str("SELECT id FROM resident LIMIT 1 OFFSET 4711"), &stmt,
                    &err));
    MUST(stmt_step(stmt, &row, &err));
    CHECK(row && record_id_parse(stmt_text(stmt, 0), &p.ids[0]));
    stmt_release(stmt);
    person_save(&p, &edit);
    exchange_init(&x, p.desk);
    buf_init(&request, MESSAGE_MAX);
    MUST(exchange_request(&x, &request, &err));
    printf("bytes_out %zu\n", request.n);
    buf_release(&request);
    exchange_release(&x);
    person_close(&p);
}

/* ---- W3: two desks drift apart ---- */

/* The cards in an order that is the same at every desk. */
static void person_find_cards(struct person *p)
{
    struct stmt *stmt;
    bool row;
    size_t n = 0;
    p->ids = mem_zero_alloc(CARDS, sizeof(*p->ids));
    MUST(db_prepare(p->desk->db, slice_str("SELECT id FROM card ORDER BY id"), &stmt, &err));
    while (stmt_step(stmt, &row, NULL) == ST_OK && row)
        CHECK(n < CARDS && record_id_parse(stmt_text(stmt, 0), &p->ids[n++]));
    stmt_release(stmt);
}

static void person_new_card(struct person *p, struct save *save, uint32_t number)
{
    struct editor *editor;
    struct edit_result result;
    char name[CELL_SIZE];
    snprintf(name, sizeof(name), "卡%u", number);
    const struct edit_pair pairs[] = {{p->table->fields[CARD_NAME], slice_str(name)},
                                      {p->table->fields[CARD_STAGE], slice_str("a")}};
    MUST(editor_open(p->desk, p->ledger, &p->author, false, &editor, &err));
    MUST(edit_compose(editor, p->table, NULL, false, pairs, 2, SLICE_NONE, &result, &err));
    MUST(save_change(save, buf_slice(&result.body), &err));
    editor_close(editor);
    buf_release(&result.body);
}

static void step_cards(char **args)
{
    struct person p;
    person_open(&p, args[0], args[1], "card");
    struct save *save = person_begin(&p);
    for (uint32_t i = 0; i < CARDS; i++)
        person_new_card(&p, save, i);
    MUST(save_commit(save, &err));
    person_close(&p);
}

/* A session does not see its own changes: a card that it has touched begins the next session. */
static void step_diverge(char **args)
{
    static struct diverge d;
    static uint32_t touched[CARDS]; /* by which session */
    struct person p;
    uint32_t session = 1, count = 0;
    person_open(&p, args[0], args[1], "card");
    person_find_cards(&p);
    diverge_begin(&d, args[2][0] - '0');
    struct save *save = person_begin(&p);
    for (uint32_t i = 0; i < CARD_SAVES; i++) {
        struct edit edit;
        diverge_edit(&d, i, &edit);
        if (touched[edit.row] == session || ++count == GROUP) {
            MUST(save_commit(save, &err));
            save = person_begin(&p);
            session++;
            count = 0;
        }
        touched[edit.row] = session;
        if (!person_change(&p, save, &edit)) { /* the tag is there already */
            edit = (struct edit){edit.row, CARD_VISITS, {.text = "+1"}};
            CHECK(person_change(&p, save, &edit));
        }
    }
    MUST(save_commit(save, &err));
    person_close(&p);
}

/* ---- a record with a long history ---- */

static void deep_save(struct person *p, struct save *save, uint32_t card, uint32_t field, int n)
{
    struct edit edit = {.row = card, .field = field};
    snprintf(edit.cell.text, CELL_SIZE, field == CARD_VISITS ? "+1" : "%d", n);
    CHECK(person_change(p, save, &edit));
}

/* A round of ordinary work at both desks, then talk; processor time of receiving it, per change.
 * The field under review is one desk's: nothing is left to decide. */
static double deep_round(struct server *srv, struct person p[static 2], uint32_t card, int round)
{
    static const uint32_t fields[] = {CARD_NAME, CARD_STATUS, CARD_VISITS, CARD_PHONE};
    struct exchange_times t = {0};
    for (int desk = 0; desk < 2; desk++) {
        struct save *save = person_begin(&p[desk]);
        for (int i = 0; i < DEEP_SAVES; i++)
            deep_save(&p[desk], save, card, fields[i % (4 - desk)],
                      (2 * round + desk) * DEEP_SAVES + i);
        MUST(save_commit(save, &err));
    }
    for (int turn = 0; turn < 3; turn++)
        exchange_all(srv, p[turn % 2].desk, &t);
    return t.receive_cpu_s / (2 * DEEP_SAVES);
}

static void deep_resolve(struct person *p, uint32_t card)
{
    struct editor *editor;
    struct arena arena = {0};
    struct record_state record;
    struct buf body;
    MUST(materialise_load(p->desk->rep, p->ledger, p->table, &p->ids[card], &arena, &record, &err));
    const struct field_state *phone = &record.fields[p->table->fields[CARD_PHONE]->no];
    CHECK(phone->conflict);
    struct save *save = person_begin(p);
    MUST(editor_open(p->desk, p->ledger, &p->author, false, &editor, &err));
    MUST(edit_resolve(editor, &record, phone->field->no, &phone->claims[0], NULL, SLICE_NONE, &body,
                      &err));
    MUST(save_change(save, buf_slice(&body), &err));
    MUST(save_commit(save, &err));
    buf_release(&body);
    editor_close(editor);
    arena_release(&arena);
}

/* Both desks say something else at once; processor time of the two desks for receiving it. */
static double deep_conflict(struct server *srv, struct person p[static 2], uint32_t card)
{
    struct exchange_times t = {0}, decided = {0};
    for (int desk = 0; desk < 2; desk++) {
        struct save *save = person_begin(&p[desk]);
        deep_save(&p[desk], save, card, CARD_PHONE, desk - 2);
        MUST(save_commit(save, &err));
    }
    for (int turn = 0; turn < 3; turn++)
        exchange_all(srv, p[turn % 2].desk, &t);
    deep_resolve(&p[0], card);
    for (int turn = 0; turn < 2; turn++)
        exchange_all(srv, p[turn].desk, &decided);
    return t.receive_cpu_s;
}

static void step_deep(char **args)
{
    struct server *srv;
    struct person p[2];
    double per_change[DEEP_ROUNDS];
    MUST(server_open(args[0], &srv, &err));
    for (int desk = 0; desk < 2; desk++) {
        person_open(&p[desk], args[1 + desk], args[3], "card");
        person_find_cards(&p[desk]);
    }
    deep_round(srv, p, 1, 0); /* what is read once is read now */
    deep_conflict(srv, p, 1);
    for (int round = 0; round < DEEP_ROUNDS; round++) {
        per_change[round] = deep_round(srv, p, 0, round);
        printf("deep_us_%d %.3f\n", round + 1, per_change[round] * 1e6);
        if (round == 0)
            printf("deep_conflict_first_ms %.3f\n", deep_conflict(srv, p, 0) * 1e3);
    }
    printf("deep_conflict_last_ms %.3f\n", deep_conflict(srv, p, 0) * 1e3);
    printf("deep_flat %.3f\n", per_change[DEEP_ROUNDS - 1] / per_change[0]);
    for (int desk = 0; desk < 2; desk++)
        person_close(&p[desk]);
    server_close(srv);
}

/* ---- yardsticks ---- */

static void step_yardsticks(char **args)
{
    struct buf file, packed;
    struct signature sig;
    struct hash hash;
    uint8_t seed[SIGN_SEED_SIZE] = {1};
    struct sign_key *key = sign_key_from_seed(seed);
    MUST(file_read(args[0], 64 * 1024 * 1024, &file, &err));
    const struct slice message = slice_of(file.p, YARDSTICK_BYTES);
    double start = seconds();
    for (int i = 0; i < YARDSTICK_ROUNDS; i++)
        sign_message(key, message, &sig);
    printf("sign_per_s %.0f\n", YARDSTICK_ROUNDS / (seconds() - start));
    start = seconds();
    for (int i = 0; i < YARDSTICK_ROUNDS; i++)
        CHECK(sign_verify(sign_key_public(key), message, &sig));
    printf("verify_per_s %.0f\n", YARDSTICK_ROUNDS / (seconds() - start));
    start = seconds();
    for (int i = 0; i < 10; i++)
        hash_bytes(buf_slice(&file), &hash);
    printf("sha256_mb_per_s %.0f\n", 10 * (double)file.n / 1e6 / (seconds() - start));
    buf_init(&packed, 64 * 1024 * 1024);
    start = seconds();
    compress_bytes(buf_slice(&file), COMPRESS_LEVEL, &packed);
    printf("zstd_mb_per_s %.0f\n", (double)file.n / 1e6 / (seconds() - start));
    printf("csv_bytes %zu\ncsv_zstd_bytes %zu\n", file.n, packed.n);
    buf_release(&packed);
    buf_release(&file);
    sign_key_release(key);
}

/* The command inherits our small size at the moment it is started, never more. */
static void step_peak(char **args)
{
    struct rusage usage;
    int status;
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        execvp(args[0], args);
        _exit(127);
    }
    CHECK(wait4(pid, &status, 0, &usage) == pid);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "bench: %s ended with status %d\n", args[0], status);
        exit(1);
    }
    printf("peak_kb %ld\n", usage.ru_maxrss);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int args;
        void (*run)(char **args);
    } steps[] = {{"csv", 1, step_csv},       {"plain", 1, step_plain},
                 {"import", 3, step_import}, {"saves", 3, step_saves},
                 {"turns", 3, step_turns},   {"paced", 3, step_paced},
                 {"one", 2, step_one},       {"exchange", 2, step_exchange},
                 {"cards", 2, step_cards},   {"diverge", 3, step_diverge},
                 {"deep", 4, step_deep},     {"yardsticks", 1, step_yardsticks},
                 {"peak", 1, step_peak}};
    mem_frugal(); /* as huce does */
    crypto_init();
    for (size_t i = 0; argc > 1 && i < sizeof(steps) / sizeof(steps[0]); i++)
        if (strcmp(argv[1], steps[i].name) == 0 && argc >= 2 + steps[i].args) {
            steps[i].run(argv + 2);
            return 0;
        }
    fprintf(stderr, "usage: see the head of tests/bench/bench.c\n");
    return 2;
}
