/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce audit [--witness VERIFIER]… [--quorum N]: proves everything this desk holds from the stored
 * bytes; exit 4 when damaged, 1 where the county has broken its own rule. With witnesses named,
 * exit 1 where fewer of them than the quorum (all, unless said) have cosigned the newest checkpoint
 * of a ledger. Without, those that the desk asks for (core/quorum.h): then exit 1 where they have
 * signed nothing of a ledger, and what they have not signed yet is told. */
#include <stdio.h>

#include "agent/cmd/cmd.h"
#include "agent/core/quorum.h"
#include "agent/core/sheet.h"
#include "agent/core/view.h"
#include "agent/core/xlsx.h"
#include "shared/codec/hex.h"
#include "shared/db/audit.h"

struct output {
    struct desk *desk;
    json_t *findings; /* of the ledger being looked at */
    uint64_t damaged, breaches, unwitnessed;
    struct quorum quorum;
    bool asked; /* for witnesses, by the command */
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
    out->damaged += finding->damage;
    out->breaches += finding->county;
    json_array_append_new(out->findings,
                          json_pack("{s:s, s:b, s:b, s:s, s:s, s:s, s:I, s:s}", "code",
                                    finding->code, "damage", finding->damage, "county",
                                    finding->county, "author", author, "name", name, "chain", chain,
                                    "number", (json_int_t)finding->number, "text", finding->text));
}

static enum status read_quorum(const struct cli *cli, struct quorum *out, struct error *err)
{
    const char *text;
    enum status st = ST_OK;
    for (size_t i = 0; st == ST_OK && (text = args_nth(&cli->args, "witness", i)); i++)
        st = quorum_add(out, text, err);
    if (st == ST_OK)
        st = args_number(&cli->args, "quorum", QUORUM_WITNESSES_MAX, &out->needed, err);
    if (st == ST_OK && out->needed > out->count)
        st = error_set(err, ST_USAGE, "--quorum %llu 比 --witness 的个数多",
                       (unsigned long long)out->needed);
    return st;
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
    const struct quorum *quorum = &out->quorum;
    struct arena arena = {0};
    size_t found = witness_count(replica_checkpoint(out->desk->rep, ledger, &arena),
                                 quorum->witnesses, quorum->count);
    arena_release(&arena);
    if (found >= quorum->needed || ledger->tree.size == 0)
        return;
    uint64_t reach = out->asked ? 0 : quorum_reach(out->desk, quorum, ledger);
    if (reach) {
        add_unwitnessed(out, mem_printf("见证人联署到第 %llu 项，后面 %llu 项还没有",
                                        (unsigned long long)reach,
                                        (unsigned long long)(ledger->tree.size - reach)));
        return;
    }
    out->unwitnessed++;
    add_unwitnessed(out, mem_printf("最新检查点只有 %zu 个见证人联署，要求 %llu 个", found,
                                    (unsigned long long)quorum->needed));
}

static void print_ledger(const json_t *ledger)
{
    const json_t *finding;
    size_t i;
    printf("账本 %s：%lld 项，根 %.16s…\n", json_string_value(json_object_get(ledger, "origin")),
           (long long)json_integer_value(json_object_get(ledger, "size")),
           json_string_value(json_object_get(ledger, "root")));
    json_array_foreach(json_object_get(ledger, "findings"), i, finding)
    {
        const char *author = json_string_value(json_object_get(finding, "author"));
        printf("  %s %s",
               json_is_true(json_object_get(finding, "damage"))   ? "损坏"
               : json_is_true(json_object_get(finding, "county")) ? "违规"
                                                                  : "说明",
               json_string_value(json_object_get(finding, "text")));
        if (*author)
            printf("（%s %.16s，第 %lld 组）", json_string_value(json_object_get(finding, "name")),
                   author, (long long)json_integer_value(json_object_get(finding, "number")));
        putchar('\n');
    }
}

static enum status audit_all(struct desk *desk, const char *named, struct output *out,
                             json_t *ledgers, struct audit_counts *counts, struct error *err)
{
    struct replica *rep = desk->rep;
    struct ledger *only = named ? replica_ledger_named(rep, named) : NULL;
    enum status st = ST_OK;
    if (named && !only)
        return error_set(err, ST_USAGE, "本机没有账本 %s；运行 huce status 可以看到有哪些", named);
    for (size_t i = 0; i < rep->ledger_count && st == ST_OK; i++) {
        struct ledger *ledger = rep->ledgers[i];
        char root[2 * HASH_SIZE + 1];
        bool ok;
        if (only && ledger != only)
            continue;
        out->findings = json_array();
        st = audit_ledger(rep, ledger, AUDIT_DESK, on_finding, out, counts, &ok, err);
        check_witnesses(out, ledger);
        hex_encode(hash_slice(&ledger->root), root);
        json_array_append_new(ledgers,
                              json_pack("{s:s, s:I, s:s, s:o}", "origin", ledger->origin.text,
                                        "size", (json_int_t)ledger->tree.size, "root", root,
                                        "findings", out->findings));
    }
    return st;
}

static void print_result(struct cli *cli, const struct output *out, json_t *ledgers,
                         const struct audit_counts *counts)
{
    const json_t *ledger;
    size_t i;
    if (cli->json) {
        cli_print_json(json_pack("{s:b, s:I, s:I, s:O}", "ok",
                                 out->damaged == 0 && out->breaches == 0 && out->unwitnessed == 0,
                                 "changesets", (json_int_t)counts->changesets, "changes",
                                 (json_int_t)counts->changes, "ledgers", ledgers));
        return;
    }
    json_array_foreach(ledgers, i, ledger) print_ledger(ledger);
    if (out->damaged == 0 && out->breaches == 0)
        printf("\n核对无误：%llu 组签名、%llu 条改动、%llu 条签名链，与县里签字的检查点一致\n",
               (unsigned long long)counts->changesets, (unsigned long long)counts->changes,
               (unsigned long long)counts->authors);
}

enum status cmd_audit(struct cli *cli, struct error *err)
{
    struct desk *desk = NULL;
    struct output out = {0};
    struct audit_counts counts = {0};
    const char *xlsx = args_value(&cli->args, "xlsx");
    json_t *ledgers = json_array();
    enum status st = read_quorum(cli, &out.quorum, err);
    if (st == ST_OK)
        st = cli_desk(cli, &desk, err);
    out.desk = desk;
    out.asked = out.quorum.count > 0;
    if (st == ST_OK && !out.asked)
        quorum_read(desk, &out.quorum);
    if (st == ST_OK)
        st = view_settle(desk, err);
    if (st == ST_OK)
        st = audit_all(desk, args_value(&cli->args, "ledger"), &out, ledgers, &counts, err);
    if (st == ST_OK && xlsx) {
        json_t *sheet = sheet_of_audit(ledgers);
        st = xlsx_write(sheet, xlsx, err);
        json_decref(sheet);
    }
    if (st == ST_OK)
        print_result(cli, &out, ledgers, &counts);
    if (st == ST_OK && out.damaged)
        st = error_set(err, ST_DAMAGED, "发现 %llu 处损坏，详见上面；不要删除数据目录，请联系县里",
                       (unsigned long long)out.damaged);
    else if (st == ST_OK && out.breaches)
        st = error_set(err, ST_REFUSED,
                       "县里收进了 %llu 项它自己的规则不许收的改动，详见上面；本机的数据"
                       "没有损坏。请报告上级",
                       (unsigned long long)out.breaches);
    else if (st == ST_OK && out.unwitnessed)
        st = error_set(err, ST_REFUSED, "%llu 个账本的检查点没有足够的见证人联署",
                       (unsigned long long)out.unwitnessed);
    json_decref(ledgers);
    desk_close(desk);
    return st;
}
