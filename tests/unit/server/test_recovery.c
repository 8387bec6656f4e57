/* SPDX-License-Identifier: MulanPSL-2.0 */
/* recovery: a county knows what it signed (heads), and takes back only that. */
#include "tests/unit/server/support.h"

#include <unistd.h>

#include "server/core/recovery.h"
#include "shared/base/file.h"
#include "shared/db/give.h"
#include "shared/db/tree.h"

/* Two lives of one county: `then` is a copy of `now`'s folder, made after two leaves of the
 * village.
 */
struct lives {
    struct county_fixture now, then;
    struct desk_keys desk;
    struct arena arena;
};

static void copy_key(const char *from, const char *to, const char *name)
{
    char *a = file_join(from, name), *b = file_join(to, name);
    struct buf bytes;
    assert_ok(file_read(a, 4096, &bytes, &err));
    assert_ok(file_replace(b, buf_slice(&bytes), 0600, &err));
    buf_release(&bytes);
    mem_free(a);
    mem_free(b);
}

static void copy_county(struct county_fixture *from, struct county_fixture *to)
{
    static const char *const keys[] = {"registrar.key", "log.key", "id.key", "nonce.key"};
    struct stmt *stmt = NULL;
    strcpy(to->folder, "county.XXXXXX");
    CHECK(mkdtemp(to->folder) != NULL);
    char *path = file_join(to->folder, "huced.db");
    assert_ok(db_prepare(from->srv->db, slice_str("VACUUM INTO ?1"), &stmt, &err));
    bind_str(stmt, 1, path);
    assert_ok(stmt_run(stmt, &err));
    stmt_release(stmt);
    mem_free(path);
    for (size_t i = 0; i < ARRAY_LENGTH(keys); i++)
        copy_key(from->folder, to->folder, keys[i]);
}

static enum status save(struct lives *l, struct server *srv, struct error *err)
{
    struct slice segment = desk_write(&l->desk, srv, VILLAGE, 1, SEGMENT_SHORT, &l->arena, NULL);
    struct request_ledger part = {.segments = &segment, .segment_count = 1};
    struct sync_request request = {1, &part, 1024 * 1024};
    struct sync_answer answer;
    struct hash empty;
    uint64_t admitted;
    assert_true(origin_make("guanghe.example", VILLAGE, &part.origin));
    hash_bytes(SLICE_NONE, &empty);
    memcpy(part.root8, empty.b, sizeof(part.root8));
    enum status st = admission_sync(srv, sign_key_kid(l->desk.device), &request, time_now_ms(),
                                    &l->arena, &answer, &admitted, err);
    if (st == ST_OK)
        assert_int_equal(admitted, 1);
    return st;
}

static int begin(void **state)
{
    struct lives *l = calloc(1, sizeof(*l));
    diag_set_level(DIAG_ERROR);
    county_open(&l->now);
    desk_make(&l->desk, 7);
    desk_join(&l->desk, l->now.srv, "village", VILLAGE);
    assert_ok(save(l, l->now.srv, &err));
    assert_ok(save(l, l->now.srv, &err));
    copy_county(&l->now, &l->then);
    for (size_t i = 0; i < 4; i++)
        assert_ok(save(l, l->now.srv, &err));
    assert_ok(server_open(l->then.folder, &l->then.srv, &err));
    *state = l;
    return 0;
}

static int end(void **state)
{
    struct lives *l = *state;
    desk_drop(&l->desk);
    county_close(&l->now);
    county_close(&l->then);
    arena_release(&l->arena);
    free(l);
    return 0;
}

static struct ledger *village(struct server *srv)
{
    struct ledger *ledger = replica_ledger_named(srv->rep, VILLAGE);
    assert_non_null(ledger);
    return ledger;
}

/* What a desk with all of `now` hands over: `count` leaves from `from` on. */
static struct handback hand(struct lives *l, uint64_t from, uint64_t count,
                            struct answer_ledger *part)
{
    struct replica *rep = l->now.srv->rep;
    struct ledger *ledger = village(l->now.srv);
    struct handback message = {.shown = {1, part}};
    struct give_room room = {.left = 1024 * 1024};
    *part = (struct answer_ledger){.origin = ledger->origin};
    part->checkpoint = replica_checkpoint(rep, ledger, &l->arena);
    if (count > 0)
        assert_ok(give_leaves(rep, ledger, from, NULL, NULL, &l->arena, part, &room, &err));
    if (part->leaf_count > count)
        part->leaf_count = count;
    if (count > 0)
        assert_ok(tree_prove_consistency(rep, ledger, NULL, from + count, ledger->tree.size,
                                         &message.proof, &err));
    return message;
}

static enum status take(struct lives *l, const struct handback *message, bool known,
                        struct handback_answer *answer, struct error *err)
{
    uint64_t taken;
    return recovery_take(l->then.srv, message, known ? sign_key_kid(l->desk.device) : NULL,
                         time_now_ms(), &l->arena, answer, &taken, err);
}

static void a_backup_admits_nothing(void **state)
{
    struct lives *l = *state;
    bool added;
    assert_true(server_recovering(l->then.srv));
    assert_false(server_recovering(l->now.srv));
    assert_int_equal(save(l, l->then.srv, NULL), ST_WAIT);
    assert_ok(server_begin(l->then.srv, &err));
    assert_ok(divisions_add_ledger(l->then.srv, "622924101003", &added, &err));
    server_rollback(l->then.srv);
    assert_int_equal(village(l->then.srv)->tree.size, 2);
    /* Also after another start: the file remembers. */
    server_close(l->then.srv);
    assert_ok(server_open(l->then.folder, &l->then.srv, &err));
    assert_true(server_recovering(l->then.srv));
    assert_ok(recovery_confirm(l->then.srv, time_now_ms(), &err));
    assert_false(server_recovering(l->then.srv));
    server_close(l->then.srv);
    assert_ok(server_open(l->then.folder, &l->then.srv, &err));
    assert_false(server_recovering(l->then.srv));
}

static void a_longer_head_is_missed_and_brought_back(void **state)
{
    struct lives *l = *state;
    struct handback_answer answer;
    struct answer_ledger part;
    struct handback message = hand(l, 0, 0, &part);
    assert_ok(take(l, &message, false, &answer, &err));
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.lacks[0].size, 2);
    assert_int_equal(recovery_confirm(l->then.srv, time_now_ms(), NULL), ST_REFUSED);

    message = hand(l, 2, 1, &part); /* in pieces, each proven by itself */
    assert_ok(take(l, &message, false, &answer, &err));
    assert_int_equal(answer.lacks[0].size, 3);
    assert_true(l->then.srv->heads.behind);
    message = hand(l, 3, 3, &part);
    assert_ok(take(l, &message, true, &answer, &err));
    assert_int_equal(answer.count, 0);
    assert_false(answer.recovering); /* the only desk has been heard, and nothing is missing */
    assert_true(hash_equal(&village(l->then.srv)->root, &village(l->now.srv)->root));
    assert_int_equal(village(l->then.srv)->folded, 6);
    struct arena arena = {0};
    assert_true(slice_equal(replica_checkpoint(l->then.srv->rep, village(l->then.srv), &arena),
                            replica_checkpoint(l->now.srv->rep, village(l->now.srv), &arena)));
    arena_release(&arena);
    assert_ok(save(l, l->then.srv, &err));
}

/* Two desks were told at the same time what is missing. */
static void two_desks_bring_the_same(void **state)
{
    struct lives *l = *state;
    struct handback_answer answer;
    struct answer_ledger part, same;
    struct handback message = hand(l, 2, 2, &part), other = hand(l, 2, 4, &same);
    assert_ok(take(l, &message, false, &answer, &err));
    assert_ok(take(l, &other, false, &answer, &err));
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.lacks[0].size, 4); /* and it goes on from there */
    other = hand(l, 4, 2, &same);
    assert_ok(take(l, &other, true, &answer, &err));
    assert_int_equal(answer.count, 0);
    assert_true(hash_equal(&village(l->then.srv)->root, &village(l->now.srv)->root));
}

static void only_what_was_signed_comes_back(void **state)
{
    struct lives *l = *state;
    struct handback_answer answer;
    struct answer_ledger part;
    struct handback message = hand(l, 2, 2, &part);
    message.proof.hashes[0].b[3] ^= 1;
    assert_int_equal(take(l, &message, false, &answer, NULL), ST_INVALID);
    message = hand(l, 2, 4, &part);
    part.leaves[3].admitted_ms++; /* the changesets are right, the last leaf is not */
    assert_int_equal(take(l, &message, false, &answer, NULL), ST_INVALID);
    message = hand(l, 2, 4, &part);
    struct answer_leaf first = part.leaves[0];
    part.leaves[0] = part.leaves[1];
    part.leaves[1] = first;
    assert_int_equal(take(l, &message, false, &answer, NULL), ST_INVALID);
    message = hand(l, 3, 3, &part); /* not where the ledger ends */
    assert_int_equal(take(l, &message, false, &answer, NULL), ST_INVALID);
    message = hand(l, 2, 4, &part);
    part.leaves[2].has_segment = false;
    assert_int_equal(take(l, &message, false, &answer, NULL), ST_INVALID);
    assert_int_equal(village(l->then.srv)->tree.size, 2);
    assert_true(l->then.srv->heads.behind); /* what was shown with them is signed all the same */
}

static void a_head_of_others_is_nothing(void **state)
{
    struct lives *l = *state;
    struct handback_answer answer;
    struct answer_ledger part;
    struct handback message = hand(l, 0, 0, &part);
    uint8_t *text = arena_copy(&l->arena, part.checkpoint.p, part.checkpoint.n);
    text[part.checkpoint.n - 8] ^= 1;
    part.checkpoint = slice_of(text, part.checkpoint.n);
    assert_ok(take(l, &message, true, &answer, &err));
    assert_int_equal(answer.count, 0);
    assert_false(l->then.srv->heads.behind);
    assert_int_equal(recovery_note(l->then.srv, part.checkpoint, NULL), ST_INVALID);
}

/* Both lives go on: what they signed cannot both be. The longer past is not hidden by the shorter.
 */
static void two_histories_are_kept(void **state)
{
    struct lives *l = *state;
    struct handback_answer answer;
    struct answer_ledger part;
    struct handback message = hand(l, 0, 0, &part);
    assert_ok(recovery_confirm(l->then.srv, time_now_ms(), &err)); /* wrongly */
    for (size_t i = 0; i < 5; i++) {
        struct desk_keys other;
        desk_make(&other, (uint8_t)(40 + i));
        desk_join(&other, l->then.srv, "village", VILLAGE);
        struct desk_keys kept = l->desk;
        l->desk = other;
        assert_ok(save(l, l->then.srv, &err));
        l->desk = kept;
        desk_drop(&other);
    }
    assert_int_equal(village(l->then.srv)->tree.size, 7);
    assert_ok(take(l, &message, false, &answer, &err));
    assert_int_equal(answer.count, 0);
    assert_false(answer.recovering);
    char *path = mem_printf("%s/evidence/" VILLAGE "-6.txt", l->then.folder);
    struct buf text;
    assert_ok(file_read(path, 65536, &text, &err));
    assert_non_null(memmem(text.p, text.n, part.checkpoint.p, part.checkpoint.n));
    buf_release(&text);
    mem_free(path);
}

/* The last round was signed and noted, its answer never arrived, and the disk died. */
static void what_nobody_has_is_given_up(void **state)
{
    struct lives *l = *state;
    struct server *second;
    struct handback_answer answer;
    struct answer_ledger part;
    struct handback message = hand(l, 0, 0, &part);
    const struct origin origin = village(l->now.srv)->origin;
    const struct checkpoint head = {origin, 99, {{1}}};
    assert_int_equal(recovery_give_up(l->now.srv, time_now_ms(), NULL), ST_REFUSED);
    assert_ok(server_open(l->now.folder, &second, &err));
    assert_ok(heads_add(&l->now.srv->heads, &head, &err));
    assert_int_equal(recovery_confirm(l->now.srv, time_now_ms(), NULL), ST_REFUSED);
    assert_ok(server_refresh(second, &err));
    assert_true(second->heads.behind);
    assert_ok(recovery_give_up(l->now.srv, time_now_ms(), &err));
    assert_false(l->now.srv->heads.behind);
    assert_true(server_recovering(l->now.srv)); /* until everyone has come */
    assert_int_equal(heads_find(&l->now.srv->heads, &origin)->size, 6);
    assert_ok(server_refresh(second, &err)); /* the service is told too */
    assert_false(second->heads.behind);
    assert_true(server_recovering(second));
    uint64_t taken;
    assert_ok(recovery_take(second, &message, sign_key_kid(l->desk.device), time_now_ms(),
                            &l->arena, &answer, &taken, &err));
    assert_false(answer.recovering);
    assert_ok(server_refresh(l->now.srv, &err));
    assert_false(server_recovering(l->now.srv));
    server_close(second);
}

/* ---- the file ---- */

static struct buf heads_text(const char *folder)
{
    char *path = file_join(folder, "heads");
    struct buf text;
    assert_ok(file_read(path, HEADS_FILE_MAX, &text, &err));
    mem_free(path);
    return text;
}

static void write_heads(const char *folder, struct slice text)
{
    char *path = file_join(folder, "heads");
    assert_ok(file_replace(path, text, 0600, &err));
    mem_free(path);
}

/* Cut at every byte: what is read is what was durable before, and the next line is not swallowed.
 */
static void a_torn_end_is_passed_over(void **state)
{
    struct lives *l = *state;
    struct buf text = heads_text(l->now.folder);
    const struct origin origin = village(l->now.srv)->origin;
    size_t last = text.n - 1;
    while (text.p[last - 1] != '\n')
        last--;
    server_close(l->now.srv);
    for (size_t n = last; n < text.n; n++) {
        struct heads heads;
        write_heads(l->now.folder, slice_of(text.p, n));
        assert_ok(heads_open(&heads, l->now.folder, true, 1, &err));
        assert_int_equal(heads_find(&heads, &origin)->size, 5);
        const struct checkpoint more = {origin, 9, heads_find(&heads, &origin)->root};
        assert_ok(heads_add(&heads, &more, &err));
        heads_release(&heads);
        assert_ok(heads_open(&heads, l->now.folder, true, 1, &err));
        assert_int_equal(heads_find(&heads, &origin)->size, 9);
        heads_release(&heads);
    }
    text.p[last + 20] ^= 1; /* a digit of its name or number */
    write_heads(l->now.folder, buf_slice(&text));
    struct heads heads;
    assert_ok(heads_open(&heads, l->now.folder, true, 1, &err));
    assert_int_equal(heads_find(&heads, &origin)->size, 5);
    heads_release(&heads);
    text.p[last + 20] ^= 1;
    write_heads(l->now.folder, buf_slice(&text));
    buf_release(&text);
    assert_ok(server_open(l->now.folder, &l->now.srv, &err));
    assert_false(server_recovering(l->now.srv));
}

static void another_process_is_noticed(void **state)
{
    struct lives *l = *state;
    struct server *second;
    const struct checkpoint head = {village(l->now.srv)->origin, 99, {{1}}};
    assert_ok(server_open(l->now.folder, &second, &err));
    assert_ok(heads_add(&second->heads, &head, &err));
    assert_false(server_recovering(l->now.srv));
    assert_ok(server_refresh(l->now.srv, &err));
    assert_true(server_recovering(l->now.srv));
    server_close(second);
}

/* Also when it was another process that committed: what is read may be shown. */
static void what_is_shown_is_noted(void **state)
{
    struct lives *l = *state;
    struct server *second;
    const struct origin origin = village(l->now.srv)->origin;
    assert_ok(server_open(l->now.folder, &second, &err));
    struct buf before = heads_text(l->now.folder);
    assert_ok(save(l, l->now.srv, &err));
    struct buf after = heads_text(l->now.folder);
    assert_true(after.n > before.n);
    write_heads(l->now.folder, buf_slice(&before)); /* as if it had been killed before */
    assert_ok(server_refresh(second, &err));
    assert_int_equal(heads_find(&second->heads, &origin)->size, 7);
    struct buf noted = heads_text(l->now.folder);
    assert_int_equal(noted.n, after.n);
    buf_release(&before);
    buf_release(&after);
    buf_release(&noted);
    server_close(second);
}

/* ---- messages ---- */

static void messages_travel(void **state)
{
    struct lives *l = *state;
    struct answer_ledger part;
    struct handback message = hand(l, 2, 3, &part), read;
    struct handback_lack lack = {.origin = part.origin, .size = 7, .root8 = {1, 2}};
    struct handback_answer answer = {true, 1, &lack}, back;
    struct buf bytes;
    buf_init(&bytes, MESSAGE_MAX);
    handback_write(&message, &bytes);
    assert_true(buf_ok(&bytes));
    assert_ok(handback_read(buf_slice(&bytes), &l->arena, &read, &err));
    assert_int_equal(read.shown.ledgers[0].leaf_count, 3);
    assert_int_equal(read.proof.count, message.proof.count);
    for (size_t n = 0; n < bytes.n; n += 7)
        assert_int_not_equal(handback_read(slice_of(bytes.p, n), &l->arena, &read, NULL), ST_OK);
    buf_clear(&bytes);
    handback_answer_write(&answer, &bytes);
    assert_ok(handback_answer_read(buf_slice(&bytes), &l->arena, &back, &err));
    assert_true(back.recovering && back.count == 1 && back.lacks[0].size == 7);
    assert_int_equal(back.lacks[0].checkpoint.n, 0);
    for (size_t n = 0; n < bytes.n; n++)
        assert_int_not_equal(handback_answer_read(slice_of(bytes.p, n), &l->arena, &back, NULL),
                             ST_OK);
    buf_release(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_backup_admits_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_longer_head_is_missed_and_brought_back, begin, end),
        cmocka_unit_test_setup_teardown(two_desks_bring_the_same, begin, end),
        cmocka_unit_test_setup_teardown(only_what_was_signed_comes_back, begin, end),
        cmocka_unit_test_setup_teardown(a_head_of_others_is_nothing, begin, end),
        cmocka_unit_test_setup_teardown(two_histories_are_kept, begin, end),
        cmocka_unit_test_setup_teardown(what_nobody_has_is_given_up, begin, end),
        cmocka_unit_test_setup_teardown(a_torn_end_is_passed_over, begin, end),
        cmocka_unit_test_setup_teardown(another_process_is_noticed, begin, end),
        cmocka_unit_test_setup_teardown(what_is_shown_is_noted, begin, end),
        cmocka_unit_test_setup_teardown(messages_travel, begin, end),
    };
    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
