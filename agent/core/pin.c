/* SPDX-License-Identifier: MulanPSL-2.0 */
/* pin: how a PIN or a passphrase reaches the program: a file, or a terminal that does not show it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "agent/core/desk.h"
#include "agent/core/pin_rule.h"
#include "shared/base/buf.h"
#include "shared/base/file.h"
#include "shared/crypto/vault.h"

#define PIN_MAX 1024

/* What is asked for, and how it is called. */
struct question {
    const char *variable; /* the file's name in the environment */
    const char *old, *new, *where;
    const char *missing, *wanted; /* nobody is there to be asked: for the old, for a new one */
};

static const struct question the_pin = {
    "HUCE_PIN_FILE",
    "请输入签名口令（PIN）：",
    "请设置签名口令（PIN，至少 6 位）：",
    "读不到口令文件",
    "需要签名口令（PIN）：请用 --pin-file 指定口令文件，或设置 HUCE_PIN_FILE",
    "要设置签名口令（PIN）：请写在一个文件里，加入时用 --pin-file 指定（换口令用 --new-pin-file），"
    "或在终端里输入"};
static const struct question the_passphrase = {
    "HUCE_PASSPHRASE_FILE",
    "请输入启动口令：",
    "请设置启动口令（至少 10 个字）：",
    "读不到启动口令文件",
    "这个数据文件夹是加密的，需要启动口令：请用 --passphrase-file 指定口令文件，或设置 "
    "HUCE_PASSPHRASE_FILE",
    "要设置启动口令：请写在一个文件里，用 --passphrase-file 指定（换口令用 "
    "--new-passphrase-file），"
    "或在终端里输入"};

static enum status ask(const struct question *q, const char *prompt, struct buf *out,
                       struct error *err)
{
    struct termios before, quiet;
    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before) != 0)
        return error_set(err, ST_USAGE, "%s", prompt == q->new ? q->wanted : q->missing);
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    fprintf(stderr, "%s", prompt);
    fflush(stderr);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    char line[PIN_MAX];
    bool got = fgets(line, sizeof(line), stdin) != NULL;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fputc('\n', stderr);
    buf_clear(out);
    if (got)
        buf_put(out, line, strcspn(line, "\r\n"));
    secret_wipe(line, sizeof(line));
    return got ? ST_OK : error_set(err, ST_REFUSED, "没有输入口令");
}

static enum status ask_new(const struct question *q, struct buf *out, struct error *err)
{
    struct buf again;
    buf_init(&again, PIN_MAX);
    enum status st = ask(q, q->new, out, err);
    if (st == ST_OK)
        st = ask(q, "请再输入一次：", &again, err);
    if (st == ST_OK && !slice_equal(buf_slice(out), buf_slice(&again)))
        st = error_set(err, ST_REFUSED, "两次输入的口令不一样，请重新运行");
    if (again.p)
        secret_wipe(again.p, again.capacity);
    buf_release(&again);
    return st;
}

static enum status get(const struct question *q, const char *file, bool is_new, struct buf *out,
                       struct error *err)
{
    if (!file)
        file = getenv(q->variable);
    if (file && *file) {
        enum status st = file_read(file, PIN_MAX, out, err);
        if (st != ST_OK)
            return error_wrap(err, st, "%s", q->where);
        while (out->n && (out->p[out->n - 1] == '\n' || out->p[out->n - 1] == '\r'))
            out->n--;
        return ST_OK;
    }
    buf_init(out, PIN_MAX);
    return is_new ? ask_new(q, out, err) : ask(q, q->old, out, err);
}

enum status pin_read(const char *pin_file, bool is_new, struct buf *out, struct error *err)
{
    enum status st = get(&the_pin, pin_file, is_new, out, err);
    return st == ST_OK && is_new ? pin_rule_check(buf_slice(out), err) : st;
}

enum status passphrase_read(const char *file, bool is_new, struct buf *out, struct error *err)
{
    enum status st = get(&the_passphrase, file, is_new, out, err);
    if (st == ST_OK && is_new)
        st = vault_passphrase_check(buf_slice(out), err);
    else if (st == ST_OK && out->n == 0)
        st = error_set(err, ST_REFUSED, "没有输入启动口令");
    return st;
}
