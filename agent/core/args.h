/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * args: a command line as words and options. Options may stand anywhere, as --name value or
 * --name=value; "--" ends them. Nothing is copied: everything points into argv.
 */
#ifndef AGENT_CORE_ARGS_H
#define AGENT_CORE_ARGS_H

#include "shared/base/slice.h"
#include "shared/base/status.h"

#define ARGS_WORDS_MAX 512
#define ARGS_OPTIONS_MAX 64

struct args {
    size_t word_count, option_count;
    const char *words[ARGS_WORDS_MAX];
    struct {
        struct slice name;
        const char *value; /* NULL: a flag */
    } options[ARGS_OPTIONS_MAX];
};

/* known: names separated by spaces, "=" behind those that take a value: "data= json limit=".
 * ST_USAGE for an unknown option or a missing value. */
MUST_USE enum status args_parse(int argc, char *const *argv, const char *known, struct args *out,
                                struct error *err);
/* The last value given, or NULL. */
const char *args_value(const struct args *args, const char *name);
bool args_flag(const struct args *args, const char *name);
/* The n-th value (from 0) of an option that may be repeated; NULL: no more. */
const char *args_nth(const struct args *args, const char *name, size_t n);
/* A decimal number of at most max; *out is untouched when the option is absent. */
MUST_USE enum status args_number(const struct args *args, const char *name, uint64_t max,
                                 uint64_t *out, struct error *err);

#endif
