/* SPDX-License-Identifier: MulanPSL-2.0 */
/* breaches: see breaches.h. */
#include "agent/core/breaches.h"

#include <stdio.h>

#include "agent/core/evidence.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"
#include "shared/ledger/breach.h"

#define TEXT_MAX 256

static enum status note(struct desk *desk, const struct ledger *ledger, uint64_t index,
                        const struct hash *kid, const char *code, const char *text,
                        struct error *err)
{
    struct stmt *stmt = db_stmt(desk->db, "INSERT OR IGNORE INTO breach(ledger, leaf, kid, code,"
                                          " text, found_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)index);
    bind_blob(stmt, 3, hash_slice(kid));
    bind_str(stmt, 4, code);
    bind_str(stmt, 5, text);
    bind_int(stmt, 6, time_now_ms());
    return stmt_run(stmt, err);
}

static enum status read_header(struct desk *desk, struct ledger *ledger, uint64_t index,
                               struct changeset *out, struct error *err)
{
    struct arena arena = {0};
    struct stored_changeset stored;
    enum status st = replica_read_leaf(desk->rep, ledger, index, &arena, &stored, err);
    if (st == ST_OK)
        st = changeset_decode(stored.cose, out, err);
    arena_release(&arena);
    return st;
}

enum status breaches_look(struct desk *desk, struct ledger *ledger, uint64_t index,
                          const struct leaf *leaf, const struct changeset *header,
                          struct error *err)
{
    struct changeset stored;
    char text[TEXT_MAX];
    if (!header) {
        enum status st = read_header(desk, ledger, index, &stored, err);
        if (st != ST_OK)
            return st;
        header = &stored;
    }
    const struct breach_terms terms = {
        .registry = &desk->rep->registry,
        .header = header,
        .leaf = leaf,
        .of_registry = ledger == desk->rep->registry_ledger,
        .index = index,
        .outgrown_ms = replica_registry_outgrown(desk->rep, leaf->registry_size),
    };
    const enum breach breach = breach_of(&terms);
    if (!breach_is_county(breach))
        return ST_OK;
    breach_text(breach, &terms, text, sizeof(text));
    return note(desk, ledger, index, &header->kid, breach_name(breach), text, err);
}

static enum status set_evidence(struct desk *desk, int64_t ledger, uint64_t leaf, const char *path,
                                struct error *err)
{
    struct stmt *stmt =
        db_stmt(desk->db, "UPDATE breach SET evidence = ?3 WHERE ledger = ?1 AND leaf = ?2");
    bind_int(stmt, 1, ledger);
    bind_int(stmt, 2, (int64_t)leaf);
    bind_str(stmt, 3, path);
    return stmt_run(stmt, err);
}

/* One that has no file yet; false: there is none. */
static bool next_unproven(struct desk *desk, int64_t *ledger, uint64_t *leaf, char text[TEXT_MAX])
{
    struct stmt *stmt =
        db_stmt(desk->db, "SELECT ledger, leaf, text FROM breach WHERE evidence IS NULL LIMIT 1");
    bool row = false;
    if (stmt_step(stmt, &row, NULL) == ST_OK && row) {
        struct slice said = stmt_text(stmt, 2);
        *ledger = stmt_int(stmt, 0);
        *leaf = (uint64_t)stmt_int(stmt, 1);
        snprintf(text, TEXT_MAX, "%.*s", (int)said.n, (const char *)said.p);
    }
    stmt_reset(stmt);
    return row;
}

void breaches_prove(struct desk *desk)
{
    int64_t no = 0;
    uint64_t leaf = 0;
    char text[TEXT_MAX];
    while (next_unproven(desk, &no, &leaf, text)) {
        struct ledger *ledger = replica_ledger_by_no(desk->rep, no);
        struct arena arena = {0};
        struct stored_changeset stored = {0};
        char *path = NULL;
        if (ledger && replica_read_leaf(desk->rep, ledger, leaf, &arena, &stored, NULL) == ST_OK) {
            const struct evidence_breach what = {.text = text,
                                                 .leaf = leaf,
                                                 .head =
                                                     replica_checkpoint(desk->rep, ledger, &arena),
                                                 .bytes = stored.cose};
            evidence_breach_write(desk, ledger, &what, &path);
        }
        arena_release(&arena);
        enum status st = path ? set_evidence(desk, no, leaf, path, NULL) : ST_IO;
        mem_free(path);
        if (st != ST_OK)
            return; /* a full disk: tried again at the next exchange */
    }
}

/* ---- a leaf that cannot be taken ---- */

/* The setting in which the head stands that the county had signed over it. */
static void shown_name(const struct ledger *ledger, uint64_t leaf, char out[static 64])
{
    snprintf(out, 64, "shown:%lld:%llu", (long long)ledger->no, (unsigned long long)leaf);
}

static bool open_shown(struct desk *desk, const struct ledger *ledger, struct slice text,
                       struct checkpoint *out)
{
    return replica_open_kept(desk->rep, ledger, text, out, NULL) == ST_OK;
}

bool breaches_signed(struct desk *desk, const struct ledger *ledger, struct slice shown)
{
    struct checkpoint head;
    return open_shown(desk, ledger, shown, &head) && head.size > ledger->tree.size;
}

/* Is what the county had signed then the tree that is here now? Then it never held what was shown.
 */
static bool was_of_this_tree(struct desk *desk, struct ledger *ledger, uint64_t leaf)
{
    char name[64];
    struct checkpoint head;
    struct hash root;
    struct buf text;
    shown_name(ledger, leaf, name);
    buf_init(&text, CHECKPOINT_MAX);
    bool same =
        desk_setting(desk, name, &text) && open_shown(desk, ledger, buf_slice(&text), &head) &&
        replica_root_at(desk->rep, ledger, head.size, &root) && hash_equal(&root, &head.root);
    buf_release(&text);
    return same;
}

enum status breaches_settle(struct desk *desk, struct ledger *ledger, struct error *err)
{
    struct stmt *stmt = db_stmt(desk->db, "SELECT leaf FROM breach WHERE ledger = ?1 AND leaf < ?2"
                                          " AND code = 'unverifiable' LIMIT 1");
    bool row = false;
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)ledger->tree.size);
    enum status st = stmt_step(stmt, &row, err);
    const uint64_t leaf = row ? (uint64_t)stmt_int(stmt, 0) : 0;
    stmt_reset(stmt);
    if (st != ST_OK || !row || !was_of_this_tree(desk, ledger, leaf))
        return st;
    stmt = db_stmt(desk->db, "DELETE FROM breach WHERE ledger = ?1 AND leaf = ?2"
                             " AND code = 'unverifiable'");
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)leaf);
    return stmt_run(stmt, err);
}

enum status breaches_unverifiable(struct desk *desk, struct ledger *ledger, const struct hash *kid,
                                  struct slice shown, struct slice segment, struct error *err)
{
    char text[TEXT_MAX], hex[2 * HASH_SIZE + 1], *path = NULL;
    const int64_t no = ledger->no;
    const uint64_t leaf = ledger->tree.size;
    hex_encode(hash_slice(kid), hex);
    snprintf(text, sizeof(text),
             "县里放进了第 %llu 项，可它的作者 %.16s… 不在登记账本里，或它所依据的不在它前面，"
             "谁也核对不了：接收规则不许；这个账本停在它前面",
             (unsigned long long)leaf, hex);
    const struct evidence_breach what = {
        .text = text, .leaf = leaf, .head = shown, .bytes = segment, .is_segment = true};
    evidence_breach_write(desk, ledger, &what, &path);
    struct error ignored;
    enum status st = desk_begin(desk, &ignored);
    if (st == ST_OK && (ledger = replica_ledger_by_no(desk->rep, no)))
        st = note(desk, ledger, leaf, kid, "unverifiable", text, &ignored);
    if (st == ST_OK && path)
        st = set_evidence(desk, no, leaf, path, &ignored);
    if (st == ST_OK) {
        char name[64];
        shown_name(ledger, leaf, name);
        st = desk_set(desk, name, shown, &ignored);
    }
    if (st == ST_OK)
        st = desk_commit(desk, &ignored);
    else
        desk_rollback(desk);
    error_set(err, ST_DAMAGED, "%s%s%s", text, path ? "；证据已写入 " : "", path ? path : "");
    mem_free(path);
    return ST_DAMAGED;
}

json_t *breaches_json(struct desk *desk, const struct ledger *ledger)
{
    struct stmt *stmt = db_stmt(desk->db, "SELECT leaf, kid, code, text, evidence FROM breach"
                                          " WHERE ledger = ?1 ORDER BY leaf");
    json_t *out = json_array();
    bool row;
    bind_int(stmt, 1, ledger->no);
    while (stmt_step(stmt, &row, NULL) == ST_OK && row) {
        struct slice code = stmt_text(stmt, 2), text = stmt_text(stmt, 3);
        struct slice evidence = stmt_text(stmt, 4);
        char hex[2 * HASH_SIZE + 1], short_kid[17];
        struct hash kid;
        if (stmt_blob(stmt, 1).n != HASH_SIZE)
            continue;
        memcpy(kid.b, stmt_blob(stmt, 1).p, HASH_SIZE);
        hex_encode(hash_slice(&kid), hex);
        json_array_append_new(
            out, json_pack("{s:I, s:s, s:s, s:s%, s:s%, s:o}", "leaf",
                           (json_int_t)stmt_int(stmt, 0), "author", hex, "name",
                           desk_name_of(desk, &kid, short_kid), "code", (const char *)code.p,
                           code.n, "text", (const char *)text.p, text.n, "evidence",
                           evidence.n ? json_stringn((const char *)evidence.p, evidence.n)
                                      : json_null()));
    }
    stmt_reset(stmt);
    return out;
}
