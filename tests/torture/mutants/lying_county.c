/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * lying_county: server/core/admission.c with a planted lie, to see that every desk notices: while
 * the file $HUCE_LIE is there, leaves of villages name the registry size of the leaf before them,
 * as if nobody had been granted or revoked since. All else is signed and served as ever.
 */
#include "server/core/admission.h"

#include <stdlib.h>

#include "shared/base/file.h"

static enum status append_lying(struct replica *rep, struct ledger *ledger, const struct leaf *leaf,
                                const struct segment *segment, struct slice columns,
                                struct error *err)
{
    const char *lie = getenv("HUCE_LIE");
    struct leaf told = *leaf;
    if (lie && file_exists(lie) && ledger != rep->registry_ledger)
        told.registry_size = ledger->registry_size;
    return replica_append(rep, ledger, &told, segment, columns, err);
}

#define replica_append append_lying
#include "server/core/admission.c"
