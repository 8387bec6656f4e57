/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * guard: is this request from this machine's own page, or from a page of somebody else that a
 * browser here happens to show? Pure.
 *
 * The service listens on loopback, so only programs of this machine reach it; but a browser is such
 * a program and runs other people's pages. Three questions tell them apart:
 *
 *   Host            a loopback name, else a foreign name was made to point here (DNS rebinding)
 *   Origin          absent, or this very host: a foreign page names itself here
 *   Sec-Fetch-Site  absent, same-origin, or none (typed by a person)
 *
 * What changes something also comes as application/json, which a foreign page cannot send without
 * asking first; and asking (OPTIONS) is never answered.
 */
#ifndef AGENT_API_GUARD_H
#define AGENT_API_GUARD_H

#include <stdbool.h>

/* "localhost", 127.0.0.0/8 or [::1], with or without a port. NULL: no. */
bool guard_host(const char *host);
/* NULL: absent. */
bool guard_origin(const char *origin, const char *host);
bool guard_fetch_site(const char *site);
bool guard_json(const char *content_type);

#endif
