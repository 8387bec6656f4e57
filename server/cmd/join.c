/* SPDX-License-Identifier: MulanPSL-2.0 */
/* join: huced join accept FILE --out ANSWER: a desk joins by USB stick, without a network. */
#include "server/cmd/cmd.h"
#include "server/core/stick.h"

#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/ledger/enrol.h"

#include <stdio.h>

const struct option_spec cmd_join_options[] = {{"out", true}, {0}};

static enum status accept_file(struct server *srv, const char *path, const char *out,
                               struct invitation *used, struct error *err)
{
    struct buf file, answer;
    buf_init(&answer, ENROL_ANSWER_MAX);
    enum status st = file_read(path, ENROL_ANSWER_MAX, &file, err); /* an answer is told as one */
    if (st == ST_OK)
        st = stick_accept(srv, buf_slice(&file), time_now_ms(), used, &answer, err);
    if (st == ST_OK)
        st = file_replace(out, buf_slice(&answer), 0600, err);
    buf_release(&answer);
    buf_release(&file);
    return st;
}

enum status cmd_join(const struct options *options, struct error *err)
{
    const char *out = options_get(options, "out");
    struct invitation used = {0};
    struct server *srv;
    if (options->word_count == 0 || strcmp(options->words[0], "accept") != 0)
        return error_set(err, ST_USAGE, "应为 join accept 申请文件 --out 答复文件");
    enum status st = expect_words(options, 2, 2, "申请文件", err);
    if (st == ST_OK && !out)
        st = error_set(err, ST_USAGE, "缺少 --out 答复文件");
    if (st == ST_OK)
        st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    st = accept_file(srv, options->words[1], out, &used, err);
    if (st == ST_OK && options_has(options, "json"))
        print_json(
            json_pack("{s:s, s:s, s:s}", "person", used.person, "role", used.role, "answer", out));
    else if (st == ST_OK)
        printf("已给 %s（%s）授权；请把 %s 带回去，在那台电脑上运行 huce join --answer-file\n",
               used.person, used.role, out);
    server_close(srv);
    return st;
}
