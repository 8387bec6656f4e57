/* SPDX-License-Identifier: MulanPSL-2.0 */
/* pin: how a PIN reaches the program: a file, or a terminal that does not show it. */
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "agent/core/desk.h"
#include "shared/base/buf.h"
#include "shared/base/file.h"
#include "shared/crypto/keyfile.h"

#define PIN_MAX 256

static enum status ask(const char *prompt, struct buf *out, struct error *err)
{
    struct termios before, quiet;
    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before) != 0)
        return error_set(err, ST_USAGE,
                         "需要签名口令（PIN）：请用 --pin-file 指定口令文件，或设置 "
                         "HUCE_PIN_FILE");
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

static enum status ask_new(struct buf *out, struct error *err)
{
    struct buf again;
    buf_init(&again, PIN_MAX);
    enum status st = ask("请设置签名口令（PIN，至少 6 位）：", out, err);
    if (st == ST_OK)
        st = ask("请再输入一次：", &again, err);
    if (st == ST_OK && !slice_equal(buf_slice(out), buf_slice(&again)))
        st = error_set(err, ST_REFUSED, "两次输入的口令不一样，请重新运行");
    if (again.p)
        secret_wipe(again.p, again.capacity);
    buf_release(&again);
    return st;
}

enum status pin_read(const char *pin_file, bool is_new, struct buf *out, struct error *err)
{
    enum status st;
    if (!pin_file)
        pin_file = getenv("HUCE_PIN_FILE");
    if (pin_file && *pin_file) {
        st = file_read(pin_file, PIN_MAX, out, err);
        if (st != ST_OK)
            return error_wrap(err, st, "读不到口令文件");
        while (out->n && (out->p[out->n - 1] == '\n' || out->p[out->n - 1] == '\r'))
            out->n--;
    } else {
        buf_init(out, PIN_MAX);
        st = is_new ? ask_new(out, err) : ask("请输入签名口令（PIN）：", out, err);
    }
    if (st == ST_OK && is_new && out->n < KEYFILE_PIN_MIN)
        st = error_set(err, ST_REFUSED, "口令太短：至少 %d 位", KEYFILE_PIN_MIN);
    return st;
}
