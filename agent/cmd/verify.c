/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce verify F [--root KID]: does a proof file hold? Needs no data folder when the kid is given.
 */
#include <stdio.h>
#include <stdlib.h>

#include "agent/cmd/cmd.h"
#include "agent/core/proof_file.h"
#include "shared/base/file.h"
#include "shared/codec/hex.h"

/* The root key's kid: as given, else that of the county this desk belongs to. */
static enum status find_root(struct cli *cli, struct hash *out, struct error *err)
{
    const char *given = args_value(&cli->args, "root");
    struct desk *desk = NULL;
    if (given)
        return hex_decode(slice_str(given), out->b, HASH_SIZE)
                   ? ST_OK
                   : error_set(err, ST_USAGE, "--root 应是 64 位十六进制的根公钥指纹");
    enum status st = cli_desk(cli, &desk, err);
    if (st == ST_NOT_FOUND)
        return error_set(err, ST_USAGE,
                         "请用 --root 给出县根公钥的指纹（64 位十六进制），或用 --data "
                         "指明已加入该县的数据目录");
    if (st == ST_OK)
        *out = desk->rep->root_kid;
    desk_close(desk);
    return st;
}

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

static long long number(const json_t *object, const char *name)
{
    return (long long)json_integer_value(json_object_get(object, name));
}

static void print_op(const json_t *op)
{
    char *all = json_dumps(op, JSON_ENCODE_ANY | JSON_COMPACT);
    printf("  %s\n", all);
    free(all);
}

static void print_facts(const json_t *facts)
{
    char written[TIME_TEXT_SIZE], admitted[TIME_TEXT_SIZE];
    const json_t *op;
    size_t i;
    time_text_cst(text(facts, "time"), written);
    time_text_cst(text(facts, "admitted"), admitted);
    printf("证明成立\n\n账本 %s 第 %lld 项（检查点共 %lld 项），县根公钥 %.16s…\n",
           text(facts, "ledger"), number(facts, "leaf"), number(facts, "size"),
           text(facts, "root"));
    printf("作者 %s（%s），公钥 %.16s…\n写于 %s（作者的时钟），县里收于 %s\n",
           text(facts, "author"), text(facts, "role"), text(facts, "kid"), written, admitted);
    printf("写的时候作者已看到账本前 %lld 项\n", number(facts, "base"));
    if (*text(facts, "note"))
        printf("备注：%s\n", text(facts, "note"));
    if (json_is_true(json_object_get(facts, "withheld")))
        printf("内容没有公开（或已依法删除），只以散列证明\n");
    json_array_foreach(json_object_get(facts, "ops"), i, op) print_op(op);
    printf("\n文件不能证明：作者的授权以后没有被撤销、这次改动计入、以后没有再改。"
           "这些要在账本里核对（huce audit、huce history）。\n");
}

enum status cmd_verify(struct cli *cli, struct error *err)
{
    struct hash root;
    struct buf file = {0};
    json_t *facts = NULL;
    enum status st = find_root(cli, &root, err);
    if (st == ST_OK)
        st = file_read(cli->args.words[0], PROOF_FILE_MAX, &file, err);
    if (st == ST_OK) {
        st = proof_file_check(buf_slice(&file), &root, &facts, err);
        if (st != ST_OK)
            st = error_wrap(err, st, "%s 不成立", cli->args.words[0]);
    }
    if (st == ST_OK && cli->json)
        cli_print_json(json_incref(facts));
    else if (st == ST_OK)
        print_facts(facts);
    json_decref(facts);
    buf_release(&file);
    return st;
}
