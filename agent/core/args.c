/* SPDX-License-Identifier: MulanPSL-2.0 */
/* args: splitting a command line (see args.h). */
#include "agent/core/args.h"

#include <stdlib.h>

enum known { UNKNOWN, FLAG, VALUE };

/* Looks a name up in "data= json limit=". */
static enum known look_up(const char *known, struct slice name)
{
    while (*known) {
        size_t n = strcspn(known, " ");
        bool takes_value = n > 0 && known[n - 1] == '=';
        struct slice word = slice_of(known, n - takes_value);
        if (slice_equal(word, name))
            return takes_value ? VALUE : FLAG;
        known += n;
        known += strspn(known, " ");
    }
    return UNKNOWN;
}

enum status args_parse(int argc, char *const *argv, const char *known, struct args *out,
                       struct error *err)
{
    bool options_ended = false;
    *out = (struct args){0};
    for (int i = 0; i < argc; i++) {
        const char *arg = argv[i];
        if (options_ended || strncmp(arg, "--", 2) != 0) {
            if (out->word_count == ARGS_WORDS_MAX)
                return error_set(err, ST_USAGE, "命令行参数太多（最多 %d 个）", ARGS_WORDS_MAX);
            out->words[out->word_count++] = arg;
            continue;
        }
        if (!arg[2]) {
            options_ended = true;
            continue;
        }
        const char *equals = strchr(arg, '=');
        size_t length = equals ? (size_t)(equals - arg) - 2 : strlen(arg) - 2;
        struct slice name = slice_of(arg + 2, length);
        enum known kind = look_up(known, name);
        if (kind == UNKNOWN)
            return error_set(err, ST_USAGE, "不认识的选项 --%.*s", (int)length, arg + 2);
        if (kind == FLAG && equals)
            return error_set(err, ST_USAGE, "选项 --%.*s 后面不带值", (int)length, arg + 2);
        if (out->option_count == ARGS_OPTIONS_MAX)
            return error_set(err, ST_USAGE, "选项太多（最多 %d 个）", ARGS_OPTIONS_MAX);
        const char *value = NULL;
        if (kind == VALUE) {
            if (!equals && i + 1 == argc)
                return error_set(err, ST_USAGE, "选项 %s 后面要写值", arg);
            value = equals ? equals + 1 : argv[++i];
        }
        out->options[out->option_count].name = name;
        out->options[out->option_count++].value = value;
    }
    return ST_OK;
}

const char *args_value(const struct args *args, const char *name)
{
    for (size_t i = args->option_count; i-- > 0;)
        if (slice_equal(args->options[i].name, slice_str(name)))
            return args->options[i].value;
    return NULL;
}

bool args_flag(const struct args *args, const char *name)
{
    for (size_t i = 0; i < args->option_count; i++)
        if (slice_equal(args->options[i].name, slice_str(name)))
            return true;
    return false;
}

const char *args_nth(const struct args *args, const char *name, size_t n)
{
    for (size_t i = 0; i < args->option_count; i++)
        if (slice_equal(args->options[i].name, slice_str(name)) && n-- == 0)
            return args->options[i].value;
    return NULL;
}

enum status args_number(const struct args *args, const char *name, uint64_t max, uint64_t *out,
                        struct error *err)
{
    const char *text = args_value(args, name);
    if (!text)
        return ST_OK;
    size_t digits = strspn(text, "0123456789");
    uint64_t value = digits > 0 && digits < 19 ? strtoull(text, NULL, 10) : UINT64_MAX;
    if (text[digits] || value > max)
        return error_set(err, ST_USAGE, "--%s 要写 0 到 %llu 之间的整数，不是“%s”", name,
                         (unsigned long long)max, text);
    *out = value;
    return ST_OK;
}
