/* SPDX-License-Identifier: MulanPSL-2.0 */
/* units: the units of this desk and the people there, made aside: who wrote last is looked for in
 * all leaves. */
#include "agent/core/units.h"

#include "agent/api/aside.h"

static enum status make(struct desk *desk, struct author *author, const json_t *ask,
                        struct aside_result *out, struct error *err)
{
    (void)ask;
    return units_list(desk, &author->kid, &out->json, err);
}

void api_units(struct call *call)
{
    static const char *const names[] = {NULL};
    aside_reads(call, names, make);
}
