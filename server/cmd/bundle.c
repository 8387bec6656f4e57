/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * bundle: huced bundle import PLACE, huced bundle export PLACE --for WHO: desks without a line come
 * by stick (server/core/courier.h). PLACE is a file, or a folder such as a stick's.
 */
#include "server/cmd/cmd.h"
#include "server/core/courier.h"
#include "server/core/member.h"

#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/cli/stick.h"
#include "shared/codec/hex.h"

#include <stdio.h>
#include <stdlib.h>

const struct option_spec cmd_bundle_options[] = {
    {"out", true}, {"for", true}, {"full", false}, {"max-mb", true}, {"photos-mb", true}, {0}};

/* A device, as people know it: who works on it. */
static const char *who(struct server *srv, const struct hash *device)
{
    const struct registry *reg = &srv->rep->registry;
    for (size_t i = reg->grant_count; i > 0; i--) {
        const struct grant *g = &reg->grants[i - 1];
        if (g->kind == GRANT_PERSON && g->has_device && hash_equal(&g->device, device))
            return g->name;
    }
    return "?";
}

static json_t *done_json(struct server *srv, const struct courier_done *done, const char *file)
{
    char hex[2 * HASH_SIZE + 1];
    hex_encode(hash_slice(&done->device), hex);
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s?}", "device", hex,
                     "person", who(srv, &done->device), "admitted", (json_int_t)done->admitted,
                     "rejected", (json_int_t)done->rejected, "given", (json_int_t)done->leaves,
                     "files", (json_int_t)done->files, "bytes", (json_int_t)done->bytes, "photos",
                     (json_int_t)done->photos, "photos_given", (json_int_t)done->photos_given,
                     "photos_wait", (json_int_t)done->photos_wait, "answer", file);
}

static void print_done(struct server *srv, const struct courier_done *done, const char *file)
{
    printf("%s 的电脑：收下 %llu 组改动", who(srv, &done->device),
           (unsigned long long)done->admitted);
    if (done->rejected)
        printf("，没有收 %llu 组（%s）", (unsigned long long)done->rejected, done->refused.text);
    if (done->photos)
        printf("，收下照片和附件 %zu 个", done->photos);
    printf("；给它 %llu 组，%llu 字节，装在 %s", (unsigned long long)done->leaves,
           (unsigned long long)done->bytes, file ? file : "-");
    if (done->files > 1)
        printf(" 等 %zu 个文件", done->files);
    if (done->photos_given || done->photos_wait)
        printf("；照片和附件给它 %zu 个，装不下的 %zu 个", done->photos_given, done->photos_wait);
    printf("\n");
}

/* Where the answer goes: --out, else beside the request. */
static char *answer_place(const struct options *options, const char *request)
{
    const char *out = options_get(options, "out");
    if (out)
        return mem_strdup(out);
    const char *slash = strrchr(request, '/');
    if (!slash)
        return mem_strdup(".");
    return mem_printf("%.*s", slash == request ? 1 : (int)(slash - request), request);
}

/* Files of one device come one after another (stick_find): so do the answers to them. */
struct answers {
    struct hash device;
    size_t files;
};

struct import {
    struct server *srv;
    const struct options *options;
    size_t file_bytes;
    uint64_t photo_bytes;
    struct answers answers; /* to the device of the file before */
    json_t *list;
};

/* A bundle_file: the device is known when its bundle has been opened. */
struct writing {
    struct import *in;
    const struct courier_done *done;
    struct stick stick;
};

static enum status write_answer(void *arg, size_t number, struct slice file, struct error *err)
{
    struct writing *w = arg;
    struct answers *answers = &w->in->answers;
    if (!hash_equal(&answers->device, &w->done->device))
        *answers = (struct answers){.device = w->done->device};
    w->stick.before = answers->files;
    return stick_write(&w->stick, number, file, err);
}

static enum status import_one(struct import *in, const char *path, struct error *err)
{
    struct courier_done done = {0};
    char *place = answer_place(in->options, path);
    struct writing w = {in, &done, {place, &done.device, STICK_FROM_COUNTY, NULL, 0}};
    struct buf file;
    enum status st = file_read(path, BUNDLE_FILE_MAX, &file, err);
    if (st == ST_OK)
        st = courier_answer(in->srv, buf_slice(&file), in->file_bytes, in->photo_bytes,
                            time_now_ms(), write_answer, &w, &done, err);
    if (st == ST_OK && done.files) {
        stick_clear(&w.stick, done.files + 1);
        in->answers.files += done.files;
    }
    if (st == ST_OK)
        json_array_append_new(in->list, done_json(in->srv, &done, w.stick.first));
    if (st == ST_OK && !options_has(in->options, "json"))
        print_done(in->srv, &done, w.stick.first);
    buf_release(&file);
    mem_free(w.stick.first);
    mem_free(place);
    return st == ST_OK ? st : error_wrap(err, st, "%s", path);
}

/* All that can be taken is; the first failure is told at the end. */
static enum status import_all(struct server *srv, const struct options *options, struct error *err)
{
    struct import in = {.srv = srv, .options = options};
    struct stick_files files;
    enum status st = stick_read_size(options_get(options, "max-mb"), &in.file_bytes, err);
    enum status failed = ST_OK;
    if (st == ST_OK)
        st = stick_read_photos(options_get(options, "photos-mb"), &in.photo_bytes, err);
    if (st == ST_OK)
        st = stick_find(options->words[1], STICK_TO_COUNTY, NULL, &files, err);
    if (st != ST_OK)
        return st;
    in.list = json_array();
    for (size_t i = 0; i < files.count; i++) {
        struct error one;
        st = import_one(&in, files.paths[i], &one);
        if (st != ST_OK && failed == ST_OK) {
            failed = st;
            *err = one;
        } else if (st != ST_OK) {
            fprintf(stderr, "huced: %s\n", one.text);
        }
    }
    if (options_has(options, "json") && json_array_size(in.list))
        print_json(json_pack("{s:o}", "bundles", json_incref(in.list)));
    json_decref(in.list);
    stick_files_release(&files);
    return failed;
}

/* The device that is meant: its kid, or a person who works on it. */
static enum status find_device(struct server *srv, const char *text, struct hash *out,
                               struct error *err)
{
    const struct grant *grant;
    enum status st = member_find(&srv->rep->registry, text, &grant, err);
    if (st == ST_OK)
        *out = grant->kind == GRANT_DEVICE ? grant->kid : grant->device;
    return st;
}

static enum status export(struct server *srv, const struct options *options, struct error *err) {
    const char *text = options_get(options, "for"); struct courier_done done = {0};
    struct hash device;
    struct stick stick = {options->words[1], &device, STICK_FROM_COUNTY, NULL, 0};
    size_t bytes;
    uint64_t photos;
    enum status st = stick_read_size(options_get(options, "max-mb"), &bytes, err);
    if (st == ST_OK) st = stick_read_photos(options_get(options, "photos-mb"), &photos, err);
    if (st == ST_OK && !text)
        st = error_set(err, ST_USAGE, "缺少 --for 人名或设备标识：装给谁的电脑");
    if (st == ST_OK) st = find_device(srv, text, &device, err);
    if (st == ST_OK) st = courier_give(srv, &device, options_has(options, "full"), bytes, photos,
                                       time_now_ms(), stick_write, &stick, &done, err);
    if (st == ST_OK) stick_clear(&stick, done.files + 1);
    if (st == ST_OK && options_has(options, "json")) print_json(done_json(srv, &done, stick.first));
    else if (st == ST_OK) print_done(srv, &done, stick.first);
    mem_free(stick.first);
    return st;
}

enum status cmd_bundle(const struct options *options, struct error *err)
{
    struct server *srv;
    enum status st = expect_words(options, 2, 2, "import 或 export，再加文件或文件夹", err);
    if (st != ST_OK)
        return st;
    const bool in = strcmp(options->words[0], "import") == 0;
    if (!in && strcmp(options->words[0], "export") != 0)
        return error_set(err, ST_USAGE, "应为 bundle import 或 bundle export");
    st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    st = in ? import_all(srv, options, err) : export(srv, options, err);
    server_close(srv);
    return st;
}
