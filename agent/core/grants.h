/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * grants: what the county has granted in the names of the people of this desk.
 *
 * Whoever can grant could make a key in anybody's name. He cannot do so unseen: it stands in the
 * registry, which every desk has, and every desk shows its people all grants that are theirs or
 * carry their name, on whatever machine. What is new since a person was last told is told once.
 */
#ifndef AGENT_CORE_GRANTS_H
#define AGENT_CORE_GRANTS_H

#include <jansson.h>

#include "agent/core/desk.h"

#define GRANTS_WARN_DAYS 30 /* before a grant expires its person is told */

/* An array, oldest first: {"kid","kind","name","role","scopes":[…],"device","here","granted","by",
 * "expires","state","revoked","revoked_by","cut","leaf"}. here: the key, or the device, is this
 * desk's; expires, revoked, revoked_by: null when there is none; cut: chains that the revocation
 * vouches for; state: active, expired, replaced, revoked. */
MUST_USE enum status grants_list(struct desk *desk, json_t **out, struct error *err);

/* One grant in that shape. */
json_t *grants_json(struct desk *desk, const struct grant *g);

/* Grants and revocations since this was last asked, as sentences; what a person was told is noted.
 * What joining here brought about itself is none. In a transaction of its own. */
MUST_USE enum status grants_news(struct desk *desk, json_t **out, struct error *err);

/* One line for a person whose grant expires within GRANTS_WARN_DAYS, has expired or was ended;
 * *out NULL: nothing to say, else mem_free. days_left (may be NULL): INT64_MAX for never. */
void grants_warning(struct desk *desk, const struct hash *kid, int64_t now_ms, char **out,
                    int64_t *days_left);

/* The people of this desk, without keys that have ended where the person has another. */
size_t grants_people(struct desk *desk, struct hash *kids, size_t max);

#endif
