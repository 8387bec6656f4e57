/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * key_change: another key signs the county's ledgers from now on (log_keys.h).
 *
 *   new key, durable as a file ─▶ named in the registry by the root key ─▶ every head signed anew
 *                                 └──────────────── one transaction ─────────────────┘
 *
 * A cut before the commit leaves a file that the next change takes up; other processes find the key
 * when they read the registry.
 */
#ifndef SERVER_CORE_KEY_CHANGE_H
#define SERVER_CORE_KEY_CHANGE_H

#include "server/core/server.h"

/* A transaction of its own; srv may be of server_open_keyless. ST_WAIT: the county is recovering.
 */
MUST_USE enum status key_change(struct server *srv, const struct sign_key *root, int64_t now_ms,
                                struct error *err);

#endif
