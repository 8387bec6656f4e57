/* SPDX-License-Identifier: MulanPSL-2.0 */
/* key_change: see key_change.h. */
#include "server/core/key_change.h"

#include "server/core/registrar.h"
#include "shared/base/check.h"

/* Every head anew, so that nobody who knows the new key is shown one under the old. */
static void sign_heads(struct server *srv)
{
    for (size_t i = 0; i < srv->rep->ledger_count; i++) {
        struct ledger *ledger = srv->rep->ledgers[i];
        struct checkpoint head = {.size = ledger->tree.size, .root = ledger->root};
        struct buf text;
        if (head.size == 0)
            continue;
        buf_init(&text, CHECKPOINT_MAX);
        replica_signed_name(ledger, &head.origin);
        checkpoint_sign(&head, srv->log, &text);
        CHECK(buf_ok(&text));
        replica_set_checkpoint(srv->rep, ledger, buf_slice(&text));
        buf_release(&text);
    }
}

/* Left of a change that was cut off, or made now. */
static enum status next_log_key(struct server *srv, struct error *err)
{
    const struct registry *reg = &srv->rep->registry;
    for (size_t i = 0; i < srv->log_keys.count; i++) {
        size_t named = 0;
        srv->log = srv->log_keys.key[i];
        while (named < reg->log_key_count &&
               memcmp(&reg->log_keys[named].pk, sign_key_public(srv->log), 32) != 0)
            named++;
        if (named == reg->log_key_count)
            return ST_OK;
    }
    enum status st = log_keys_make(srv->folder, &srv->log_keys, err);
    if (st == ST_OK)
        srv->log = srv->log_keys.key[srv->log_keys.count - 1];
    return st;
}

enum status key_change(struct server *srv, const struct sign_key *root, int64_t now_ms,
                       struct error *err)
{
    struct draft draft = {0};
    struct buf op;
    enum status st = server_begin(srv, err);
    if (st != ST_OK)
        return st;
    if (server_recovering(srv))
        st = error_set(err, ST_WAIT, "本县正在恢复，先把恢复做完：huced recovery status");
    if (st == ST_OK)
        st = log_keys_load(srv->folder, &srv->log_keys, err);
    if (st == ST_OK)
        st = next_log_key(srv, err);
    if (st == ST_OK) {
        struct county county = srv->rep->registry.county;
        county.log = *sign_key_public(srv->log);
        buf_init(&op, CHANGE_BODY_MAX);
        county_encode(&county, &op);
        draft_op(&draft, buf_slice(&op));
        buf_release(&op);
        st = registrar_write(srv, root, &draft, now_ms, err);
    }
    if (st == ST_OK)
        sign_heads(srv);
    draft_release(&draft);
    return server_end(srv, st, err);
}
