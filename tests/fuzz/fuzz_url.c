/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Addresses: of a server in an invitation, of a listener on a command line, and names of ledgers.
 * No address that the desk would use leaves this machine without TLS.
 */
#include "shared/net/http_client.h"
#include "shared/ledger/authority.h"
#include "shared/net/http_server.h"
#include "tests/fuzz/fuzz.h"

#include <curl/curl.h>

static void use(const char *url)
{
    char authority[256], path[256], *host = NULL, *scheme = NULL;
    CURLU *parts = curl_url();
    MUST(http_url_split(url, authority, sizeof(authority), path, sizeof(path), err));
    CHECK(authority[0] && (path[0] == 0 || path[0] == '/'));
    CHECK(curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK);
    CHECK(curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK);
    CHECK(curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK);
    if (strcmp(scheme, "https") != 0) {
        size_t n = strlen(host);
        if (host[0] == '[') { /* an IPv6 literal, without its brackets */
            memmove(host, host + 1, n - 2);
            host[n - 2] = 0;
        }
        CHECK(strcmp(host, "localhost") == 0 || http_address_loopback(host));
    }
    curl_free(host);
    curl_free(scheme);
    curl_url_cleanup(parts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_alloc(size + 1), host[64];
    struct origin origin, again;
    struct error why;
    uint16_t port;
    struct slice in = slice_of(text, size);
    if (size)
        memcpy(text, data, size);
    text[size] = 0;
    if (strlen(text) == size && county_url_valid(in) && http_url_check(text, &why) == ST_OK)
        use(text);
    if (http_address_parse(text, host, &port))
        (void)http_address_loopback(host);
    if (origin_parse(in, &origin)) {
        CHECK(strlen(origin.text) == size && memcmp(origin.text, text, size) == 0);
        char authority[ORIGIN_MAX + 1];
        size_t n = origin_authority_length(&origin);
        memcpy(authority, origin.text, n);
        authority[n] = 0;
        CHECK(division_code_valid(slice_of(origin_code(&origin), DIVISION_CODE_SIZE)));
        CHECK(origin_make(authority, origin_code(&origin), &again));
        CHECK(strncmp(again.text, origin.text, strlen(again.text)) == 0);
        CHECK(division_covers(origin_code(&origin), origin_code(&origin)));
    }
    mem_free(text);
    return 0;
}
