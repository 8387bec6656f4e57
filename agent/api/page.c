/* SPDX-License-Identifier: MulanPSL-2.0 */
/* page: see page.h. */
#include "agent/api/page.h"

#include <string.h>

struct page_file {
    const char *path, *type, *etag;
    const unsigned char *start, *end;
    bool compressed; /* gzip */
};

#include "web.h" /* page_files, made by tests/harness/embed_web.sh */

static const struct page_file *find(const char *path)
{
    for (const struct page_file *file = page_files; file->path; file++)
        if (strcmp(file->path, path) == 0)
            return file;
    return NULL;
}

bool page_answer(const struct http_request *request, struct http_response *response)
{
    const struct page_file *file = find(request->rest);
    if (!file)
        return false;
    const char *known = http_request_header(request, "If-None-Match");
    http_response_header(response, "ETag", file->etag);
    http_response_header(response, "Cache-Control",
                         file->compressed ? "private, max-age=31536000, immutable" : "no-cache");
    if (known && strstr(known, file->etag)) {
        response->status = 304;
        return true;
    }
    response->content_type = file->type;
    if (file->compressed)
        http_response_header(response, "Content-Encoding", "gzip");
    response->fixed = slice_of(file->start, (size_t)(file->end - file->start));
    return true;
}
