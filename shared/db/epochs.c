/* SPDX-License-Identifier: MulanPSL-2.0 */
/* epochs: see epochs.h. */
#include "shared/db/epochs.h"

#include "shared/db/materialise.h"

static const struct epoch *next_of(const struct replica *rep, const struct ledger *ledger)
{
    const struct registry *reg = &rep->registry;
    return epoch_numbered(reg->epochs, reg->epoch_count, &ledger->origin, ledger->epoch + 1);
}

/* As far as this copy reaches: are the leaves that were kept those that it holds? */
static bool is_kept_of(struct replica *rep, struct ledger *ledger, const struct epoch *epoch)
{
    struct hash root;
    return ledger->tree.size < epoch->kept_size ||
           (replica_root_at(rep, ledger, epoch->kept_size, &root) &&
            hash_equal(&root, &epoch->kept_root));
}

static enum status follow(struct replica *rep, struct ledger *ledger, epochs_before_cut *before,
                          void *arg, bool *cut, struct error *err)
{
    const struct epoch *epoch;
    enum status st = ST_OK;
    while (st == ST_OK && (epoch = next_of(rep, ledger)) && is_kept_of(rep, ledger, epoch)) {
        st = replica_set_epoch(rep, ledger, epoch->number, err);
        if (st != ST_OK || ledger->tree.size <= epoch->kept_size)
            continue;
        if (!before)
            return error_set(err, ST_REFUSED,
                             "账本 %s 有 %llu 项，而第 %llu 项以后的历史已经声明丢失：请换一份备份",
                             ledger->origin.text, (unsigned long long)ledger->tree.size,
                             (unsigned long long)epoch->kept_size);
        before(arg, ledger, epoch);
        *cut = true;
        st = replica_cut(rep, ledger, epoch->kept_size, err);
    }
    return st;
}

enum status epochs_follow(struct replica *rep, epochs_before_cut *before, void *arg, bool *cut,
                          struct error *err)
{
    enum status st = ST_OK;
    *cut = false;
    for (size_t i = 0; i < rep->ledger_count && st == ST_OK; i++)
        st = follow(rep, rep->ledgers[i], before, arg, cut, err);
    return st == ST_OK && *cut ? materialise_rebuild(rep, NULL, err) : st;
}

bool epochs_is_later(const struct replica *rep, const struct ledger *ledger, struct slice head)
{
    const struct registry *reg = &rep->registry;
    const uint8_t *end = head.n ? memchr(head.p, '\n', head.n) : NULL;
    struct origin name, line;
    if (!end || !origin_parse(slice_of(head.p, (size_t)(end - head.p)), &name))
        return false;
    const uint32_t number = origin_epoch(&name, &line);
    return strcmp(line.text, ledger->origin.text) == 0 &&
           number > epoch_newest(reg->epochs, reg->epoch_count, &line);
}

struct slice epochs_reason(struct replica *rep, const struct epoch *epoch, struct arena *arena,
                           struct hash *by)
{
    struct stmt *stmt = db_stmt(rep->db, "SELECT author, op FROM authority_op WHERE leaf = ?1"
                                         " ORDER BY position, step");
    struct slice out = SLICE_NONE;
    bool row;
    *by = (struct hash){{0}};
    bind_int(stmt, 1, (int64_t)epoch->leaf);
    while (stmt_step(stmt, &row, NULL) == ST_OK && row) {
        struct epoch said;
        struct slice reason, author = stmt_blob(stmt, 0);
        if (author.n != HASH_SIZE || epoch_decode(stmt_blob(stmt, 1), &said, &reason, NULL) ||
            said.number != epoch->number || strcmp(said.ledger.text, epoch->ledger.text) != 0)
            continue;
        memcpy(by->b, author.p, HASH_SIZE);
        out = slice_of(arena_copy(arena, reason.p, reason.n), reason.n);
    }
    return out;
}
