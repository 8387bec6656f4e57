/* SPDX-License-Identifier: MulanPSL-2.0 */
/* update: see update.h. */
#include "agent/core/update.h"

#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/core/line.h"
#include "shared/base/diag.h"
#include "shared/base/file.h"
#include "shared/base/version.h"
#include "shared/net/loop.h"
#include "shared/net/tus.h"

#define FILE_MAX ((size_t)RELEASE_PROGRAM_MAX + RELEASE_HEAD_MAX)
#define PIECE ((uint64_t)1024 * 1024)
#define TIMEOUT_S 600
#define RETRIES 4
#define AGAIN_MS 200

extern char **environ;

void update_release(struct update *update)
{
    buf_release(&update->bytes);
    *update = (struct update){0};
}

static char *place(const struct desk *desk, const char *name)
{
    char *folder = file_join(desk->folder, "updates");
    char *path = file_join(folder, name);
    mem_free(folder);
    return path;
}

static enum status judge(struct desk *desk, struct update *u, struct error *err)
{
    const struct registry *reg = &desk->rep->registry;
    if (!reg->has_county)
        return error_set(err, ST_REFUSED, "还不知道县里的根公钥：请先同步一次");
    enum status st =
        release_read(buf_slice(&u->bytes), &reg->county.root, &u->release, &u->program, err);
    if (st == ST_OK && strcmp(u->release.platform, huce_platform) != 0)
        st = error_set(err, ST_REFUSED, "这个更新是给另一种电脑（%s）的，本机是 %s",
                       u->release.platform, huce_platform);
    if (st == ST_OK && u->release.number <= huce_release)
        st = error_set(err, ST_REFUSED, "这个更新（%s）不比现在的程序（%s）新", u->release.version,
                       huce_version);
    return st;
}

static enum status keep(struct desk *desk, const struct update *u, struct error *err)
{
    char *folder = file_join(desk->folder, "updates"), *path = place(desk, "ready");
    enum status st = file_make_folder(folder, 0700, err);
    if (st == ST_OK)
        st = file_replace(path, buf_slice(&u->bytes), 0600, err);
    mem_free(path);
    mem_free(folder);
    return st;
}

static enum status load(struct desk *desk, const char *path, struct update *out, struct error *err)
{
    *out = (struct update){0};
    enum status st = desk_refresh(desk, err);
    if (st == ST_OK)
        st = file_read(path, FILE_MAX, &out->bytes, err);
    if (st == ST_OK)
        st = judge(desk, out, err);
    if (st != ST_OK)
        update_release(out);
    return st;
}

enum status update_ready(struct desk *desk, struct update *out, struct error *err)
{
    char *path = place(desk, "ready");
    enum status st = load(desk, path, out, err);
    if (st == ST_REFUSED || st == ST_NOT_FOUND) /* it has been applied */
        st = error_set(err, ST_NOT_FOUND, "没有等着装的更新");
    mem_free(path);
    return st;
}

enum status update_take(struct desk *desk, const char *path, struct update *out, struct error *err)
{
    enum status st = load(desk, path, out, err);
    if (st == ST_OK)
        st = keep(desk, out, err);
    if (st != ST_OK)
        update_release(out);
    return st;
}

/* ---- from the county ---- */

struct fetching {
    struct desk *desk;
    struct loop *loop;
    struct http_client *client;
    struct peer peer;
    struct loop_timer *timer;
    struct buf *bytes;
    uint64_t size; /* 0: not known yet */
    unsigned failures;
    enum status st;
    struct error error;
    bool over;
};

static void ask(struct fetching *f);

static void end(struct fetching *f, enum status st, const struct error *err)
{
    f->over = true;
    f->st = st;
    if (st != ST_OK)
        f->error = *err;
    loop_stop(f->loop);
}

static void on_again(void *arg)
{
    struct fetching *f = arg;
    f->timer = NULL;
    ask(f);
}

static void on_piece(void *arg, const struct http_result *result)
{
    struct fetching *f = arg;
    struct error err = {0};
    const char *slash = strchr(result->also, '/');
    const bool some = result->code == 206 && result->body.n > 0;
    if (f->peer.nonce_changed &&
        desk_set(f->desk, "nonce", slice_str(f->peer.nonce), &err) != ST_OK)
        diag_warn("update", "%s", err.text);
    f->peer.nonce_changed = false;
    if (some) {
        buf_put_slice(f->bytes, result->body);
        f->failures = 0;
    }
    if (some && (!slash || !tus_number(slash + 1, &f->size) || f->size > FILE_MAX)) {
        error_set(&err, ST_INVALID, "县里的更新文件不对");
        end(f, ST_INVALID, &err);
    } else if (some && f->bytes->n >= f->size) {
        end(f, ST_OK, NULL);
    } else if (result->code == 204 || result->code == 404) {
        error_set(&err, ST_NOT_FOUND, "县里没有更新的程序");
        end(f, ST_NOT_FOUND, &err);
    } else if (result->status == ST_UNREACHABLE && ++f->failures <= RETRIES) {
        f->timer = loop_timer_start(f->loop, (uint64_t)AGAIN_MS << f->failures, 0, on_again, f);
    } else if (some) {
        ask(f);
    } else {
        err = result->error;
        end(f, result->status == ST_OK ? ST_REFUSED : result->status, &err);
    }
}

static void ask(struct fetching *f)
{
    struct peer_extra extra = {.keep = "Content-Range"};
    struct error err;
    char range[64], path[80];
    snprintf(path, sizeof(path), "/v1/release?have=%llu", (unsigned long long)huce_release);
    snprintf(range, sizeof(range), "Range: bytes=%zu-%llu", f->bytes->n,
             (unsigned long long)(f->bytes->n + PIECE - 1));
    extra.headers[0] = range;
    if (peer_start_with(&f->peer, "GET", path, SLICE_NONE, &extra, TIMEOUT_S, on_piece, f, &err) !=
        ST_OK)
        end(f, err.status, &err);
}

static enum status fetch(struct fetching *f, struct error *err)
{
    struct desk *desk = f->desk;
    enum status st = loop_open(&f->loop, err);
    if (st == ST_OK)
        st = http_client_open(loop_uv(f->loop), &f->client, err);
    if (st == ST_OK) {
        line_to_county(desk, f->client, &f->peer);
        f->timer = loop_timer_start(f->loop, 0, 0, on_again, f);
        loop_run(f->loop);
        st = f->st;
        if (!f->over)
            st = error_set(err, ST_UNREACHABLE, "取更新被中断；已收到的下次不用再取");
        else if (st != ST_OK)
            *err = f->error;
    }
    loop_timer_stop(f->timer);
    peer_cancel(&f->peer);
    http_client_close(f->client);
    loop_close(f->loop);
    return st;
}

enum status update_fetch(struct desk *desk, struct update *out, struct error *err)
{
    struct fetching f = {.desk = desk, .bytes = &out->bytes};
    char *folder = file_join(desk->folder, "updates"), *part = place(desk, "part");
    struct error ignored;
    *out = (struct update){0};
    if (!desk->url[0] || !desk->device)
        return error_set(err, ST_REFUSED, "本机没有县里的服务器地址：请先用邀请码加入");
    enum status st = file_make_folder(folder, 0700, err);
    if (st == ST_OK && file_read(part, FILE_MAX, &out->bytes, &ignored) != ST_OK)
        buf_clear(&out->bytes);
    out->bytes.max = FILE_MAX;
    if (st == ST_OK)
        st = fetch(&f, err);
    if (st == ST_UNREACHABLE && out->bytes.n > 0 &&
        file_replace(part, buf_slice(&out->bytes), 0600, &ignored) != ST_OK)
        diag_warn("update", "%s", ignored.text);
    if (st != ST_UNREACHABLE)
        (void)unlink(part); /* what does not verify begins anew */
    if (st == ST_OK)
        st = judge(desk, out, err);
    if (st == ST_OK)
        st = keep(desk, out, err);
    if (st != ST_OK)
        update_release(out);
    mem_free(part);
    mem_free(folder);
    return st;
}

/* ---- in its place ---- */

/* The program at path (NULL: this one) by its real name; mem_free. NULL: it cannot be found. */
static char *program_at(const char *path)
{
    char real[PATH_MAX];
    return realpath(path ? path : "/proc/self/exe", real) ? mem_strdup(real) : NULL;
}

/* Does it start, and say that it is what was signed? */
static enum status try_out(const char *path, const struct release *release, struct error *err)
{
    char *argv[] = {(char *)path, "version", NULL}, said[128] = "", wanted[64];
    posix_spawn_file_actions_t actions;
    int ends[2], result = -1;
    pid_t pid;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set(err, ST_IO, "不能试运行新程序");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    const bool started = posix_spawn(&pid, path, &actions, NULL, argv, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    for (size_t n = 0; started && n < sizeof(said) - 1;) {
        const ssize_t got = read(ends[0], said + n, sizeof(said) - 1 - n);
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    close(ends[0]);
    const bool ended = started && waitpid(pid, &result, 0) == pid;
    snprintf(wanted, sizeof(wanted), "(%llu)", (unsigned long long)release->number);
    if (ended && WIFEXITED(result) && WEXITSTATUS(result) == 0 && strstr(said, wanted))
        return ST_OK;
    return error_set(err, ST_REFUSED, "新程序在本机不能运行，没有换上，现在的程序没有动");
}

enum status update_apply(struct desk *desk, const char *path, const struct update *update,
                         struct error *err)
{
    char *program = program_at(path), *ready = place(desk, "ready");
    char *fresh = mem_printf("%s.new", program ? program : ""),
         *before = mem_printf("%s.previous", program ? program : "");
    struct buf old = {0};
    enum status st = program ? file_replace(fresh, update->program, 0755, err)
                             : error_set(err, ST_NOT_FOUND, "找不到要换的程序");
    if (st == ST_OK)
        st = try_out(fresh, &update->release, err);
    if (st == ST_OK)
        st = file_read(program, FILE_MAX, &old, err);
    if (st == ST_OK)
        st = file_replace(before, buf_slice(&old), 0755, err);
    if (st == ST_OK)
        st = file_move(fresh, program, err);
    if (st == ST_OK)
        (void)unlink(ready);
    else if (program)
        (void)unlink(fresh);
    buf_release(&old);
    mem_free(before);
    mem_free(fresh);
    mem_free(ready);
    mem_free(program);
    return st;
}

enum status update_back(const char *path, struct error *err)
{
    char *program = program_at(path);
    char *before = mem_printf("%s.previous", program ? program : "");
    enum status st = program && file_exists(before)
                         ? file_move(before, program, err)
                         : error_set(err, ST_NOT_FOUND, "没有更早的程序可以换回");
    mem_free(before);
    mem_free(program);
    return st;
}
