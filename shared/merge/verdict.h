/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * verdict: does a change count? Pure; asked once per change by the fold, and by a desk before it
 * saves.
 *
 * What has a leaf is in the history for ever; whether it counts is decided here, the same on every
 * replica:
 *   authority   by the registry as of the leaf's registry_size: a grant, in time, whose scope
 *               covers the ledger and whose role may write each field (writers of the catalog then)
 *   quarantine  a changeset that got its leaf after its author was revoked counts under the grant
 *               as it stood if the revocation's cut vouches for it, or a registrar has adopted it;
 *               otherwise it is kept as evidence and does not count
 *   rulings     void, adopt and erase are for the root key and registrars; nothing in the registry
 * can be erased, because everything is judged by it validation  by the catalog as of the author's
 * registry base: types, lists, checks, whole conflict groups, and the cross-field rules over the
 * fields that the op carries; a field that this catalog does not have: as it is at the leaf; and
 * every value must be of the kind that its field has at the leaf, or the column could not hold it
 *   moves       an `out` names another ledger; an `in` is by someone whose grant covers the ledger
 *               it comes from as well, for it brings values that its author could not write as
 *               such; so do set and counter ops right behind it. Nothing but the kind of the values
 *               is judged: they were valid when they were written
 * Unknown tables, fields and op numbers are no reason to be void: they are kept and passed over.
 */
#ifndef SHARED_MERGE_VERDICT_H
#define SHARED_MERGE_VERDICT_H

#include "shared/ledger/authority.h"
#include "shared/record/catalog.h"

struct verdict_terms {
    const struct registry *registry;
    const struct catalog *writers; /* as of the leaf's registry_size */
    const struct catalog *rules;   /* as of the author's registry base */
    const struct origin *origin;   /* of the ledger */
    uint64_t registry_size;        /* of the leaf (not yet admitted: the registry's size here) */
    int64_t admitted_ms;           /* of the leaf (not yet admitted: effective_ms) */
    bool erased; /* its values are not there any more: who may say it is judged, not what it says */
    bool overlay; /* not yet admitted */
    bool honest;  /* should its author be revoked: the cut vouches for it, or it was adopted */
};

/* Who writes: found once per changeset. */
struct verdict_author {
    const struct grant *grant;   /* NULL: none in force */
    const struct grant *revoked; /* no grant because of a revocation: the one that it ended */
    int writer_bit;              /* role bit in terms->writers, -1 unknown */
    bool root;                   /* the county's root key, which needs no grant */
    bool rules;                  /* may say what counts */
};

enum verdict_code {
    VERDICT_COUNTS = 0,
    VERDICT_MALFORMED,
    VERDICT_NO_GRANT,    /* unknown or expired key */
    VERDICT_SCOPE,       /* the grant does not cover this ledger */
    VERDICT_WRITER,      /* the role may not write this field */
    VERDICT_INVALID,     /* a value fails type, list, check or rule */
    VERDICT_AUTHORITY,   /* an authority op that its author may not make */
    VERDICT_QUARANTINED, /* of a revoked key, and the cut does not vouch for it */
};

/* Not a verdict but a registrar's word (void): what the fold notes for such a change. */
#define VERDICT_NAME_VOIDED "voided"
/* Nor this: it did not count when it was erased (or no longer should), and never will. */
#define VERDICT_NAME_ERASED "erased"

void verdict_author(const struct verdict_terms *terms, const struct hash *kid,
                    struct verdict_author *out);

/* Who that is; zeroes without a grant. */
static inline void verdict_person(const struct verdict_author *author, uint8_t person[static 16])
{
    if (author->grant)
        memcpy(person, author->grant->person, sizeof author->grant->person);
}

/* err gets a sentence for the author's desk when it does not count. */
enum verdict_code verdict(const struct verdict_terms *terms, const struct verdict_author *author,
                          const struct op_body *body, int64_t effective_ms, struct error *err);

/* "malformed", "no_grant", "scope", "writer", "invalid", "authority", "quarantined". */
const char *verdict_name(enum verdict_code code);

#endif
