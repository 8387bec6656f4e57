/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * page: the web application (agent/web), embedded in the program as the files that its build made.
 *
 * Everything a browser needs comes from here; the policy in the answers forbids it to ask anybody
 * else. Files lie compressed in the program and are sent as they lie. index.html is short and plain
 * and asked for each time (by ETag); the others carry a hash of their content in their names and
 * are kept by the browser. None of them holds a record: those come through the API alone.
 */
#ifndef AGENT_API_PAGE_H
#define AGENT_API_PAGE_H

#include "shared/net/http_server.h"

/* What a page may do, for every answer of the service. */
#define PAGE_POLICY                                                                         \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " \
    "font-src "                                                                             \
    "'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/* request->rest names the file, "" is the page itself. False: there is none of that name. */
bool page_answer(const struct http_request *request, struct http_response *response);

#endif
