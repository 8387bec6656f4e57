/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * release: updates for desks. `huced release sign PROGRAM` makes a file of it, signed by the
 * county's root key (which may be on a stick, away from the server); `huced release publish FILE`
 * lets desks fetch it. On a stick the file itself goes: `huce update take`.
 */
#include "server/cmd/cmd.h"
#include "server/core/release.h"

#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/base/version.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define USAGE \
    "应为 release sign 程序 --version 版本 --number 号 --out 文件，或 release publish 文件"

const struct option_spec cmd_release_options[] = {{"version", true},
                                                  {"number", true},
                                                  {"platform", true},
                                                  {"note", true},
                                                  {"out", true},
                                                  {"root-key", true},
                                                  {0}};

static enum status word(const struct options *options, const char *name, const char *otherwise,
                        char out[static RELEASE_WORD_MAX + 1], struct error *err)
{
    const char *text = options_get(options, name);
    text = text ? text : otherwise;
    if (!text || !*text || strlen(text) > RELEASE_WORD_MAX || strchr(text, ' '))
        return error_set(err, ST_USAGE, "--%s 应是一个不带空格的词，最多 %d 字节", name,
                         RELEASE_WORD_MAX);
    memcpy(out, text, strlen(text) + 1);
    return ST_OK;
}

static void say(const struct options *options, const struct release *release, const char *zh)
{
    if (options_has(options, "json"))
        print_json(json_pack("{s:s, s:I, s:s, s:I}", "version", release->version, "number",
                             (json_int_t)release->number, "platform", release->platform, "size",
                             (json_int_t)release->size));
    else
        printf("%s：%s（第 %" PRIu64 " 号，%s，%.1f MB）\n", zh, release->version, release->number,
               release->platform, (double)release->size / 1e6);
}

static enum status sign(const struct options *options, struct error *err)
{
    struct release release = {.made_ms = time_now_ms()};
    const char *out = options_get(options, "out"), *number = options_get(options, "number");
    const char *note = options_get(options, "note");
    struct sign_key *root = NULL;
    struct buf pin = {0}, program = {0}, file;
    char *end = NULL;
    enum status st = out && number ? ST_OK : error_set(err, ST_USAGE, USAGE);
    if (st == ST_OK)
        release.number = strtoull(number, &end, 10);
    if (st == ST_OK && (*end || release.number == 0 || release.number > INT64_MAX))
        st = error_set(err, ST_USAGE, "--number 应是一个数，比以前的更新都大");
    if (st == ST_OK)
        st = word(options, "version", NULL, release.version, err);
    if (st == ST_OK)
        st = word(options, "platform", huce_platform, release.platform, err);
    if (st == ST_OK && note && strlen(note) > RELEASE_NOTES_MAX)
        st = error_set(err, ST_USAGE, "--note 太长，最多 %d 字节", RELEASE_NOTES_MAX);
    release.notes = slice_str(note ? note : "");
    if (st == ST_OK)
        st = file_read(options->words[1], RELEASE_PROGRAM_MAX, &program, err);
    if (st == ST_OK)
        st = cmd_root_key(options, &root, &pin, err);
    buf_init(&file, RELEASE_PROGRAM_MAX + RELEASE_HEAD_MAX);
    if (st == ST_OK) {
        release_write(&release, buf_slice(&program), root, &file);
        st = file_replace(out, buf_slice(&file), 0644, err);
    }
    if (st == ST_OK)
        say(options, &release, "已签发");
    sign_key_release(root);
    if (pin.p)
        secret_wipe(pin.p, pin.capacity);
    buf_release(&pin);
    buf_release(&program);
    buf_release(&file);
    return st;
}

static enum status publish(const struct options *options, struct error *err)
{
    struct server *srv = NULL;
    struct release release;
    struct buf file;
    enum status st =
        file_read(options->words[1], RELEASE_PROGRAM_MAX + RELEASE_HEAD_MAX, &file, err);
    if (st == ST_OK)
        st = server_open(options_data(options), &srv, err);
    if (st == ST_OK)
        st = release_publish(srv, buf_slice(&file), &release, err);
    if (st == ST_OK)
        say(options, &release, "各台电脑可以用 huce update fetch 取了");
    server_close(srv);
    buf_release(&file);
    return st;
}

enum status cmd_release(const struct options *options, struct error *err)
{
    if (options->word_count == 2 && strcmp(options->words[0], "sign") == 0)
        return sign(options, err);
    if (options->word_count == 2 && strcmp(options->words[0], "publish") == 0)
        return publish(options, err);
    return error_set(err, ST_USAGE, USAGE);
}
