/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * config: huced config: the settings of serve and doctor.
 *
 *   huced config check [FILE]    every mistake with its line; exit 1
 *   huced config show            what is in force with --config and what else is said
 *   huced config example         a file with every setting and what it is for
 */
#include "server/cmd/cmd.h"

#include "shared/base/check.h"
#include "shared/base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG_PATH "/etc/huced/huced.conf"

struct mistakes {
    const char *path;
    FILE *to;
};

static void on_finding(void *arg, unsigned line, const char *text)
{
    const struct mistakes *mistakes = arg;
    if (line)
        fprintf(mistakes->to, "%s:%u: %s\n", mistakes->path, line, text);
    else if (mistakes->path)
        fprintf(mistakes->to, "%s: %s\n", mistakes->path, text);
}

static enum status take_options(const struct options *options, struct config *config,
                                struct error *err)
{
    static const struct {
        const char *option;
        enum config_key key;
    } of[] = {
        {"data", CONFIG_DATA},
        {"listen", CONFIG_LISTEN},
        {"tls-cert", CONFIG_TLS_CERT},
        {"tls-key", CONFIG_TLS_KEY},
        {"port-file", CONFIG_PORT_FILE},
        {"max-clients", CONFIG_MAX_CLIENTS},
        {"admin-listen", CONFIG_ADMIN_LISTEN},
        {"admin-port-file", CONFIG_ADMIN_PORT_FILE},
        {"log-requests", CONFIG_LOG_REQUESTS},
    };
    enum status st = ST_OK;
    for (size_t i = 0; i < ARRAY_LENGTH(of) && st == ST_OK; i++) {
        const char *value = options_get(options, of[i].option);
        if (!value)
            continue;
        st = config_set(config, of[i].key, value, err);
        if (st != ST_OK)
            st = error_wrap(err, st, "--%s", of[i].option);
    }
    return st;
}

enum status options_config(const struct options *options, struct config *config, struct error *err)
{
    const char *path = options_get(options, "config"), *data = getenv("HUCE_DATA");
    struct mistakes mistakes = {path, stderr};
    enum status st = ST_OK;
    config_init(config);
    if (data && *data)
        st = config_set(config, CONFIG_DATA, data, err);
    if (st == ST_OK && path)
        st = config_read(config, path, on_finding, &mistakes, err);
    if (st == ST_OK)
        st = take_options(options, config, err);
    return st == ST_OK ? config_agrees(config, on_finding, &mistakes, err) : st;
}

static enum status check(const struct options *options, struct error *err)
{
    const char *path = options_get(options, "config");
    struct mistakes mistakes = {path ? path : CONFIG_PATH, stdout};
    struct config config;
    enum status st = expect_words(options, 1, 2, "", err);
    if (st != ST_OK)
        return st;
    if (options->word_count == 2)
        mistakes.path = options->words[1];
    config_init(&config);
    st = config_read(&config, mistakes.path, on_finding, &mistakes, err);
    if (st == ST_OK)
        st = config_agrees(&config, on_finding, &mistakes, err);
    if (st == ST_USAGE)
        st = ST_INVALID; /* the file's mistake, not the command line's */
    if (st == ST_OK)
        printf("%s 没有问题\n", mistakes.path);
    config_release(&config);
    return st;
}

enum status cmd_config(const struct options *options, struct error *err)
{
    const char *word = options->word_count ? options->words[0] : "";
    struct config config;
    struct buf out;
    if (strcmp(word, "check") == 0)
        return check(options, err);
    enum status st = expect_words(options, 1, 1, " check、show 或 example", err);
    if (st != ST_OK)
        return st;
    if (strcmp(word, "show") != 0 && strcmp(word, "example") != 0)
        return error_set(err, ST_USAGE, "应为 check、show 或 example，不是 %s", word);
    if (strcmp(word, "show") == 0)
        st = options_config(options, &config, err);
    else
        config_init(&config);
    buf_init(&out, CONFIG_FILE_MAX);
    if (st == ST_OK) {
        config_write(&config, &out);
        fwrite(out.p, 1, out.n, stdout);
    }
    buf_release(&out);
    config_release(&config);
    return st;
}
