/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce proof TYPE ID --out F [--change N] [--withhold]: one change of a record, for an outsider. */
#include <stdio.h>

#include "agent/cmd/cmd.h"
#include "agent/core/act.h"
#include "agent/core/proof_file.h"
#include "agent/core/reads.h"
#include "agent/core/view.h"
#include "shared/base/file.h"
#include "shared/codec/hex.h"

static void print_made(struct cli *cli, struct desk *desk, const struct history_place *place,
                       const char *path, size_t bytes)
{
    char root[2 * HASH_SIZE + 1];
    hex_encode(hash_slice(&desk->rep->root_kid), root);
    if (cli->json) {
        cli_print_json(json_pack("{s:s, s:I, s:I, s:s, s:I, s:b, s:s}", "file", path, "bytes",
                                 (json_int_t)bytes, "change", (json_int_t)place->no, "ledger",
                                 place->ledger->origin.text, "leaf", (json_int_t)place->leaf,
                                 "counts", place->counts, "root", root));
        return;
    }
    printf("第 %llu 次改动的证明已写入 %s（%zu 字节）\n", (unsigned long long)place->no, path,
           bytes);
    printf("对方用 huce verify %s --root %s 核对；不用本程序怎样核对，见 shared/VERIFY.md\n", path,
           root);
    if (!place->counts)
        printf("注意：这次改动在账本里，但不计入（见 huce history）；证明文件看不出这一点\n");
}

enum status cmd_proof(struct cli *cli, struct error *err)
{
    const char *path = args_value(&cli->args, "out");
    struct desk *desk = NULL;
    const struct catalog_table *table;
    struct ledger *ledger;
    struct record_id id;
    struct history_place place;
    struct buf file;
    uint64_t no = 0;
    buf_init(&file, PROOF_FILE_MAX);
    if (!path)
        return error_set(err, ST_USAGE, "请用 --out 文件 说明证明写到哪里");
    enum status st = args_number(&cli->args, "change", INT64_MAX, &no, err);
    if (st == ST_OK)
        st = cli_desk(cli, &desk, err);
    if (st == ST_OK)
        st = view_settle(desk, err);
    if (st == ST_OK)
        st = act_type(desk, cli->args.words[0], &table, err);
    if (st == ST_OK)
        st = cli_record(cli, desk, table, cli->args.words[1], &ledger, &id, err);
    if (st == ST_OK)
        st = proof_file_make(desk, table, &id, no, args_flag(&cli->args, "withhold"), &place, &file,
                             err);
    if (st == ST_OK && !args_flag(&cli->args, "withhold"))
        reads_whole(desk, cli_reader(cli, desk, "proof"), table, &id, NULL, NULL);
    if (st == ST_OK)
        st = file_replace(path, buf_slice(&file), 0600, err);
    if (st == ST_OK)
        print_made(cli, desk, &place, path, file.n);
    buf_release(&file);
    desk_close(desk);
    return st;
}
