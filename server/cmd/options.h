/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * options: a command line: "--name value", "--name=value", flags, and words. A command says which
 * options it knows; --data, --json and --pin-file are known to all. "--" ends options.
 */
#ifndef SERVER_CMD_OPTIONS_H
#define SERVER_CMD_OPTIONS_H

#include "shared/base/buf.h"
#include "shared/base/status.h"

#define OPTIONS_MAX 128

struct option_spec {
    const char *name; /* without "--"; NULL ends the list */
    bool takes_value;
};

struct options {
    size_t option_count;
    struct {
        const char *name, *value; /* point into argv */
    } option[OPTIONS_MAX];
    size_t word_count;
    const char *words[OPTIONS_MAX];
};

/* argv from after the command's name. */
MUST_USE enum status options_read(int argc, char **argv, const struct option_spec *specs,
                                  struct options *out, struct error *err);

/* The n-th (from 0) value of an option ("" for flags); NULL: not given so often. */
const char *options_nth(const struct options *options, const char *name, size_t n);
static inline const char *options_get(const struct options *options, const char *name)
{
    return options_nth(options, name, 0);
}
bool options_has(const struct options *options, const char *name);

/* The data folder: --data, $HUCE_DATA, /var/lib/huced. */
const char *options_data(const struct options *options);
/* First line of --pin-file or $HUCE_PIN_FILE, without its line end; *found = false: neither given.
 * The caller wipes and releases *pin. */
MUST_USE enum status options_pin(const struct options *options, struct buf *pin, bool *found,
                                 struct error *err);

#endif
