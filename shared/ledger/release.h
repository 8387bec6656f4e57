/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * release: a program as a file that a desk may take (FORMAT.md §9b): a signed head, then the
 * program itself.
 *
 *   COSE_Sign1([number, version, platform, size, SHA-256, made, notes])  ‖  program
 *
 * It is signed by the county's root key: who is at the top of the county's authority also says
 * which program its desks run, and every desk knows that key since it joined. So where the file
 * comes from, and over what, does not matter.
 */
#ifndef SHARED_LEDGER_RELEASE_H
#define SHARED_LEDGER_RELEASE_H

#include "shared/base/buf.h"
#include "shared/base/status.h"
#include "shared/crypto/sign.h"

#define RELEASE_PROGRAM_MAX (64 * 1024 * 1024)
#define RELEASE_HEAD_MAX 4096
#define RELEASE_WORD_MAX 40
#define RELEASE_NOTES_MAX 2000

struct release {
    uint64_t number; /* later ones are greater */
    char version[RELEASE_WORD_MAX + 1];
    char platform[RELEASE_WORD_MAX + 1];
    uint64_t size;
    struct hash hash; /* of the program */
    int64_t made_ms;
    struct slice notes; /* UTF-8, for people */
};

/* Appends the whole file; size and hash are filled in from the program. */
void release_write(struct release *release, struct slice program, const struct sign_key *key,
                   struct buf *out);
/* ST_INVALID: no such file; ST_REFUSED: not signed by this key; ST_DAMAGED: the program is not the
 * one that was signed, or not all of it. notes and *program point into file. */
MUST_USE enum status release_read(struct slice file, const struct sign_public *key,
                                  struct release *out, struct slice *program, struct error *err);

#endif
