/* SPDX-License-Identifier: MulanPSL-2.0 */
/* guard: see guard.h. */
#include "agent/api/guard.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "shared/net/http_server.h"

#define HOST_MAX 63

/* "" or ":" and one to five digits */
static bool is_port(const char *text)
{
    size_t digits = *text == ':' ? strspn(text + 1, "0123456789") : 0;
    return *text == '\0' || (digits >= 1 && digits <= 5 && text[1 + digits] == '\0');
}

bool guard_host(const char *host)
{
    char name[HOST_MAX + 1];
    if (!host)
        return false;
    bool bracket = host[0] == '[';
    size_t n = bracket ? strcspn(++host, "]") : strcspn(host, ":");
    const char *end = host + n;
    if (n == 0 || n > HOST_MAX || (bracket && *end++ != ']') || !is_port(end))
        return false;
    memcpy(name, host, n);
    name[n] = '\0';
    bool six = strchr(name, ':') != NULL;
    return six == bracket && (strcasecmp(name, "localhost") == 0 || http_address_loopback(name));
}

bool guard_origin(const char *origin, const char *host)
{
    static const char scheme[] = "http://";
    return !origin || (host && strncmp(origin, scheme, sizeof(scheme) - 1) == 0 &&
                       strcasecmp(origin + sizeof(scheme) - 1, host) == 0);
}

bool guard_fetch_site(const char *site)
{
    return !site || strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0;
}

bool guard_json(const char *content_type)
{
    static const char json[] = "application/json";
    if (!content_type || strncasecmp(content_type, json, sizeof(json) - 1) != 0)
        return false;
    const char *rest = content_type + sizeof(json) - 1;
    rest += strspn(rest, " \t");
    return *rest == '\0' || *rest == ';';
}
