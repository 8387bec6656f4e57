/* SPDX-License-Identifier: MulanPSL-2.0 */
/* given: see given.h. The file: FORMAT.md §10c. */
#include "agent/core/given.h"

#include "agent/core/backup.h"
#include "agent/core/save.h"
#include "shared/base/diag.h"
#include "shared/base/file.h"
#include "shared/codec/cbor.h"

#define MAGIC "huce-heads"
#define VERSION 1
#define BEHIND "behind" /* setting: not settled yet */

static void heads_new(struct given_heads *out, struct arena *arena)
{
    out->count = 0;
    out->heads = arena_alloc(arena, GIVEN_CHAINS_MAX * sizeof(*out->heads));
}

/* ---- the file ---- */

void given_heads_write(const struct given_heads *all, struct buf *out)
{
    cbor_put_array(out, 3);
    cbor_put_str(out, MAGIC);
    cbor_put_uint(out, VERSION);
    cbor_put_array(out, all->count);
    for (size_t i = 0; i < all->count; i++) {
        const struct given_head *head = &all->heads[i];
        cbor_put_array(out, 4);
        cbor_put_str(out, head->origin.text);
        cbor_put_bytes(out, hash_slice(&head->kid));
        cbor_put_bytes(out, slice_of(head->chain.b, sizeof(head->chain.b)));
        cbor_put_uint(out, head->number);
    }
}

void given_heads_read(struct slice bytes, struct given_heads *out)
{
    struct cbor_reader r;
    cbor_reader_init(&r, bytes, "heads");
    cbor_expect_array(&r, 3);
    struct slice magic = cbor_read_text(&r, 16);
    uint64_t version = cbor_read_uint(&r);
    size_t n = cbor_read_array(&r, GIVEN_CHAINS_MAX);
    for (size_t i = 0; i < n && cbor_ok(&r); i++) {
        struct given_head *head = &out->heads[i];
        cbor_expect_array(&r, 4);
        if (!origin_parse(cbor_read_text(&r, ORIGIN_MAX), &head->origin))
            cbor_fail(&r, "not an origin");
        cbor_read_fixed(&r, head->kid.b, HASH_SIZE);
        cbor_read_fixed(&r, head->chain.b, sizeof(head->chain.b));
        head->number = cbor_read_uint_max(&r, INT64_MAX);
    }
    bool good =
        cbor_end(&r, NULL) == ST_OK && version == VERSION && slice_equal(magic, slice_str(MAGIC));
    out->count = good ? n : 0;
}

static void load(struct desk *desk, const char *path, struct given_heads *out)
{
    struct buf bytes;
    struct error why;
    out->count = 0;
    enum status st = given_file_read(desk->vault, path, &bytes, &why);
    if (st == ST_OK)
        given_heads_read(buf_slice(&bytes), out);
    else if (st != ST_NOT_FOUND)
        diag_warn("heads", "%s", why.text);
    buf_release(&bytes);
}

static struct given_head *find(const struct given_heads *all, const struct given_head *head)
{
    for (size_t i = 0; i < all->count; i++)
        if (hash_equal(&all->heads[i].kid, &head->kid) &&
            memcmp(all->heads[i].chain.b, head->chain.b, sizeof(head->chain.b)) == 0 &&
            strcmp(all->heads[i].origin.text, head->origin.text) == 0)
            return &all->heads[i];
    return NULL;
}

static void raise(struct given_heads *all, const struct given_head *head)
{
    struct given_head *here = find(all, head);
    if (here && here->number < head->number)
        here->number = head->number;
    else if (!here && all->count < GIVEN_CHAINS_MAX)
        all->heads[all->count++] = *head;
}

/* ---- the database ---- */

static void read_own(struct desk *desk, struct given_heads *out)
{
    struct stmt *stmt =
        db_stmt(desk->db, "SELECT l.origin, o.kid, o.chain, o.number FROM own_chain o"
                          " JOIN ledger l ON l.no = o.ledger WHERE o.number > 0"
                          " ORDER BY o.no DESC LIMIT ?1");
    bool row = false;
    out->count = 0;
    bind_int(stmt, 1, GIVEN_CHAINS_MAX);
    while (out->count < GIVEN_CHAINS_MAX && stmt_step(stmt, &row, NULL) == ST_OK && row) {
        struct given_head *head = &out->heads[out->count];
        if (!origin_parse(stmt_text(stmt, 0), &head->origin) || stmt_blob(stmt, 1).n != HASH_SIZE ||
            stmt_blob(stmt, 2).n != sizeof(head->chain.b))
            continue;
        memcpy(head->kid.b, stmt_blob(stmt, 1).p, HASH_SIZE);
        memcpy(head->chain.b, stmt_blob(stmt, 2).p, sizeof(head->chain.b));
        head->number = (uint64_t)stmt_int(stmt, 3);
        out->count++;
    }
    stmt_reset(stmt);
}

/* Does the database know that this chain has come so far? Either it has written that itself, though
 * it may have signed it again since, or the county has given it back. */
static bool reaches(struct desk *desk, const struct given_head *head)
{
    struct stmt *stmt =
        db_stmt(desk->db, "SELECT 1 FROM ledger l WHERE l.origin = ?1 AND (EXISTS (SELECT 1"
                          " FROM own_chain o WHERE o.ledger = l.no AND o.kid = ?2 AND o.chain = ?3"
                          " AND o.number >= ?4) OR EXISTS (SELECT 1 FROM chain n JOIN changeset c"
                          " ON c.chain = n.no WHERE n.ledger = l.no AND n.kid = ?2"
                          " AND n.chain = ?3 AND c.number >= ?4))");
    bool row = false;
    bind_str(stmt, 1, head->origin.text);
    bind_blob(stmt, 2, hash_slice(&head->kid));
    bind_blob(stmt, 3, slice_of(head->chain.b, sizeof(head->chain.b)));
    bind_int(stmt, 4, (int64_t)head->number);
    bool found = stmt_step(stmt, &row, NULL) == ST_OK && row;
    stmt_reset(stmt);
    return found;
}

static bool is_ahead(struct desk *desk, const struct given_heads *noted)
{
    for (size_t i = 0; i < noted->count; i++)
        if (!reaches(desk, &noted->heads[i]))
            return true;
    return false;
}

/* ---- looking ---- */

static enum status retire(struct desk *desk, const struct given_heads *noted, struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; st == ST_OK && i < noted->count; i++) {
        const struct given_head *head = &noted->heads[i];
        struct ledger *ledger = replica_ledger(desk->rep, &head->origin);
        if (ledger && !reaches(desk, head))
            st = save_retire_chain(desk, ledger->no, &head->kid, err);
    }
    return st == ST_OK ? desk_set(desk, BEHIND, slice_str("1"), err) : st;
}

static char *path_here(struct desk *desk)
{
    return file_join(desk->folder, "heads");
}

/* NULL: no second place, or not to be reached. */
static char *path_there(struct desk *desk)
{
    char *copy = backup_place(desk);
    char *path = copy ? mem_printf("%s.heads", copy) : NULL;
    mem_free(copy);
    return path;
}

static void load_both(struct desk *desk, struct arena *arena, struct given_heads *out)
{
    struct given_heads there;
    char *here = path_here(desk), *beside = path_there(desk);
    heads_new(out, arena);
    heads_new(&there, arena);
    load(desk, here, out);
    if (beside)
        load(desk, beside, &there);
    for (size_t i = 0; i < there.count; i++)
        raise(out, &there.heads[i]);
    mem_free(beside);
    mem_free(here);
}

bool given_is_behind(struct desk *desk)
{
    struct buf value;
    buf_init(&value, 8);
    bool behind = desk_setting(desk, BEHIND, &value) && value.n;
    buf_release(&value);
    return behind;
}

enum status given_look(struct desk *desk, struct error *err)
{
    struct arena arena = {0};
    struct given_heads noted;
    enum status st = ST_OK;
    load_both(desk, &arena, &noted);
    if (!given_is_behind(desk) && is_ahead(desk, &noted)) {
        st = desk_begin(desk, err);
        if (st == ST_OK)
            st = retire(desk, &noted, err);
        save_forget(desk);
        if (st == ST_OK)
            st = desk_commit(desk, err);
        else
            desk_rollback(desk);
        if (st == ST_OK)
            diag_warn("heads", "the database is older than what has been given away");
    }
    arena_release(&arena);
    return st;
}

/* ---- noting ---- */

static void store(struct desk *desk, const char *path, struct slice bytes)
{
    struct buf now;
    struct error why;
    enum status st = given_file_read(desk->vault, path, &now, &why);
    if (st != ST_OK || !slice_equal(buf_slice(&now), bytes))
        st = given_file_write(desk->vault, path, bytes, &why);
    if (st != ST_OK)
        diag_warn("heads", "%s", why.text);
    buf_release(&now);
}

/* Behind: what was noted stays until the exchange has settled it. */
static void note(struct desk *desk, bool behind)
{
    struct arena arena = {0};
    struct given_heads own, noted;
    struct buf bytes;
    char *here = path_here(desk), *beside = path_there(desk);
    heads_new(&own, &arena);
    read_own(desk, &own);
    if (behind) {
        load_both(desk, &arena, &noted);
        for (size_t i = 0; i < noted.count; i++)
            raise(&own, &noted.heads[i]);
    }
    buf_init(&bytes, GIVEN_FILE_MAX);
    given_heads_write(&own, &bytes);
    if (buf_ok(&bytes)) {
        store(desk, here, buf_slice(&bytes));
        if (beside)
            store(desk, beside, buf_slice(&bytes));
    }
    buf_release(&bytes);
    mem_free(beside);
    mem_free(here);
    arena_release(&arena);
}

void given_note(struct desk *desk)
{
    note(desk, given_is_behind(desk));
}

enum status given_settle(struct desk *desk, struct error *err)
{
    enum status st = desk_set(desk, BEHIND, SLICE_NONE, err);
    if (st == ST_OK)
        note(desk, false);
    return st;
}
