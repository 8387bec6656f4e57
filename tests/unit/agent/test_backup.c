/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * backup: the file of a copy says what was put into it or nothing; a desk that is put back to an
 * older disk gets from its copy what it had forgotten, under the names that it had, and what it
 * says afterwards is on another chain.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "agent/core/backup.h"
#include "agent/core/backup_file.h"
#include "agent/core/fork.h"
#include "agent/core/given.h"
#include "agent/core/save.h"
#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/codec/hex.h"
#include "tests/harness/assert_ok.h"
#include "tests/harness/folder.h"
#include "tests/harness/world.h"

#define VILLAGE "622924101001"

static const char catalog_text[] =
    "INSERT INTO migration(number, name) VALUES (1, 'shops');"
    "INSERT INTO tables(no, name, zh, title) VALUES (1, 'shop', '店', 'name');"
    "INSERT INTO fields(tbl, no, name, zh, type, policy) VALUES"
    " ('shop', 1, 'name', '名', 'text', 'lww');";

/* ---- the frozen bytes ---- */

static const char *member(const json_t *v, const char *name)
{
    const char *text = json_string_value(json_object_get(v, name));
    if (!text)
        fail_msg("the vectors have no %s", name);
    return text;
}

/* Into buf, which is initialised here. */
static struct slice bytes_of(const json_t *v, const char *name, struct buf *buf)
{
    const char *hex = member(v, name);
    uint8_t *bytes = mem_alloc(strlen(hex) / 2);
    buf_init(buf, 65536);
    assert_true(hex_decode(slice_str(hex), bytes, strlen(hex) / 2));
    buf_put(buf, bytes, strlen(hex) / 2);
    mem_free(bytes);
    return buf_slice(buf);
}

static json_t *vectors(void)
{
    const char *top = getenv("HUCE_ROOT");
    char *path = mem_printf("%s/tests/vectors/format-v1.json", top ? top : ".");
    json_t *all = json_load_file(path, 0, NULL);
    assert_non_null(all);
    mem_free(path);
    return all;
}

static void a_frozen_copy_is_read(void **state)
{
    (void)state;
    json_t *all = vectors();
    const json_t *v = json_object_get(all, "copy");
    struct backup_sealed sealed;
    struct backup_opened opened;
    struct arena arena = {0};
    struct sign_public device;
    struct hash kid;
    struct buf file, plain, whole, author, cose;
    buf_init(&plain, BACKUP_MAX);
    assert_ok(backup_file_read(bytes_of(v, "file", &file), &sealed, &err));
    assert_false(sealed.is_sealed);
    assert_ok(backup_file_open(&sealed, NULL, &plain, &arena, &opened, &err));
    assert_true(slice_equal(buf_slice(&plain), bytes_of(v, "signed", &whole)));
    assert_int_equal(bytes_of(v, "author", &author).n, sizeof(device.b));
    memcpy(device.b, author.p, sizeof(device.b));
    sign_kid(&device, &kid);
    assert_true(hash_equal(&kid, &opened.device));
    assert_true(backup_file_signed(&opened, &device));
    assert_int_equal(opened.backup.made_ms, json_integer_value(json_object_get(v, "made_ms")));
    assert_int_equal(opened.backup.ledger_count, 1);
    assert_string_equal(opened.backup.ledgers[0].origin.text, member(v, "ledger"));
    assert_int_equal(opened.backup.ledgers[0].count, 1);
    const struct backup_item *item = &opened.backup.ledgers[0].items[0];
    assert_true(slice_equal(item->cose, bytes_of(v, "changeset", &cose)));
    assert_true(slice_equal(item->salts, slice_str("salts")));
    assert_true(slice_equal(item->columns, slice_str("columns")));
    buf_release(&file);
    buf_release(&plain);
    buf_release(&whole);
    buf_release(&author);
    buf_release(&cose);
    arena_release(&arena);
    json_decref(all);
}

static void a_frozen_note_of_what_was_given_is_read(void **state)
{
    (void)state;
    static struct given_head room[GIVEN_CHAINS_MAX];
    json_t *all = vectors();
    const json_t *v = json_object_get(all, "given"), *heads = json_object_get(v, "heads");
    struct given_heads out = {.heads = room};
    struct buf file, kid, chain, again;
    struct slice bytes = bytes_of(v, "file", &file);
    given_heads_read(bytes, &out);
    assert_int_equal(out.count, json_array_size(heads));
    for (size_t i = 0; i < out.count; i++) {
        const json_t *head = json_array_get(heads, i);
        assert_string_equal(room[i].origin.text, member(head, "origin"));
        assert_true(slice_equal(hash_slice(&room[i].kid), bytes_of(head, "kid", &kid)));
        assert_memory_equal(room[i].chain.b, bytes_of(head, "chain", &chain).p, 8);
        assert_int_equal(room[i].number, json_integer_value(json_object_get(head, "number")));
        buf_release(&kid);
        buf_release(&chain);
    }
    buf_init(&again, 4096);
    given_heads_write(&out, &again);
    assert_true(slice_equal(buf_slice(&again), bytes));
    for (size_t n = 0; n < bytes.n; n++) { /* one that is cut says nothing */
        given_heads_read(slice_of(bytes.p, n), &out);
        assert_int_equal(out.count, 0);
    }
    buf_release(&again);
    buf_release(&file);
    json_decref(all);
}

/* ---- the file ---- */

static struct sign_key *device_key(void)
{
    static const uint8_t seed[32] = {7};
    return sign_key_from_seed(seed);
}

static void write_example(const struct vault *vault, const struct vault_file *file, struct buf *out)
{
    struct backup_item items[2] = {{slice_str("cose"), slice_str("salts"), slice_str("columns")},
                                   {slice_str("c"), slice_str("s"), SLICE_NONE}};
    struct backup_ledger ledger = {.count = 2, .items = items};
    struct backup backup = {.made_ms = 1700000000000, .ledger_count = 1, .ledgers = &ledger};
    struct sign_key *device = device_key();
    assert_true(origin_parse(slice_str("x.example/" VILLAGE), &ledger.origin));
    assert_true(origin_parse(slice_str("x.example/622924000000"), &backup.registry));
    backup_file_write(&backup, device, vault, file, out);
    assert_true(buf_ok(out));
    sign_key_release(device);
}

static enum status open_bytes(struct slice bytes, const struct vault *vault, bool *whole)
{
    struct backup_sealed sealed;
    struct backup_opened opened;
    struct arena arena = {0};
    struct buf plain;
    struct sign_key *device = device_key();
    *whole = false;
    buf_init(&plain, BACKUP_MAX);
    enum status st = backup_file_read(bytes, &sealed, NULL);
    if (st == ST_OK && sealed.is_sealed != (vault != NULL))
        st = ST_REFUSED;
    if (st == ST_OK)
        st = backup_file_open(&sealed, vault, &plain, &arena, &opened, NULL);
    if (st == ST_OK)
        *whole = hash_equal(&opened.device, sign_key_kid(device)) &&
                 backup_file_signed(&opened, sign_key_public(device)) &&
                 opened.backup.made_ms == 1700000000000 && opened.backup.ledger_count == 1 &&
                 opened.backup.ledgers[0].count == 2 &&
                 slice_equal(opened.backup.ledgers[0].items[0].columns, slice_str("columns"));
    sign_key_release(device);
    arena_release(&arena);
    buf_release(&plain);
    return st;
}

/* zstd passes over a bit or two of its frame's head; what they frame is signed. */
#define IDLE_BYTES 3

/* Cut anywhere, or with any byte altered, it is not taken for whole. */
static void assert_strict(struct buf *file, const struct vault *vault)
{
    bool whole;
    size_t idle = 0;
    assert_int_equal(open_bytes(buf_slice(file), vault, &whole), ST_OK);
    assert_true(whole);
    for (size_t n = 0; n < file->n; n++)
        assert_int_equal(open_bytes(slice_of(file->p, n), vault, &whole), ST_INVALID);
    for (size_t i = 0; i < file->n; i++) {
        file->p[i] ^= 0x41;
        (void)open_bytes(buf_slice(file), vault, &whole);
        idle += whole;
        file->p[i] ^= 0x41;
    }
    if (!vault) /* how the vault's key is kept is not signed */
        assert_true(idle <= IDLE_BYTES);
}

static void a_file_is_whole_or_refused(void **state)
{
    struct buf file;
    (void)state;
    buf_init(&file, BACKUP_MAX);
    write_example(NULL, NULL, &file);
    assert_strict(&file, NULL);
    buf_release(&file);
}

static void a_sealed_file_opens_with_its_key_alone(void **state)
{
    static const uint8_t salt[16] = {1};
    struct vault *vault = vault_new(), *other = vault_new();
    struct vault_file how = {.ops = 1, .mem_kib = 8};
    struct buf file;
    bool whole;
    (void)state;
    vault_file_lock_at(&how, vault, slice_str("a passphrase"), salt);
    buf_init(&file, BACKUP_MAX);
    write_example(vault, &how, &file);
    assert_strict(&file, vault);
    assert_int_equal(open_bytes(buf_slice(&file), other, &whole), ST_DAMAGED);
    buf_release(&file);
    vault_release(vault);
    vault_release(other);
}

/* ---- a desk ---- */

struct fixture {
    char folder[32], data[48], image[48], copy[64];
    struct world world;
    struct person person;
    struct ledger *village;
    struct desk *desk;
    struct author author;
    const struct catalog_table *shop;
    struct arena arena;
};

static void reopen(struct fixture *f)
{
    assert_ok(desk_open(f->data, &f->desk, &err));
    f->desk->device = device_key();
}

static int set_up(void **state)
{
    struct fixture *f = mem_zero_alloc(1, sizeof(*f));
    struct world *w = &f->world;
    world_init(w, NULL);
    world_catalog(w, catalog_text);
    world_grant(w, &f->person, 1, "village", VILLAGE);
    f->village = world_ledger(w, VILLAGE);
    f->shop = catalog_table(replica_catalog(w->rep), 1);
    snprintf(f->folder, sizeof(f->folder), "backup.XXXXXX");
    CHECK(mkdtemp(f->folder) != NULL);
    snprintf(f->data, sizeof(f->data), "%s/data", f->folder);
    snprintf(f->image, sizeof(f->image), "%s/image", f->folder);
    snprintf(f->copy, sizeof(f->copy), "%s/copy", f->folder);
    assert_ok(
        desk_create(f->data, &w->rep->registry_origin, sign_key_kid(w->root), &f->desk, &err));
    f->desk->device = device_key();
    world_copy(w, w->rep->registry_ledger, f->desk->rep);
    world_copy(w, f->village, f->desk->rep);
    f->author = (struct author){.kid = *sign_key_kid(f->person.key), .key = f->person.key};
    assert_ok(desk_begin(f->desk, &err));
    struct stmt *stmt = db_stmt(f->desk->db, "INSERT INTO own_person VALUES (?1, 1)");
    bind_blob(stmt, 1, hash_slice(&f->author.kid));
    assert_ok(stmt_run(stmt, &err));
    assert_ok(desk_commit(f->desk, &err));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    desk_close(f->desk);
    sign_key_release(f->person.key);
    arena_release(&f->arena);
    world_release(&f->world);
    remove_folder(f->folder);
    mem_free(f);
    return 0;
}

static void say(struct fixture *f, unsigned shop)
{
    struct record_id id = world_id(shop);
    struct op_field field = {1, value_text(slice_str("店"))};
    struct save *save;
    assert_ok(
        save_begin(f->desk, replica_ledger_named(f->desk->rep, VILLAGE), &f->author, &save, &err));
    assert_ok(save_change(save, world_put(&f->arena, f->shop, &id, &field, 1), &err));
    assert_ok(save_commit(save, &err));
}

static int64_t number(struct fixture *f, const char *sql)
{
    struct stmt *stmt = db_stmt(f->desk->db, sql);
    bool row = false;
    assert_int_equal(stmt_step(stmt, &row, NULL), ST_OK);
    int64_t n = row ? stmt_int(stmt, 0) : -1;
    stmt_reset(stmt);
    return n;
}

static void take_image(struct fixture *f)
{
    char from[80], to[80];
    struct buf bytes;
    desk_close(f->desk);
    snprintf(from, sizeof(from), "%s/desk.db", f->data);
    snprintf(to, sizeof(to), "%s.db", f->image);
    assert_ok(file_read(from, 16 << 20, &bytes, &err));
    assert_ok(file_replace(to, buf_slice(&bytes), 0600, &err));
    buf_release(&bytes);
    reopen(f);
}

/* With what was noted outside the database (given.h), or without. */
static void put_back(struct fixture *f, bool noted)
{
    char from[80], to[80];
    struct buf bytes;
    desk_close(f->desk);
    snprintf(from, sizeof(from), "%s.db", f->image);
    snprintf(to, sizeof(to), "%s/desk.db", f->data);
    assert_ok(file_read(from, 16 << 20, &bytes, &err));
    assert_ok(file_replace(to, buf_slice(&bytes), 0600, &err));
    buf_release(&bytes);
    snprintf(to, sizeof(to), "%s/heads", f->data);
    if (!noted)
        assert_int_equal(remove(to), 0);
    reopen(f);
}

static void back_up(struct fixture *f)
{
    struct backup_written written;
    assert_ok(backup_write(f->desk, f->copy, &written, &err));
    backup_written_release(&written);
}

static void restore(struct fixture *f, size_t brought, size_t here)
{
    struct backup_restored restored;
    assert_ok(backup_restore(f->desk, f->copy, NULL, &restored, &err));
    assert_int_equal(restored.brought, brought);
    assert_int_equal(restored.here, here);
    assert_int_equal(restored.early + restored.foreign, 0);
}

static void what_was_forgotten_comes_back_as_it_was(void **state)
{
    struct fixture *f = *state;
    say(f, 1);
    back_up(f);
    take_image(f);
    say(f, 2);
    back_up(f);
    put_back(f, false);
    restore(f, 1, 1);
    restore(f, 0, 2);
    assert_int_equal(number(f, "SELECT max(number) FROM changeset WHERE idx IS NULL"), 2);
    say(f, 3);
    assert_false(fork_waits(f->desk, &f->author.kid)); /* it did not take a number of the copy */
    assert_int_equal(number(f, "SELECT count(DISTINCT chain) FROM own_chain"), 2);
}

static void who_has_gone_on_signs_again(void **state)
{
    struct fixture *f = *state;
    size_t healed = 0;
    say(f, 1);
    back_up(f);
    take_image(f);
    say(f, 2);
    back_up(f);
    put_back(f, false);
    say(f, 3);
    restore(f, 1, 1);
    assert_true(fork_waits(f->desk, &f->author.kid));
    assert_ok(fork_heal_all(f->desk, &f->author, &healed, &err));
    assert_int_equal(healed, 1);
    assert_int_equal(number(f, "SELECT count(*) FROM changeset WHERE idx IS NULL"), 3);
    assert_int_equal(number(f, "SELECT count(*) FROM (SELECT 1 FROM changeset WHERE idx IS NULL"
                               " GROUP BY chain, number HAVING count(*) > 1)"),
                     0);
    restore(f, 0, 2);
}

static void what_is_noted_keeps_it_from_used_numbers(void **state)
{
    struct fixture *f = *state;
    say(f, 1);
    back_up(f);
    take_image(f);
    say(f, 2);
    back_up(f);
    put_back(f, true);
    assert_true(given_is_behind(f->desk));
    say(f, 3);
    assert_int_equal(number(f, "SELECT count(DISTINCT chain) FROM own_chain"), 2);
    restore(f, 1, 1);
    assert_false(fork_waits(f->desk, &f->author.kid));
    assert_ok(given_settle(f->desk, &err));
    desk_close(f->desk);
    reopen(f);
    assert_false(given_is_behind(f->desk));
}

static void the_remembered_place_is_as_new_as_the_last_save(void **state)
{
    struct fixture *f = *state;
    struct backup_state now;
    bool wrote;
    assert_ok(backup_remember(f->desk, f->folder, &err));
    say(f, 1);
    backup_state(f->desk, &now);
    assert_false(now.current);
    mem_free(now.place);
    assert_ok(backup_keep(f->desk, &wrote, &err));
    assert_true(wrote);
    assert_ok(backup_keep(f->desk, &wrote, &err));
    assert_false(wrote);
    backup_state(f->desk, &now);
    assert_true(now.current && file_exists(now.place));
    remove(now.place);
    mem_free(now.place);
    assert_ok(backup_keep(f->desk, &wrote, &err));
    assert_true(wrote);
    assert_ok(backup_remember(f->desk, NULL, &err));
    say(f, 2);
    assert_ok(backup_keep(f->desk, &wrote, &err));
    assert_false(wrote);
}

int main(void)
{
    crypto_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frozen_copy_is_read),
        cmocka_unit_test(a_frozen_note_of_what_was_given_is_read),
        cmocka_unit_test(a_file_is_whole_or_refused),
        cmocka_unit_test(a_sealed_file_opens_with_its_key_alone),
        cmocka_unit_test_setup_teardown(what_was_forgotten_comes_back_as_it_was, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_has_gone_on_signs_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_noted_keeps_it_from_used_numbers, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_remembered_place_is_as_new_as_the_last_save, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
