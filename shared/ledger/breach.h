/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * breach: what the county let in, against what its own registry said when it did. Pure.
 *
 * A change that lacks authority is admitted and void (FORMAT.md §4): that alone says nothing
 * against anybody, because a grant may have ended while the change was on its way. Three cases are
 * told apart, from what is signed alone:
 *
 *   the county's own   admission itself was forbidden, whatever the fold makes of it: the county
 * has signed a leaf that its rule (session_admit) refuses. No clock, no crash and no desk can bring
 * that about. UNKNOWN_KEY      no grant for the key stood in the registry as of the leaf, and it is
 * not the root key FUTURE_BASE      the author had signed to have seen more of the registry than
 * the county says that there was: the leaf names an older registry than the one in force
 *     REGISTRY_BASE    in the registry: its two bases differ, or the leaf does not name its own
 * place by the clock       OLD_REGISTRY: the registry had grown past the size that the leaf names
 * more than a day before the leaf. Judged by an old registry (to step around a revocation, say), or
 * the county's clock was wrong: times alone do not tell. the author's       the registry that the
 * author had signed to have seen forbade it already: no honest desk makes such a change
 * (breach_knowing). The county had to let it in.
 *
 * Everything else that is void is void honestly.
 */
#ifndef SHARED_LEDGER_BREACH_H
#define SHARED_LEDGER_BREACH_H

#include "shared/ledger/authority.h"
#include "shared/ledger/leaf.h"

/* How far a county's clock may be set back before it stops admitting (PROTOCOL.md). */
#define BREACH_CLOCK_MS (INT64_C(24) * 3600 * 1000)

enum breach {
    BREACH_NONE,
    BREACH_UNKNOWN_KEY,
    BREACH_FUTURE_BASE,
    BREACH_REGISTRY_BASE,
    BREACH_OLD_REGISTRY,
};

struct breach_terms {
    const struct registry *registry; /* folded at least up to the leaf's registry_size */
    const struct changeset *header;  /* verified */
    const struct leaf *leaf;
    bool of_registry; /* the leaf stands in the registry … */
    uint64_t index;   /* … at this place */
    /* When the registry got the leaf behind those that this one names; INT64_MAX: not yet. */
    int64_t outgrown_ms;
};

/* The gravest that holds. */
enum breach breach_of(const struct breach_terms *terms);
/* "unknown_key", "future_base", "registry_base", "old_registry". */
const char *breach_name(enum breach breach);
/* All but OLD_REGISTRY: signed by the county, and no accident. */
bool breach_is_county(enum breach breach);
/* A sentence: whose, and what the registry said as of the leaf. */
void breach_text(enum breach breach, const struct breach_terms *terms, char *out, size_t size);

/* Did the registry as its author had signed to have seen it give no grant over this ledger, or one
 * that only reads? Expiry is no matter of the registry. */
bool breach_knowing(const struct registry *registry, const struct changeset *header,
                    const struct origin *origin);

#endif
