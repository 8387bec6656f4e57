/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * own_audit: somebody with the county's database file changes what is kept beside the ledgers.
 * Every value that can be told from itself or from the ledgers is altered in every way, one at a
 * time, and each is found under its name; so are rows that are gone from the middle, or put in.
 */
#include "tests/unit/server/support.h"

#include "server/core/own_audit.h"
#include "server/core/reads.h"

static struct county_fixture county;
static struct desk_keys desk;
static struct arena arena;

static void send(struct slice segment)
{
    struct request_ledger part = {.segments = &segment, .segment_count = 1};
    struct sync_request request = {1, &part, 1024 * 1024};
    struct sync_answer answer;
    uint64_t admitted;
    struct hash empty;
    assert_true(origin_make("guanghe.example", VILLAGE, &part.origin));
    hash_bytes(SLICE_NONE, &empty);
    memcpy(part.root8, empty.b, sizeof(part.root8));
    assert_ok(admission_sync(county.srv, sign_key_kid(desk.device), &request, time_now_ms(), &arena,
                             &answer, &admitted, &err));
}

static void look(struct reads_head *head)
{
    struct read_entry entries[2] = {
        {.hour = 490340, .command = slice_str("get"), .table = 7, .has_record = true, .rows = 1},
        {.hour = 490341, .command = slice_str("list"), .table = 7, .rows = 900}};
    struct read_batch batch = {.device = *sign_key_kid(desk.device),
                               .number = head->number + 1,
                               .prev = head->hash,
                               .made_ms = 1000,
                               .count = 2,
                               .entries = entries};
    struct hash hash;
    struct buf body;
    for (size_t i = 0; i < 2; i++) {
        entries[i].has_person = true;
        entries[i].person = *sign_key_kid(desk.person);
        entries[i].field_count = 1;
        entries[i].fields[0] = 2;
        entries[i].times = 3;
    }
    buf_init(&body, READS_BODY_MAX);
    reads_write(&batch, desk.device, &body, &hash);
    assert_ok(server_begin(county.srv, &err));
    assert_ok(reads_keep(county.srv, sign_key_kid(desk.device), buf_slice(&body), 1, head, &err));
    assert_ok(server_commit(county.srv, &err));
    assert_true(hash_equal(&head->hash, &hash));
    buf_release(&body);
}

static int begin(void **state)
{
    struct reads_head head = {0};
    (void)state;
    diag_set_level(DIAG_ERROR);
    county_open(&county);
    desk_make(&desk, 9);
    desk_join(&desk, county.srv, "village", VILLAGE);
    const struct chain_head start = desk.head;
    for (unsigned i = 0; i < 3; i++) { /* the first is admitted, the others split the chain */
        desk.head = start;
        send(desk_write(&desk, county.srv, VILLAGE, 1, SEGMENT_FULL, &arena, NULL));
    }
    for (unsigned i = 0; i < 3; i++)
        look(&head);
    assert_ok(server_begin(county.srv, &err));
    assert_ok(reads_note_own(county.srv, "sql --unmask", 1000, &err));
    assert_ok(server_commit(county.srv, &err));
    static const char *const triggers[] = {"_read_batch_stays", "_read_batch_goes", "_read_stays",
                                           "_read_goes"};
    for (size_t i = 0; i < ARRAY_LENGTH(triggers); i++) /* so would whoever has the file */
        assert_ok(
            db_exec(county.srv->db, arena_printf(&arena, "DROP TRIGGER %s", triggers[i]), &err));
    return 0;
}

static int end(void **state)
{
    (void)state;
    desk_drop(&desk);
    arena_release(&arena);
    county_close(&county);
    return 0;
}

struct found {
    const char *code;
    unsigned named, others;
};

static void note(void *arg, const struct finding *finding)
{
    struct found *found = arg;
    assert_true(finding->damage && finding->text[0]);
    if (found->code && strcmp(found->code, finding->code) == 0)
        found->named++;
    else
        found->others++;
}

static struct found audit(const char *code)
{
    struct found found = {.code = code};
    bool ok;
    assert_ok(county_own_audit(county.srv, note, &found, &ok, &err));
    assert_int_equal(ok, found.named + found.others == 0);
    return found;
}

/* Does it, says under which code it is found, and takes it back. 0: nothing was changed. */
static unsigned try(const char *code, const char *change)
{
    struct db *db = county.srv->db;
    assert_ok(db_exec(db, "SAVEPOINT whole", &err));
    struct found found = {0};
    const bool done = db_exec(db, change, NULL) == ST_OK && db_changes(db) > 0;
    if (done)
        found = audit(code);
    assert_ok(db_exec(db, "ROLLBACK TO whole; RELEASE whole", &err));
    if (done && found.named == 0)
        fail_msg("not found: %s", change);
    return done;
}

static const struct own_table {
    const char *name, *key, *code;
    const char *columns[16];
} tables[] = {
    {"_fork", "id", "fork", {"ledger", "id", "kid", "chain", "number", "admitted", "cose"}},
    {"_chain", "kid", "own_chain", {"kid", "chain", "number", "id", "seq", "hlc"}},
    {"_read_batch",
     "device || number",
     "reads",
     {"device", "number", "hash", "batch", "signature"}},
    {"_read",
     "device || number || '.' || position",
     "reads",
     {"device", "number", "hour", "person", "command", "tbl", "record", "fields", "rows", "times"}},
};

#define HARMS 5

static const char *another(const char *byte)
{
    return arena_printf(&arena, "CASE %s WHEN x'5A' THEN x'5B' ELSE x'5A' END", byte);
}

/* One way to alter a value: a number by one, bytes by an end that is gone or more, or by another
 * byte near either end. */
static const char *harmed(unsigned how, const char *c)
{
    const char *fourth = arena_printf(&arena, "substr(CAST(%s AS BLOB), 4, 1)", c);
    switch (how) {
    case 0:
        return arena_printf(&arena, "%s + 1", c);
    case 1:
        return arena_printf(&arena, "CAST(substr(%s, 1, length(%s) - 1) AS BLOB)", c, c);
    case 2:
        return arena_printf(&arena, "CAST(%s || x'01' AS BLOB)", c);
    case 3:
        return arena_printf(&arena, "CAST(substr(%s, 1, 3) || %s || substr(%s, 5) AS BLOB)", c,
                            another(fourth), c);
    default:
        return arena_printf(&arena, "CAST(%s || substr(%s, 2) AS BLOB)",
                            another(arena_printf(&arena, "substr(CAST(%s AS BLOB), 1, 1)", c)), c);
    }
}

static void every_value_is_found(void **state)
{
    unsigned done = 0;
    (void)state;
    assert_int_equal(audit(NULL).others, 0);
    for (size_t t = 0; t < ARRAY_LENGTH(tables); t++)
        for (size_t c = 0; c < ARRAY_LENGTH(tables[t].columns) && tables[t].columns[c]; c++)
            for (unsigned h = 0; h < HARMS; h++)
                for (unsigned row = 0; row < 3; row++) {
                    const char *column = tables[t].columns[c];
                    const char *value = harmed(h, column);
                    done += try(tables[t].code,
                                arena_printf(&arena,
                                             "UPDATE %s SET %s = %s WHERE %s IS NOT NULL AND "
                                             "(typeof(%s) = 'integer')"
                                             " = %d AND %s = (SELECT %s FROM %s ORDER BY 1 LIMIT 1"
                                             " OFFSET %u) AND CAST(%s AS BLOB) <> %s",
                                             tables[t].name, column, value, column, column, h == 0,
                                             tables[t].key, tables[t].key, tables[t].name, row,
                                             column, h ? value : "x''"));
                    arena_reset(&arena);
                }
    print_message("%u values altered, each found\n", done);
    assert_true(done > 150);
}

static void rows_that_are_gone_or_put_in_are_found(void **state)
{
    (void)state;
    assert_true(try("reads", "DELETE FROM _read WHERE number = 2 AND position = 1"));
    assert_true(try("reads", "DELETE FROM _read_batch WHERE number = 2"));
    assert_true(try("reads", "DELETE FROM _read_batch WHERE number = 1"));
    assert_true(try("reads", "INSERT INTO _read SELECT device, number, 9, hour, person, command,"
                             " tbl, record, fields, rows, times FROM _read LIMIT 1"));
    assert_true(try("reads", "INSERT INTO _read SELECT device, 99, 0, hour, person, command, tbl,"
                             " record, fields, rows, times FROM _read LIMIT 1"));
    assert_true(try("reads", "INSERT INTO _read_batch SELECT device, 99, hash, batch, signature,"
                             " received_ms FROM _read_batch LIMIT 1"));
    assert_true(try("fork", "UPDATE _fork SET cose = (SELECT cose FROM changeset LIMIT 1)"));
    assert_true(try("fork", "UPDATE _fork SET admitted = id"));
    assert_true(try("fork", "UPDATE _fork SET device = x'00'"));
    assert_true(try("fork", "UPDATE _fork SET cose = x'00'"));
    assert_int_equal(audit(NULL).others, 0);
}

/* Read when the county is opened. */
static void whose_county_it_is(void **state)
{
    (void)state;
    const char *const code = county.srv->code, *const authority = county.srv->authority;
    county.srv->code = "622925000000";
    assert_int_equal(audit("setting").named, 1);
    county.srv->code = "";
    assert_int_equal(audit("setting").named, 1);
    county.srv->code = code;
    county.srv->authority = "elsewhere.example";
    assert_int_equal(audit("setting").named, 1);
    county.srv->authority = authority;
    assert_int_equal(audit(NULL).others, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_is_found),
        cmocka_unit_test(rows_that_are_gone_or_put_in_are_found),
        cmocka_unit_test(whose_county_it_is),
    };
    crypto_init();
    return cmocka_run_group_tests(tests, begin, end);
}
