/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * log_keys: the keys that sign checkpoints, as files: the first is DATA/log.key, those that came
 * after it DATA/log.2.key … A key that has been replaced is kept: bundles of desks that have not
 * heard of its end are sealed to it, and are answered under it (FORMAT.md §8).
 *
 * Which of them is in force says the registry (FORMAT.md §4b). A file of a key that no registry
 * names yet is left of a change that was cut off, and is taken up by the next one.
 */
#ifndef SERVER_CORE_LOG_KEYS_H
#define SERVER_CORE_LOG_KEYS_H

#include "shared/base/status.h"
#include "shared/crypto/sign.h"

#define LOG_KEYS_MAX 8

struct log_keys {
    struct sign_key *key[LOG_KEYS_MAX];
    size_t count;
};

/* The name of the file of the n-th key, from 0. */
const char *log_key_file(size_t n);

/* Adds what is there to *keys, which may be the zero state; those that it holds stay where they
 * are. ST_NOT_FOUND: there is none. */
MUST_USE enum status log_keys_load(const char *folder, struct log_keys *keys, struct error *err);
void log_keys_release(struct log_keys *keys); /* accepts the zero state */

/* NULL: it is not among them. */
struct sign_key *log_keys_find(const struct log_keys *keys, const struct sign_public *pk);

/* A new one, durable, behind those that are there. ST_LIMIT: there are LOG_KEYS_MAX. */
MUST_USE enum status log_keys_make(const char *folder, struct log_keys *keys, struct error *err);

#endif
