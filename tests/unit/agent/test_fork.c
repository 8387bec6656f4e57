/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * fork: a desk in a temporary folder is put back to a copy of some time ago and goes on, while the
 * county has what it did in between. Two people work at it; two others make the conflicts that they
 * decide. What was signed again says what the old said: in the same order, on the same base, and of
 * the same changes.
 */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "agent/core/edit.h"
#include "agent/core/fork.h"
#include "agent/core/save.h"
#include "agent/core/view.h"
#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/db/erasure.h"
#include "tests/harness/assert_ok.h"
#include "tests/harness/folder.h"
#include "tests/harness/world.h"

#define VILLAGE "622924101001"
#define FILE_BYTES_MAX ((size_t)16 * 1024 * 1024)

enum { SHOP = 1, F_NAME = 1, F_OWNER = 2 };

static const char catalog_text[] =
    "INSERT INTO migration(number, name) VALUES (1, 'shops');"
    "INSERT INTO tables(no, name, zh, title) VALUES (1, 'shop', '店', 'name');"
    "INSERT INTO fields(tbl, no, name, zh, type, policy) VALUES"
    " ('shop', 1, 'name', '名', 'text', 'lww'), ('shop', 2, 'owner', '主', 'text', 'review');";

enum { HERE, ALSO_HERE, THERE, ALSO_THERE, PEOPLE };

struct fixture {
    char folder[32], data[48], image[48];
    struct world world;
    struct person people[PEOPLE];
    struct ledger *village; /* the county's */
    struct desk *desk;
    struct author author[2];
    const struct catalog_table *shop;
    struct arena arena;
};

static const char *copy_from, *copy_to;

static int copy_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    char to[256];
    struct buf bytes;
    (void)about, (void)where;
    snprintf(to, sizeof(to), "%s%s", copy_to, path + strlen(copy_from));
    if (kind == FTW_D)
        return mkdir(to, 0700);
    assert_ok(file_read(path, FILE_BYTES_MAX, &bytes, &err));
    assert_ok(file_replace(to, buf_slice(&bytes), 0600, &err));
    buf_release(&bytes);
    return 0;
}

static void copy_folder(const char *from, const char *to)
{
    copy_from = from;
    copy_to = to;
    (void)nftw(to, remove_entry, 8, FTW_DEPTH | FTW_PHYS); /* may not be there */
    CHECK(nftw(from, copy_one, 8, FTW_PHYS) == 0);
}

static void copy_to_desk(struct fixture *f)
{
    world_copy(&f->world, f->world.rep->registry_ledger, f->desk->rep);
    world_copy(&f->world, f->village, f->desk->rep);
    f->shop = catalog_table(replica_catalog(f->world.rep), SHOP);
}

/* Two shops; of each, two people elsewhere have said at once who owns it. */
static void make_conflicts(struct fixture *f)
{
    static const char *const owners[] = {"甲", "乙", "丙"};
    for (unsigned n = 0; n < 6; n++) {
        struct record_id id = world_id(n % 2);
        unsigned round = n / 2;
        struct op_field field = {F_OWNER, value_text(slice_str(owners[round]))};
        struct slice body = world_put(&f->arena, f->shop, &id, &field, 1);
        struct made made;
        world_make(&f->world, f->village, &f->people[round == 1 ? THERE : ALSO_THERE],
                   round ? 2 : n, &body, 1, &f->arena, &made);
        world_admit(&f->world, f->village, &made);
    }
}

static int set_up(void **state)
{
    struct fixture *f = mem_zero_alloc(1, sizeof(*f));
    struct world *w = &f->world;
    world_init(w, NULL);
    world_catalog(w, catalog_text);
    for (unsigned i = 0; i < PEOPLE; i++)
        world_grant(w, &f->people[i], 1 + i, "village", VILLAGE);
    f->village = world_ledger(w, VILLAGE);
    f->shop = catalog_table(replica_catalog(w->rep), SHOP);
    make_conflicts(f);
    snprintf(f->folder, sizeof(f->folder), "fork.XXXXXX");
    CHECK(mkdtemp(f->folder) != NULL);
    snprintf(f->data, sizeof(f->data), "%s/data", f->folder);
    snprintf(f->image, sizeof(f->image), "%s/image", f->folder);
    assert_ok(
        desk_create(f->data, &w->rep->registry_origin, sign_key_kid(w->root), &f->desk, &err));
    copy_to_desk(f);
    for (int i = 0; i < 2; i++)
        f->author[i] =
            (struct author){.kid = *sign_key_kid(f->people[i].key), .key = f->people[i].key};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    desk_close(f->desk);
    for (int i = 0; i < PEOPLE; i++)
        sign_key_release(f->people[i].key);
    arena_release(&f->arena);
    world_release(&f->world);
    remove_folder(f->folder);
    mem_free(f);
    return 0;
}

/* ---- at the desk ---- */

static struct ledger *here(struct fixture *f)
{
    return replica_ledger_named(f->desk->rep, VILLAGE);
}

static void save_body(struct fixture *f, int who, struct slice body)
{
    struct save *save;
    assert_ok(save_begin(f->desk, here(f), &f->author[who], &save, &err));
    assert_ok(save_change(save, body, &err));
    assert_ok(save_commit(save, &err));
}

static void say(struct fixture *f, int who, unsigned shop, uint32_t no, const char *text)
{
    struct record_id id = world_id(shop);
    struct op_field field = {no, value_text(slice_str(text))};
    save_body(f, who, world_put(&f->arena, f->shop, &id, &field, 1));
}

static struct record_state record(struct replica *rep, struct ledger *ledger, unsigned shop,
                                  struct arena *arena)
{
    struct record_id id = world_id(shop);
    struct record_state out;
    assert_ok(materialise_load(rep, ledger, catalog_table(replica_catalog(rep), SHOP), &id, arena,
                               &out, &err));
    return out;
}

/* All candidates are named; the last one is taken. */
static void decide(struct fixture *f, int who, unsigned shop)
{
    assert_ok(view_settle(f->desk, &err)); /* what is open has no name yet */
    struct record_state r = record(f->desk->rep, here(f), shop, &f->arena);
    const struct field_state *owner = &r.fields[F_OWNER];
    struct editor *editor;
    struct buf body;
    assert_true(owner->conflict);
    assert_int_equal(owner->claim_count, 3);
    assert_ok(desk_author_renew(f->desk, &f->author[who], &err));
    assert_ok(editor_open(f->desk, here(f), &f->author[who], false, &editor, &err));
    assert_ok(edit_resolve(editor, &r, F_OWNER, &owner->claims[2], NULL, slice_str("看过执照"),
                           &body, &err));
    editor_close(editor);
    save_body(f, who, buf_slice(&body));
    buf_release(&body);
}

static void assert_decided(struct replica *rep, struct ledger *ledger, unsigned shop,
                           const char *owner)
{
    struct arena arena = {0};
    struct record_state r = record(rep, ledger, shop, &arena);
    assert_false(r.fields[F_OWNER].conflict);
    assert_int_equal(r.fields[F_OWNER].claim_count, 1);
    assert_true(slice_equal(r.fields[F_OWNER].value.s, slice_str(owner)));
    arena_release(&arena);
}

static int64_t number(struct desk *desk, const char *sql)
{
    struct stmt *stmt = db_stmt(desk->db, sql);
    bool row = false;
    assert_int_equal(stmt_step(stmt, &row, NULL), ST_OK);
    int64_t n = row ? stmt_int(stmt, 0) : -1;
    stmt_reset(stmt);
    return n;
}

static int64_t waiting(struct fixture *f)
{
    return number(f->desk, "SELECT count(*) FROM changeset WHERE idx IS NULL");
}

struct delivery {
    struct fixture *f;
    size_t count;
};

static struct slice keep(struct fixture *f, struct slice bytes)
{
    return slice_of(arena_copy(&f->arena, bytes.p, bytes.n), bytes.n);
}

static bool deliver_one(void *arg, const struct stored_changeset *stored)
{
    struct delivery *d = arg;
    struct fixture *f = d->f;
    struct segment_known known;
    struct made made;
    replica_known(f->world.rep, f->village, &known);
    made.columns = keep(f, stored->columns);
    assert_ok(segment_load(keep(f, stored->cose), keep(f, stored->salts), made.columns,
                           &known.index, &f->arena, &made.segment, &err));
    made.segment.id = stored->id;
    world_admit(&f->world, f->village, &made);
    d->count++;
    return true;
}

/* Everything that waits here gets a leaf at the county. */
static size_t deliver(struct fixture *f)
{
    struct delivery d = {.f = f};
    assert_ok(desk_begin(f->desk, &err));
    assert_ok(save_close_all(f->desk, NULL, &err));
    assert_ok(desk_commit(f->desk, &err));
    assert_ok(replica_each_unadmitted(f->desk->rep, here(f), deliver_one, &d, &err));
    return d.count;
}

static void take_image(struct fixture *f)
{
    desk_close(f->desk);
    copy_folder(f->data, f->image);
    assert_ok(desk_open(f->data, &f->desk, &err));
}

static void put_back(struct fixture *f)
{
    desk_close(f->desk);
    copy_folder(f->image, f->data);
    assert_ok(desk_open(f->data, &f->desk, &err));
}

static size_t heal(struct fixture *f, int who)
{
    size_t healed = 0;
    assert_ok(fork_heal_all(f->desk, &f->author[who], &healed, &err));
    return healed;
}

/* The first branch is one changeset: what was open when the image was made, and one change more. */
static void split(struct fixture *f)
{
    say(f, HERE, 5, F_NAME, "两边都有");
    take_image(f);
    say(f, HERE, 5, F_NAME, "先送到的");
    assert_int_equal(deliver(f), 1);
    put_back(f);
}

/* ---- what must hold ---- */

static void nothing_is_lost_and_nothing_said_twice(void **state)
{
    struct fixture *f = *state;
    split(f);
    say(f, HERE, 6, F_NAME, "后来的");
    say(f, ALSO_HERE, 7, F_NAME, "旁人的");
    say(f, HERE, 6, F_NAME, "再后来的");
    copy_to_desk(f);
    assert_int_equal(heal(f, ALSO_HERE), 0); /* what it stands on comes first */
    assert_false(fork_waits(f->desk, &f->author[ALSO_HERE].kid));
    assert_true(fork_waits(f->desk, &f->author[HERE].kid));
    assert_int_equal(heal(f, HERE), 1);
    assert_true(fork_waits(f->desk, &f->author[ALSO_HERE].kid));
    assert_int_equal(heal(f, HERE), 0); /* the second of HERE stands on that */
    assert_int_equal(heal(f, ALSO_HERE), 1);
    assert_int_equal(heal(f, HERE), 1);
    assert_int_equal(heal(f, HERE), 0);
    assert_int_equal(number(f->desk, "SELECT count(*) FROM forked"), 3);
    assert_int_equal(waiting(f), 3);
    size_t before = (size_t)f->village->tree.size;
    assert_int_equal(deliver(f), 3);
    assert_int_equal(f->village->tree.size, before + 3);
    copy_to_desk(f);
    assert_int_equal(waiting(f), 0);
    assert_false(fork_waits(f->desk, &f->author[HERE].kid));
    for (unsigned shop = 5; shop < 8; shop++) {
        static const char *const names[] = {"先送到的", "再后来的", "旁人的"};
        struct record_state r = record(f->world.rep, f->village, shop, &f->arena);
        assert_true(slice_equal(r.fields[F_NAME].value.s, slice_str(names[shop - 5])));
    }
    /* what both branches have stands once: three changes of HERE besides those two */
    assert_int_equal(number(f->desk, "SELECT sum(count) FROM changeset WHERE ledger ="
                                     " (SELECT no FROM ledger WHERE origin LIKE '%" VILLAGE "')"),
                     6 + 2 + 3);
}

/* The same bytes, not a second changeset. */
static void who_is_put_back_twice_says_the_same(void **state)
{
    struct fixture *f = *state;
    split(f);
    say(f, HERE, 6, F_NAME, "后来的");
    take_image(f);
    copy_to_desk(f);
    assert_int_equal(heal(f, HERE), 1);
    assert_int_equal(deliver(f), 1);
    put_back(f);
    copy_to_desk(f);
    assert_int_equal(heal(f, HERE), 1);
    assert_int_equal(waiting(f), 0);
    assert_int_equal(number(f->desk, "SELECT count(*) FROM forked"), 1);
    struct record_state r = record(f->desk->rep, here(f), 6, &f->arena);
    assert_int_equal(r.fields[F_NAME].claim_count, 1);
}

/* Each changeset has a chain of its own now, and names the one it followed. */
static void who_went_on_has_still_seen_what_he_said_before(void **state)
{
    struct fixture *f = *state;
    split(f);
    say(f, HERE, 8, F_OWNER, "丁");
    assert_ok(view_settle(f->desk, &err));
    say(f, HERE, 8, F_OWNER, "戊");
    copy_to_desk(f);
    assert_int_equal(heal(f, HERE), 2);
    assert_decided(f->desk->rep, here(f), 8, "戊");
    assert_int_equal(deliver(f), 2);
    assert_decided(f->world.rep, f->village, 8, "戊");
}

/* A decision takes out what it named: leaves, a change of the same chain, a change of another's. */
static void decisions_follow_what_was_signed_again(void **state)
{
    struct fixture *f = *state;
    split(f);
    say(f, HERE, 0, F_OWNER, "丁");
    say(f, HERE, 1, F_OWNER, "戊");
    decide(f, HERE, 0);
    decide(f, ALSO_HERE, 1);
    copy_to_desk(f);
    assert_int_equal(heal(f, HERE), 2);
    assert_int_equal(heal(f, ALSO_HERE), 1);
    assert_decided(f->desk->rep, here(f), 0, "丁");
    assert_decided(f->desk->rep, here(f), 1, "戊");
    assert_int_equal(deliver(f), 3);
    assert_decided(f->world.rep, f->village, 0, "丁");
    assert_decided(f->world.rep, f->village, 1, "戊");
    copy_to_desk(f);
    assert_decided(f->desk->rep, here(f), 1, "戊");
}

/* What the first branch said with the same number is another change, and keeps its name. */
static void a_decision_about_the_other_branch_means_the_other_branch(void **state)
{
    struct fixture *f = *state;
    say(f, HERE, 5, F_NAME, "两边都有");
    take_image(f);
    say(f, HERE, 0, F_OWNER, "先");
    assert_int_equal(deliver(f), 1);
    put_back(f);
    say(f, HERE, 6, F_NAME, "后来的"); /* has that number, too */
    copy_to_desk(f);                   /* before anybody has healed anything */
    decide(f, ALSO_HERE, 0);
    assert_int_equal(heal(f, HERE), 1);
    assert_int_equal(heal(f, ALSO_HERE), 1);
    assert_int_equal(deliver(f), 2);
    assert_decided(f->world.rep, f->village, 0, "先");
}

/* A registrar has the first change of this leaf destroyed. */
static void erase(struct fixture *f, uint64_t leaf)
{
    struct person registrar = {.key = f->world.registrar, .head = {.chain = {{9}}}};
    struct slice op;
    struct made made;
    struct buf body;
    assert_ok(erasure_draft(f->world.rep, f->village, leaf, 0, &f->arena, &op, &err));
    buf_init(&body, 64 * 1024);
    op_body_begin(&body, 1);
    buf_put_slice(&body, op);
    op_body_end(&body, slice_str("依申请"));
    struct slice bytes = keep(f, buf_slice(&body));
    world_make(&f->world, f->village, &registrar, f->village->tree.size, &bytes, 1, &f->arena,
               &made);
    world_admit(&f->world, f->village, &made);
    buf_release(&body);
}

/* Does any file of the data folder hold these bytes? */
static const char *sought;
static bool found_anywhere;
static int look_into(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    struct buf bytes;
    (void)about, (void)where;
    if (kind != FTW_F)
        return 0;
    assert_ok(file_read(path, FILE_BYTES_MAX, &bytes, &err));
    found_anywhere |= memmem(bytes.p, bytes.n, sought, strlen(sought)) != NULL;
    buf_release(&bytes);
    return 0;
}

static bool is_in_folder(struct fixture *f, const char *text)
{
    desk_close(f->desk); /* the log goes into the file */
    sought = text;
    found_anywhere = false;
    CHECK(nftw(f->data, look_into, 8, FTW_PHYS) == 0);
    assert_ok(desk_open(f->data, &f->desk, &err));
    return found_anywhere;
}

/* What both branches have was destroyed where it was admitted. It is not said again with what is
 * signed again, nor does this desk keep what only it still had. */
static void what_was_erased_meanwhile_is_not_said_again(void **state)
{
    static const char secret[] = "QZ7781-both-branches";
    struct fixture *f = *state;
    say(f, HERE, 5, F_NAME, secret);
    take_image(f);
    say(f, HERE, 6, F_NAME, "先送到的");
    assert_int_equal(deliver(f), 1);
    erase(f, f->village->tree.size - 1);
    put_back(f);
    say(f, HERE, 7, F_NAME, "后来的");
    assert_true(is_in_folder(f, secret));
    copy_to_desk(f);
    assert_int_equal(heal(f, HERE), 1);
    assert_int_equal(waiting(f), 1);
    assert_false(is_in_folder(f, secret));
    assert_int_equal(deliver(f), 1);
    struct record_state r = record(f->world.rep, f->village, 5, &f->arena);
    assert_int_equal(r.fields[F_NAME].value.kind, VALUE_ERASED);
    r = record(f->world.rep, f->village, 7, &f->arena);
    assert_true(slice_equal(r.fields[F_NAME].value.s, slice_str("后来的")));
    copy_to_desk(f);
    assert_false(is_in_folder(f, secret));
    r = record(f->desk->rep, here(f), 5, &f->arena);
    assert_int_equal(r.fields[F_NAME].value.kind, VALUE_ERASED);
    assert_int_equal(heal(f, HERE), 0);
}

int main(void)
{
    crypto_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_lost_and_nothing_said_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_put_back_twice_says_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_went_on_has_still_seen_what_he_said_before, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(decisions_follow_what_was_signed_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_erased_meanwhile_is_not_said_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_decision_about_the_other_branch_means_the_other_branch,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
