/* SPDX-License-Identifier: MulanPSL-2.0 */
/* options: see options.h. */
#include "server/cmd/options.h"

#include "shared/base/file.h"

#include <stdlib.h>

static const struct option_spec common[] = {
    {"data", true}, {"json", false}, {"pin-file", true}, {0}};

static const struct option_spec *find(const struct option_spec *specs, const char *name, size_t n)
{
    for (; specs && specs->name; specs++)
        if (strlen(specs->name) == n && memcmp(specs->name, name, n) == 0)
            return specs;
    return NULL;
}

enum status options_read(int argc, char **argv, const struct option_spec *specs,
                         struct options *out, struct error *err)
{
    bool words_only = false;
    *out = (struct options){0};
    for (int i = 0; i < argc; i++) {
        const char *arg = argv[i];
        if (out->word_count == OPTIONS_MAX || out->option_count == OPTIONS_MAX)
            return error_set(err, ST_USAGE, "参数太多");
        if (words_only || arg[0] != '-' || arg[1] == 0) {
            out->words[out->word_count++] = arg;
            continue;
        }
        if (strcmp(arg, "--") == 0) {
            words_only = true;
            continue;
        }
        const char *name = arg + 2, *equals = strchr(arg, '=');
        size_t n = equals ? (size_t)(equals - name) : strlen(arg) - 2;
        const struct option_spec *spec = NULL;
        if (arg[1] == '-') {
            spec = find(specs, name, n);
            if (!spec)
                spec = find(common, name, n);
        }
        if (!spec)
            return error_set(err, ST_USAGE, "不认识的选项 %s", arg);
        if (!spec->takes_value && equals)
            return error_set(err, ST_USAGE, "选项 --%s 不带值", spec->name);
        if (spec->takes_value && !equals && i + 1 == argc)
            return error_set(err, ST_USAGE, "选项 --%s 后面缺少值", spec->name);
        out->option[out->option_count].name = spec->name;
        out->option[out->option_count++].value = !spec->takes_value ? ""
                                                 : equals           ? equals + 1
                                                                    : argv[++i];
    }
    return ST_OK;
}

const char *options_nth(const struct options *options, const char *name, size_t n)
{
    for (size_t i = 0; i < options->option_count; i++)
        if (strcmp(options->option[i].name, name) == 0 && n-- == 0)
            return options->option[i].value;
    return NULL;
}

bool options_has(const struct options *options, const char *name)
{
    return options_nth(options, name, 0) != NULL;
}

const char *options_data(const struct options *options)
{
    const char *folder = options_get(options, "data");
    if (!folder)
        folder = getenv("HUCE_DATA");
    return folder && *folder ? folder : "/var/lib/huced";
}

enum status options_pin(const struct options *options, struct buf *pin, bool *found,
                        struct error *err)
{
    const char *path = options_get(options, "pin-file");
    buf_init(pin, 0);
    if (!path)
        path = getenv("HUCE_PIN_FILE");
    *found = path && *path;
    if (!*found)
        return ST_OK;
    enum status st = file_read(path, 4096, pin, err);
    if (st != ST_OK)
        return error_wrap(err, st, "口令文件");
    for (size_t i = 0; i < pin->n; i++)
        if (pin->p[i] == '\n' || pin->p[i] == '\r')
            pin->n = i;
    if (pin->n == 0)
        return error_set(err, ST_USAGE, "口令文件 %s 是空的", path);
    return ST_OK;
}
