/* SPDX-License-Identifier: MulanPSL-2.0 */
/* audit: huced audit: proves the ledgers from the stored bytes; exit 4 when something is damaged.
 */
#include "server/cmd/cmd.h"
#include "server/core/forks.h"
#include "server/core/own_audit.h"
#include "server/core/server.h"
#include "shared/cli/sheet.h"
#include "shared/cli/xlsx.h"
#include "shared/db/audit.h"

#include "shared/codec/hex.h"

#include <inttypes.h>
#include <stdio.h>

const struct option_spec cmd_audit_options[] = {{"ledger", true}, {"xlsx", true}, {0}};

struct output {
    const struct registry *registry;
    bool json;
    json_t *findings;
    uint64_t damaged, breaches;
};

static void on_finding(void *arg, const struct finding *finding)
{
    struct output *out = arg;
    char author[2 * HASH_SIZE + 1] = "", chain[17] = "";
    const struct grant *grant = registry_grant_any(out->registry, &finding->author);
    const char *name = grant ? grant->name : "";
    if (!hash_is_zero(&finding->author)) {
        hex_encode(hash_slice(&finding->author), author);
        hex_encode(slice_of(finding->chain.b, sizeof(finding->chain.b)), chain);
    }
    out->damaged += finding->damage;
    out->breaches += finding->county;
    json_array_append_new(out->findings,
                          json_pack("{s:s, s:b, s:b, s:s, s:s, s:s, s:I, s:s}", "code",
                                    finding->code, "damage", finding->damage, "county",
                                    finding->county, "author", author, "name", name, "chain", chain,
                                    "number", (json_int_t)finding->number, "text", finding->text));
    if (!out->json)
        printf("  %s %-10s %s %.16s %s %" PRIu64 "  %s\n",
               finding->damage   ? "损坏"
               : finding->county ? "违规"
                                 : "说明",
               finding->code, name, author, chain, finding->number, finding->text);
}

struct fork_findings {
    struct output *out;
    const struct ledger *ledger;
};

static bool on_fork(void *arg, const struct fork *fork)
{
    struct fork_findings *f = arg;
    struct finding finding = {
        .code = "fork", .author = fork->kid, .chain = fork->chain, .number = fork->number};
    char id[17];
    if (fork->ledger != f->ledger)
        return true;
    hex_encode(slice_of(fork->id.b, 8), id);
    snprintf(finding.text, sizeof(finding.text), "这条链分叉过，另一份没有收：huced forks show %s",
             id);
    on_finding(f->out, &finding);
    return true;
}

static enum status audit_one(struct server *srv, struct ledger *ledger, struct output *out,
                             json_t *ledgers, bool *all_ok, struct error *err)
{
    char root[2 * HASH_SIZE + 1];
    bool ok = true;
    out->findings = json_array();
    if (!out->json && ledger->tree.size > 0)
        printf("%s  %" PRIu64 " 项\n", ledger->origin.text, ledger->tree.size);
    enum status st = audit_ledger(srv->rep, ledger, AUDIT_COUNTY, on_finding, out, NULL, &ok, err);
    *all_ok &= ok;
    if (st == ST_OK)
        st = forks_each(srv, on_fork, &(struct fork_findings){out, ledger}, err);
    hex_encode(hash_slice(&ledger->root), root);
    json_array_append_new(ledgers, json_pack("{s:s, s:I, s:s, s:o}", "origin", ledger->origin.text,
                                             "size", (json_int_t)ledger->tree.size, "root", root,
                                             "findings", out->findings));
    return st;
}

/* What is kept beside the ledgers. */
static enum status audit_own(struct server *srv, struct output *out, json_t *ledgers, bool *all_ok,
                             struct error *err)
{
    bool ok = true;
    out->findings = json_array();
    enum status st = county_own_audit(srv, on_finding, out, &ok, err);
    *all_ok &= ok;
    if (json_array_size(out->findings) > 0)
        json_array_append_new(ledgers,
                              json_pack("{s:s, s:I, s:s, s:O}", "origin", "", "size", (json_int_t)0,
                                        "root", "", "findings", out->findings));
    json_decref(out->findings);
    return st;
}

enum status cmd_audit(const struct options *options, struct error *err)
{
    const char *name = options_get(options, "ledger");
    struct output out = {.json = options_has(options, "json")};
    struct server *srv;
    json_t *ledgers;
    bool ok = true;

    enum status st = expect_words(options, 0, 0, "", err);
    if (st == ST_OK)
        st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    ledgers = json_array();
    out.registry = &srv->rep->registry;
    struct ledger *one = name ? replica_ledger_named(srv->rep, name) : NULL;
    if (name && !one)
        st = error_set(err, ST_NOT_FOUND, "没有账本 %s", name);
    for (size_t i = 0; i < srv->rep->ledger_count && st == ST_OK; i++)
        if (!one || srv->rep->ledgers[i] == one)
            st = audit_one(srv, srv->rep->ledgers[i], &out, ledgers, &ok, err);
    const size_t audited = json_array_size(ledgers);
    if (st == ST_OK && !one)
        st = audit_own(srv, &out, ledgers, &ok, err);
    if (st == ST_OK && options_has(options, "xlsx")) {
        json_t *sheet = sheet_of_audit(ledgers);
        st = xlsx_write(sheet, options_get(options, "xlsx"), err);
        json_decref(sheet);
    }
    if (st == ST_OK && out.json)
        print_json(json_pack("{s:b, s:O}", "ok", ok, "ledgers", ledgers));
    else if (st == ST_OK && ok)
        printf("%zu 个账本全部核对无误\n", audited);
    json_decref(ledgers);
    server_close(srv);
    if (st == ST_OK && !ok && out.damaged == 0)
        st = error_set(err, ST_REFUSED, "账本里有 %" PRIu64 " 项按登记账本不许接收，详见上面的条目",
                       out.breaches);
    else if (st == ST_OK && !ok)
        st = error_set(err, ST_DAMAGED, "发现数据损坏，详见上面的条目");
    return st;
}
