/* SPDX-License-Identifier: MulanPSL-2.0 */
/* desk_audit: see desk_audit.h. */
#include "agent/core/desk_audit.h"

#include "agent/core/own_audit.h"
#include "agent/core/view.h"
#include "shared/codec/hex.h"
#include "shared/db/snapshot.h"

struct output {
    struct desk *desk;
    const struct desk_audit_ask *ask;
    struct desk_audit *audit;
    json_t *findings; /* of the ledger being looked at */
};

static void on_finding(void *arg, const struct finding *finding)
{
    struct output *out = arg;
    char author[2 * HASH_SIZE + 1] = "", chain[17] = "", short_kid[17];
    const char *name = "";
    if (!hash_is_zero(&finding->author)) {
        hex_encode(hash_slice(&finding->author), author);
        hex_encode(slice_of(finding->chain.b, sizeof(finding->chain.b)), chain);
        name = desk_name_of(out->desk, &finding->author, short_kid);
    }
    out->audit->damaged += finding->damage;
    out->audit->breaches += finding->county;
    json_array_append_new(out->findings,
                          json_pack("{s:s, s:b, s:b, s:s, s:s, s:s, s:I, s:s}", "code",
                                    finding->code, "damage", finding->damage, "county",
                                    finding->county, "author", author, "name", name, "chain", chain,
                                    "number", (json_int_t)finding->number, "text", finding->text));
}

static void add_unwitnessed(struct output *out, char *text)
{
    json_array_append_new(out->findings,
                          json_pack("{s:s, s:b, s:b, s:s, s:s, s:s, s:i, s:s}", "code", "witness",
                                    "damage", 0, "county", 0, "author", "", "name", "", "chain", "",
                                    "number", 0, "text", text));
    mem_free(text);
}

/* Who else has signed that this is the ledger's only history. */
static void check_witnesses(struct output *out, struct ledger *ledger)
{
    const struct quorum *quorum = out->ask->quorum;
    struct arena arena = {0};
    size_t found = witness_count(replica_checkpoint(out->desk->rep, ledger, &arena),
                                 quorum->witnesses, quorum->count);
    arena_release(&arena);
    if (found >= quorum->needed || ledger->tree.size == 0)
        return;
    uint64_t reach = out->ask->asked ? 0 : quorum_reach(out->desk, quorum, ledger);
    if (reach) {
        add_unwitnessed(out, mem_printf("见证人联署到第 %llu 项，后面 %llu 项还没有",
                                        (unsigned long long)reach,
                                        (unsigned long long)(ledger->tree.size - reach)));
        return;
    }
    out->audit->unwitnessed++;
    add_unwitnessed(out, mem_printf("最新检查点只有 %zu 个见证人联署，要求 %llu 个", found,
                                    (unsigned long long)quorum->needed));
}

static enum status audit_one(struct output *out, struct ledger *ledger, struct error *err)
{
    char root[2 * HASH_SIZE + 1];
    bool ok;
    out->findings = json_array();
    enum status st = audit_ledger(out->desk->rep, ledger, AUDIT_DESK, on_finding, out,
                                  &out->audit->counts, &ok, err);
    if (st == ST_OK)
        st = desk_own_audit(out->desk, ledger, on_finding, out, err);
    check_witnesses(out, ledger);
    hex_encode(hash_slice(&ledger->root), root);
    json_array_append_new(out->audit->ledgers,
                          json_pack("{s:s, s:I, s:s, s:o}", "origin", ledger->origin.text, "size",
                                    (json_int_t)ledger->tree.size, "root", root, "findings",
                                    out->findings));
    return st;
}

enum status desk_audit(struct desk *desk, const struct desk_audit_ask *ask, struct desk_audit *out,
                       struct error *err)
{
    struct replica *rep = desk->rep;
    struct output output = {.desk = desk, .ask = ask, .audit = out};
    *out = (struct desk_audit){.ledgers = json_array()};
    enum status st = view_settle(desk, err);
    if (st == ST_OK)
        st = snapshot_refuse(rep, err);
    struct ledger *only =
        st == ST_OK && ask->ledger ? replica_ledger_named(rep, ask->ledger) : NULL;
    if (st == ST_OK && ask->ledger && !only)
        st = error_set(err, ST_USAGE, "本机没有账本 %s；运行 huce status 可以看到有哪些",
                       ask->ledger);
    for (size_t i = 0; i < rep->ledger_count && st == ST_OK; i++) {
        if (only && rep->ledgers[i] != only)
            continue;
        if (ask->progress)
            ask->progress(ask->arg, i, rep->ledger_count);
        st = audit_one(&output, rep->ledgers[i], err);
    }
    return st;
}

bool desk_audit_is_good(const struct desk_audit *audit)
{
    return audit->damaged == 0 && audit->breaches == 0 && audit->unwitnessed == 0;
}

json_t *desk_audit_json(const struct desk_audit *audit)
{
    return json_pack("{s:b, s:I, s:I, s:O}", "ok", desk_audit_is_good(audit), "changesets",
                     (json_int_t)audit->counts.changesets, "changes",
                     (json_int_t)audit->counts.changes, "ledgers", audit->ledgers);
}

void desk_audit_release(struct desk_audit *audit)
{
    json_decref(audit->ledgers);
    audit->ledgers = NULL;
}
