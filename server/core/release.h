/* SPDX-License-Identifier: MulanPSL-2.0 */
/* release: the update that the county gives its desks: DATA/release, signed by the root key. */
#ifndef SERVER_CORE_RELEASE_H
#define SERVER_CORE_RELEASE_H

#include "server/core/server.h"
#include "shared/ledger/release.h"

/* The file (initialised here, released by the caller in any case) and what its head says. Notes
 * point into it. ST_NOT_FOUND: there is none. */
MUST_USE enum status release_published(struct server *srv, struct buf *file, struct release *out,
                                       struct error *err);
/* A file that was signed elsewhere becomes the one for desks. ST_REFUSED: not by this county's root
 * key, or older than the one that is there. */
MUST_USE enum status release_publish(struct server *srv, struct slice file, struct release *out,
                                     struct error *err);

#endif
