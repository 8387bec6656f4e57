/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * desk_audit: everything that this desk holds proved from the stored bytes, ledger by ledger: what
 * is in them (shared/db/audit.h), what lies beside them (own_audit.h), who else has signed that it
 * is the only history (quorum.h). For the command line and the local API.
 */
#ifndef AGENT_CORE_DESK_AUDIT_H
#define AGENT_CORE_DESK_AUDIT_H

#include <jansson.h>

#include "agent/core/desk.h"
#include "agent/core/quorum.h"
#include "shared/db/audit.h"

struct desk_audit_ask {
    const char *ledger; /* as people name one; NULL: all */
    const struct quorum *quorum;
    bool asked; /* for these witnesses, now; else the desk asks for them */
    /* May be NULL: `done` of `of` ledgers are through, the next begins. */
    void (*progress)(void *arg, size_t done, size_t of);
    void *arg;
};

struct desk_audit {
    uint64_t damaged, breaches, unwitnessed;
    struct audit_counts counts;
    json_t *ledgers; /* [{"origin","size","root","findings":[{"code","damage","county","author",
                        "name","chain","number","text"}…]}…] */
};

/* *out is to be released in any case. ST_USAGE: no such ledger. */
MUST_USE enum status desk_audit(struct desk *desk, const struct desk_audit_ask *ask,
                                struct desk_audit *out, struct error *err);
bool desk_audit_is_good(const struct desk_audit *audit);
/* {"ok","changesets","changes","ledgers"} */
json_t *desk_audit_json(const struct desk_audit *audit);
void desk_audit_release(struct desk_audit *audit);

#endif
