/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * bench: workload W against raw SQLite and libsodium in one run, in a folder of its own.
 *
 *   W1  20,000 new rows of 20 fields, saved by one person at a desk
 *   W2  100,000 single-field saves on those rows, Zipf over the rows, each its own durable transaction
 *   W4  one save travelling alone
 *
 * Peers: a plain SQLite table of the same columns, written the same way (WAL, synchronous=FULL), and the
 * bare Ed25519 operations. Every figure is also a ratio, because machines differ and ratios differ less.
 *
 * usage: bench FOLDER OUT.json
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/core/desk.h"
#include "agent/core/save.h"
#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/codec/compress.h"
#include "shared/sync/message.h"
#include "tests/harness/world.h"

#define ROWS 20000
#define FIELDS 20
#define SAVES 100000

#define MUST(call)                                                                                 \
    do {                                                                                           \
        struct error must_error = {0};                                                             \
        struct error *err = &must_error;                                                           \
        if ((call) != ST_OK)                                                                       \
            check_failed(must_error.text, __LINE__, #call);                                        \
    } while (0)

/* The same twenty columns as the raw table below. */
static const char *const catalog_sql =
    "INSERT INTO migration VALUES (1, 'bench');"
    "INSERT INTO tables(no, name, zh, en) VALUES (1, 'resident', '居民', 'resident');"
    "INSERT INTO fields(tbl, no, name, zh, type, checks) VALUES"
    " ('resident', 1, 'name', '姓名', 'text', 'len:1:50'),"
    " ('resident', 2, 'sex', '性别', 'int', 'range:0:9'),"
    " ('resident', 3, 'birth', '出生日期', 'date', ''),"
    " ('resident', 4, 'ethnic', '民族', 'text', 'len:1:2'),"
    " ('resident', 5, 'phone', '电话', 'text', 'phone'),"
    " ('resident', 6, 'edu', '文化程度', 'text', 'len:1:2'),"
    " ('resident', 7, 'marital', '婚姻', 'text', 'len:1:2'),"
    " ('resident', 8, 'health', '健康', 'text', 'len:1:1'),"
    " ('resident', 9, 'political', '政治面貌', 'text', 'len:1:2'),"
    " ('resident', 10, 'relation', '与户主关系', 'text', 'len:1:2'),"
    " ('resident', 11, 'house', '门牌', 'text', 'len:1:50'),"
    " ('resident', 12, 'income', '收入', 'money', ''),"
    " ('resident', 13, 'wage', '工资', 'money', ''),"
    " ('resident', 14, 'months', '务工月数', 'int', 'range:0:12'),"
    " ('resident', 15, 'land', '耕地', 'int', 'range:0:100000'),"
    " ('resident', 16, 'mandarin', '会普通话', 'bool', ''),"
    " ('resident', 17, 'insured', '医保', 'bool', ''),"
    " ('resident', 18, 'mode', '就业模式', 'text', 'len:1:1'),"
    " ('resident', 19, 'visited', '走访日期', 'date', ''),"
    " ('resident', 20, 'remark', '备注', 'text', 'len:0:200');";

static const char *const raw_sql =
    "CREATE TABLE resident(id BLOB PRIMARY KEY, name TEXT, sex INTEGER, birth TEXT, ethnic TEXT,"
    " phone TEXT, edu TEXT, marital TEXT, health TEXT, political TEXT, relation TEXT, house TEXT,"
    " income INTEGER, wage INTEGER, months INTEGER, land INTEGER, mandarin INTEGER,"
    " insured INTEGER, mode TEXT, visited TEXT, remark TEXT) WITHOUT ROWID";

/* ---- deterministic data ---- */

static uint64_t rng_state = 42;

static uint64_t rng(void)
{
    uint64_t z = (rng_state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static uint32_t below(uint32_t n)
{
    return (uint32_t)(rng() % n);
}

static struct value text_value(struct arena *arena, const char *text)
{
    return value_text(slice_of(arena_copy(arena, text, strlen(text)), strlen(text)));
}

static struct value field_value(struct arena *arena, uint32_t field)
{
    static const char *const family[] = {"马", "王", "妥", "拜", "祁", "丁", "杨", "张", "李", "马"};
    static const char *const given[] = {"玉", "龙", "晓", "燕", "哈", "伊", "明", "福", "英", "兰",
                                        "国", "军", "文", "秀", "海", "成", "学", "忠", "梅", "霞",
                                        "小", "红", "建", "平", "永", "志", "春", "荣", "华", "光"};
    static const char *const remarks[] = {"", "常年外出务工", "在家务农", "养羊", "低保户", "需走访"};
    static const char *const edu[] = {"10", "20", "30", "60", "70", "80", "90"};
    char t[64];
    switch (field) {
    case 1:
        snprintf(t, sizeof t, "%s%s%s", family[below(10)], given[below(30)],
                 below(3) ? given[below(30)] : "");
        return text_value(arena, t);
    case 2:
        return value_int(1 + below(2));
    case 3:
        snprintf(t, sizeof t, "%04u-%02u-%02u", 1940 + below(80), 1 + below(12), 1 + below(28));
        return text_value(arena, t);
    case 4:
        return text_value(arena, below(10) < 7 ? "03" : below(2) ? "26" : "01");
    case 5:
        snprintf(t, sizeof t, "1%u%09u", 3 + below(7), below(1000000000));
        return text_value(arena, t);
    case 6:
        return text_value(arena, edu[below(7)]);
    case 7:
        return text_value(arena, below(3) ? "20" : "10");
    case 8:
        return text_value(arena, below(8) ? "1" : "3");
    case 9:
        return text_value(arena, below(20) ? "13" : "01");
    case 10:
        snprintf(t, sizeof t, "%02u", below(4) * 10 + 1 + below(3));
        return text_value(arena, t);
    case 11:
        snprintf(t, sizeof t, "%u社%u号", 1 + below(8), 1 + below(120));
        return text_value(arena, t);
    case 12:
        return value_int((int64_t)below(600) * 10000);
    case 13:
        return value_int((int64_t)(20 + below(60)) * 10000);
    case 14:
        return value_int(below(13));
    case 15:
        return value_int(below(200));
    case 16:
    case 17:
        return value_int(below(2));
    case 18:
        snprintf(t, sizeof t, "%u", 1 + below(6));
        return text_value(arena, t);
    case 19:
        snprintf(t, sizeof t, "2026-%02u-%02u", 1 + below(11), 1 + below(28));
        return text_value(arena, t);
    default:
        return text_value(arena, remarks[below(6)]);
    }
}

/* Zipf (s = 1) over the rows, scattered so that neighbours are not hot together. */
static uint32_t zipf(void)
{
    static double *cumulative;
    if (!cumulative) {
        double sum = 0;
        cumulative = mem_alloc(ROWS * sizeof *cumulative);
        for (uint32_t i = 0; i < ROWS; i++)
            cumulative[i] = sum += 1.0 / (i + 1);
        for (uint32_t i = 0; i < ROWS; i++)
            cumulative[i] /= sum;
    }
    double u = (double)(rng() >> 11) / 9007199254740992.0;
    uint32_t lo = 0, hi = ROWS - 1;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (cumulative[mid] < u)
            lo = mid + 1;
        else
            hi = mid;
    }
    return (uint32_t)((uint64_t)lo * 7919 % ROWS);
}

struct row {
    struct record_id id;
    struct op_field fields[FIELDS];
};

struct edit {
    uint32_t row, field;
    struct value value;
};

static double seconds(void)
{
    return (double)time_monotonic_us() / 1e6;
}

static double file_mb(const char *folder, const char *name)
{
    struct stat st;
    char *path = file_join(folder, name);
    double mb = stat(path, &st) == 0 ? (double)st.st_size / 1e6 : 0;
    mem_free(path);
    return mb;
}

/* ---- the plain peer ---- */

static void bind_value(struct stmt *stmt, int n, const struct value *value)
{
    if (value->kind == VALUE_INT)
        bind_int(stmt, n, value->i);
    else
        bind_text(stmt, n, value->s);
}

static struct db *raw_open(const char *folder)
{
    struct db *db;
    char *path = file_join(folder, "plain.db");
    MUST(db_open(path, DB_READ_WRITE, &db, err));
    MUST(db_exec(db, raw_sql, err));
    mem_free(path);
    return db;
}

static double raw_load(struct db *db, const struct row *rows)
{
    double start = seconds();
    MUST(db_begin(db, err));
    for (uint32_t i = 0; i < ROWS; i++) {
        struct stmt *stmt = db_stmt(db, "INSERT INTO resident VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
                                        " ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,"
                                        " ?21)");
        bind_blob(stmt, 1, slice_of(rows[i].id.b, RECORD_ID_SIZE));
        for (int f = 0; f < FIELDS; f++)
            bind_value(stmt, f + 2, &rows[i].fields[f].value);
        MUST(stmt_run(stmt, err));
    }
    MUST(db_commit(db, err));
    return seconds() - start;
}

static double raw_saves(struct db *db, const struct row *rows, const struct edit *edits, size_t n)
{
    static const char *const names[] = {
        "name",   "sex",    "birth", "ethnic", "phone",    "edu",     "marital",
        "health", "political", "relation", "house", "income", "wage", "months",
        "land",   "mandarin", "insured", "mode", "visited", "remark"};
    struct stmt *stmts[FIELDS];
    for (int f = 0; f < FIELDS; f++) {
        char sql[128];
        snprintf(sql, sizeof sql, "UPDATE resident SET %s = ?2 WHERE id = ?1", names[f]);
        MUST(db_prepare(db, slice_str(sql), &stmts[f], err));
    }
    double start = seconds();
    for (size_t i = 0; i < n; i++) {
        struct stmt *stmt = stmts[edits[i].field - 1];
        MUST(db_begin(db, err));
        bind_blob(stmt, 1, slice_of(rows[edits[i].row].id.b, RECORD_ID_SIZE));
        bind_value(stmt, 2, &edits[i].value);
        MUST(stmt_run(stmt, err));
        MUST(db_commit(db, err));
    }
    double took = seconds() - start;
    for (int f = 0; f < FIELDS; f++)
        stmt_release(stmts[f]);
    return took;
}

/* ---- the desk ---- */

static struct slice put_body(struct buf *body, const struct record_id *id,
                             const struct op_field *fields, size_t count)
{
    buf_clear(body);
    op_body_begin(body, 1);
    op_put_write(body, 1, id, fields, count);
    op_body_end(body, SLICE_NONE);
    return buf_slice(body);
}

static double desk_load(struct desk *desk, struct ledger *ledger, const struct author *author,
                        const struct row *rows)
{
    struct save *save;
    struct buf body;
    buf_init(&body, CHANGE_BODY_MAX);
    double start = seconds();
    MUST(save_begin(desk, ledger, author, &save, err));
    for (uint32_t i = 0; i < ROWS; i++)
        MUST(save_change(save, put_body(&body, &rows[i].id, rows[i].fields, FIELDS), err));
    MUST(save_commit(save, err));
    double took = seconds() - start;
    buf_release(&body);
    return took;
}

static double desk_saves(struct desk *desk, struct ledger *ledger, const struct author *author,
                         const struct row *rows, const struct edit *edits, size_t n)
{
    struct buf body;
    buf_init(&body, CHANGE_BODY_MAX);
    double start = seconds();
    for (size_t i = 0; i < n; i++) {
        struct op_field field = {edits[i].field, edits[i].value};
        struct save *save;
        MUST(save_begin(desk, ledger, author, &save, err));
        MUST(save_change(save, put_body(&body, &rows[edits[i].row].id, &field, 1), err));
        MUST(save_commit(save, err));
    }
    double took = seconds() - start;
    buf_release(&body);
    return took;
}

/* ---- travelling ---- */

struct outgoing {
    struct arena arena;
    struct slice *segments;
    size_t count, capacity;
};

static bool gather(void *arg, const struct stored_changeset *cs)
{
    struct outgoing *out = arg;
    struct changeset header;
    struct buf buf;
    buf_init(&buf, MESSAGE_MAX);
    MUST(changeset_decode(cs->cose, &header, err));
    segment_write(&header, SEGMENT_SHORT, cs->salts, cs->columns, &buf);
    CHECK(buf_ok(&buf));
    out->segments = mem_grow(out->segments, &out->capacity, out->count + 1, sizeof *out->segments);
    out->segments[out->count++] =
        slice_of(arena_copy(&out->arena, buf.p, buf.n), buf.n);
    buf_release(&buf);
    return true;
}

/* Closes what is open and packs all that is unsent into one request. */
static void pack(struct desk *desk, struct ledger *ledger, struct buf *frame)
{
    struct outgoing out = {0};
    struct request_ledger items[2] = {0};
    struct sync_request request = {.ledger_count = 2, .ledgers = items, .wants = 1 << 20};
    struct ledger *registry = desk->rep->registry_ledger;
    MUST(desk_begin(desk, err));
    MUST(save_close_all(desk, ledger, err));
    MUST(desk_commit(desk, err));
    MUST(replica_each_unadmitted(desk->rep, ledger, gather, &out, err));
    items[0].origin = registry->origin;
    items[0].size = registry->tree.size;
    memcpy(items[0].root8, registry->root.b, 8);
    items[1].origin = ledger->origin;
    items[1].size = ledger->tree.size;
    memcpy(items[1].root8, ledger->root.b, 8);
    items[1].segment_count = out.count;
    items[1].segments = out.segments;
    buf_init(frame, MESSAGE_MAX);
    sync_request_write(&request, COMPRESS_LEVEL, frame);
    CHECK(buf_ok(frame));
    mem_free(out.segments);
    arena_release(&out.arena);
}

/* The receiver: read, verify every hash and signature, append, fold, commit. */
static double receive(struct world *w, struct ledger *ledger, struct slice frame)
{
    struct arena arena = {0};
    struct sync_request request;
    double start = seconds();
    MUST(sync_request_read(frame, &arena, &request, err));
    const struct request_ledger *in = &request.ledgers[1];
    MUST(db_begin(w->db, err));
    size_t ready_count = 0;
    struct segment *ready = arena_alloc(&arena, in->segment_count * sizeof *ready);
    for (size_t i = 0; i < in->segment_count; i++) {
        struct segment_known known;
        struct segment *segment = &ready[ready_count++];
        replica_known(w->rep, ledger, &known);
        MUST(segment_read(in->segments[i], &ledger->origin, &known, &arena, segment, err));
        struct leaf leaf = {.id = segment->id,
                            .admitted_ms = ++w->now_ms,
                            .registry_size = w->rep->registry_ledger->tree.size};
        MUST(replica_append(w->rep, ledger, &leaf, segment, segment->columns, err));
    }
    MUST(materialise_fold(w->rep, ledger, ready, ready_count, NULL, err));
    MUST(db_commit(w->db, err));
    double took = seconds() - start;
    arena_release(&arena);
    return took;
}

/* ---- report ---- */

static FILE *json;
static bool json_first = true;

static void figure(const char *key, double value, const char *unit, const char *what)
{
    printf("  %-24s %14.3f  %-10s %s\n", key, value, unit, what);
    fprintf(json, "%s\n  \"%s\": %.6g", json_first ? "{" : ",", key, value);
    json_first = false;
}

int main(int argc, char **argv)
{
    struct world w;
    struct person clerk;
    struct desk *desk;
    struct arena arena = {0};
    struct buf frame;
    if (argc != 3) {
        fprintf(stderr, "usage: bench FOLDER OUT.json\n");
        return 2;
    }
    json = fopen(argv[2], "w");
    CHECK(json);

    struct row *rows = mem_alloc(ROWS * sizeof *rows);
    struct edit *edits = mem_alloc(SAVES * sizeof *edits);
    for (uint32_t i = 0; i < ROWS; i++) {
        uint8_t random[16];
        uint64_t a = rng(), b = rng();
        memcpy(random, &a, 8);
        memcpy(random + 8, &b, 8);
        record_id_make(1760000000000 + i / 10, random, &rows[i].id);
        for (uint32_t f = 0; f < FIELDS; f++)
            rows[i].fields[f] = (struct op_field){f + 1, field_value(&arena, f + 1)};
    }
    for (uint32_t i = 0; i < SAVES; i++) {
        edits[i].row = zipf();
        edits[i].field = 1 + below(FIELDS);
        edits[i].value = field_value(&arena, edits[i].field);
    }

    char *county_path = file_join(argv[1], "county.db"), *desk_path = file_join(argv[1], "desk");
    world_init(&w, county_path);
    world_catalog(&w, catalog_sql);
    world_grant(&w, &clerk, 1, "village", "622924101001");
    struct ledger *county_ledger = world_ledger(&w, "622924101001");
    MUST(desk_create(desk_path, &w.rep->registry_origin, &w.rep->root_kid, &desk, err));
    world_copy(&w, w.rep->registry_ledger, desk->rep);
    struct ledger *ledger;
    MUST(replica_ledger_add(desk->rep, &county_ledger->origin, &ledger, err));
    struct author author = {.kid = *sign_key_kid(clerk.key), .key = clerk.key};
    author.grant = registry_grant(&desk->rep->registry, &author.kid, desk->rep->registry.size);
    struct db *raw = raw_open(argv[1]);

    printf("workload W: %d rows x %d fields, %d saves\n", ROWS, FIELDS, SAVES);
    double raw_w1 = raw_load(raw, rows);
    double save_w1 = desk_load(desk, ledger, &author, rows);
    figure("w1_sqlite_rows_per_s", ROWS / raw_w1, "rows/s", "plain SQLite, one transaction");
    figure("w1_import_rows_per_s", ROWS / save_w1, "rows/s", "saved, signed, durable at a desk");
    figure("w1_import_vs_sqlite", raw_w1 / save_w1, "x", "of plain SQLite (target 0.4)");
    pack(desk, ledger, &frame);
    figure("w1_wire_bytes", (double)frame.n, "bytes", "complete signed history of W1");
    double merge_w1 = receive(&w, county_ledger, buf_slice(&frame));
    buf_release(&frame);
    figure("w1_merge_fields_per_s", (double)ROWS * FIELDS / merge_w1, "fields/s",
           "verified, merged, durable (target 2,000,000)");
    world_copy(&w, county_ledger, desk->rep);

    size_t raw_n = SAVES / 5;
    double raw_w2 = raw_saves(raw, rows, edits, raw_n) / (double)raw_n;
    double save_w2 = desk_saves(desk, ledger, &author, rows, edits, SAVES) / SAVES;
    figure("w2_sqlite_save_per_s", 1 / raw_w2, "saves/s", "plain SQLite, each its own commit");
    figure("w2_save_per_s", 1 / save_w2, "saves/s", "each signed and durable");
    figure("w2_save_vs_sqlite", raw_w2 / save_w2, "x", "of plain SQLite (target 0.4)");
    pack(desk, ledger, &frame);
    figure("w2_wire_bytes", (double)frame.n, "bytes",
           "complete signed history of 100,000 changes (target 800,000)");
    double merge_w2 = receive(&w, county_ledger, buf_slice(&frame));
    buf_release(&frame);
    figure("w2_merge_per_s", SAVES / merge_w2, "changes/s",
           "verified, merged, durable (target 200,000)");
    world_copy(&w, county_ledger, desk->rep);

    desk_saves(desk, ledger, &author, rows, edits, 1);
    pack(desk, ledger, &frame);
    figure("w4_wire_bytes", (double)frame.n, "bytes", "one save travelling alone (target 350)");
    buf_release(&frame);

    MUST(db_exec(raw, "PRAGMA wal_checkpoint(TRUNCATE)", err));
    MUST(db_exec(w.db, "PRAGMA wal_checkpoint(TRUNCATE)", err));
    double plain_mb = file_mb(argv[1], "plain.db"), county_mb = file_mb(argv[1], "county.db");
    figure("plain_mb", plain_mb, "MB", "the plain table's file");
    figure("db_mb", county_mb, "MB", "record tables and complete history");
    figure("db_vs_plain", county_mb / plain_mb, "x", "of the plain table (target 2.5)");

    double start = seconds();
    struct signature sig;
    for (int i = 0; i < 2000; i++)
        sign_message(clerk.key, slice_of(rows, 300), &sig);
    figure("sign_per_s", 2000 / (seconds() - start), "1/s", "bare Ed25519 signatures");
    start = seconds();
    for (int i = 0; i < 2000; i++)
        CHECK(sign_verify(sign_key_public(clerk.key), slice_of(rows, 300), &sig));
    figure("verify_per_s", 2000 / (seconds() - start), "1/s", "bare Ed25519 verifications");
    fprintf(json, "\n}\n");
    fclose(json);
    desk_close(desk);
    db_close(raw);
    world_release(&w);
    return 0;
}
