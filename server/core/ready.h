/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * ready: may work be sent to this county now? For whoever steers traffic, and for `huced doctor`.
 */
#ifndef SERVER_CORE_READY_H
#define SERVER_CORE_READY_H

#include "server/core/server.h"

/* One reason why not: a code for programs ("recovering", "disk_full", "migrations", "database"),
 * and words with what to do now. */
typedef void ready_reason(void *arg, const char *code, const char *text);

/* Between pieces of work. True: ready; else fn has been called for each reason. */
bool ready_look(struct server *srv, int64_t disk_free_min_mb, ready_reason *fn, void *arg);

/* Bytes that this program may still write where the path lies; -1: not to be known. */
int64_t ready_disk_free(const char *path);

#endif
