/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * origin: the name of a ledger, "<authority>/<12-digit division code>[/suffix]", for example
 * "guanghe.example/622924101001". The registry ledger's code is the county's own.
 *
 * A ledger that has lost a part of its past goes on under its name in the next epoch: with the
 * suffix "e1", or "-e1" behind a suffix of its own (epoch.h). Everything but the county's signed
 * heads calls it by the name it was given first.
 *
 * Scopes: a grant's scope names division codes; a code covers itself and everything below it
 * (GB/T 2260 and GB/T 10114: groups of 2, 2, 2, 3 and 3 digits, trailing zero groups cut).
 */
#ifndef SHARED_LEDGER_ORIGIN_H
#define SHARED_LEDGER_ORIGIN_H

#include "shared/base/slice.h"

#define ORIGIN_MAX 120 /* bytes of text */
#define DIVISION_CODE_SIZE 12
#define ORIGIN_EPOCH_MAX 999

struct origin {
    char text[ORIGIN_MAX + 1];
};

/* Lower-case host-like authority (letters, digits, '-', '.', ':'), a 12-digit code, and an optional
 * suffix of lower-case letters, digits and '-'. */
bool origin_parse(struct slice text, struct origin *out);
/* code: at least 12 bytes, of which 12 are taken, or a shorter 0-terminated text (refused). */
bool origin_make(const char *authority, const char *code, struct origin *out);
/* The name of that ledger in a later epoch; 0: as it is. False: there is no room for it. line: a
 * name of epoch 0. */
bool origin_of_epoch(const struct origin *line, uint32_t epoch, struct origin *out);
/* The other way: which epoch this name is of, 0 … ORIGIN_EPOCH_MAX, and of which ledger. */
uint32_t origin_epoch(const struct origin *name, struct origin *line);

/* A ledger for named readers (FORMAT.md §7b): its own suffix begins with "s-". */
bool origin_is_sealed(const struct origin *origin);

/* The 12 digits inside (not 0-terminated); origin is valid. */
const char *origin_code(const struct origin *origin);
/* Bytes of authority at the start of the text. */
size_t origin_authority_length(const struct origin *origin);

bool division_code_valid(struct slice code); /* 12 digits, province not 00 */
/* 1 province, 2 prefecture, 3 county, 4 township, 5 village. */
int division_level(const char code[static DIVISION_CODE_SIZE]);
/* Digits that are significant: 2, 4, 6, 9 or 12. */
size_t division_prefix_length(const char code[static DIVISION_CODE_SIZE]);
bool division_covers(const char scope[static DIVISION_CODE_SIZE],
                     const char code[static DIVISION_CODE_SIZE]);

#endif
