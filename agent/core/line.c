/* SPDX-License-Identifier: MulanPSL-2.0 */
/* line: see line.h. */
#include "agent/core/line.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/sync/session.h"

#define PIECE "link_piece" /* setting: bytes; absent: SESSION_PIECE_FIRST */

void line_to_county(struct desk *desk, struct http_client *client, struct peer *out)
{
    struct buf nonce;
    *out = (struct peer){.client = client,
                         .url = desk->url,
                         .pins = desk->pins,
                         .pin_count = desk->pin_count,
                         .device = desk->device};
    buf_init(&nonce, SIGNATURE_NONCE_MAX);
    if (desk_setting(desk, "nonce", &nonce))
        memcpy(out->nonce, nonce.p, nonce.n);
    buf_release(&nonce);
}

size_t line_piece(struct desk *desk)
{
    size_t piece = SESSION_PIECE_FIRST;
    struct buf value;
    buf_init(&value, 24);
    if (desk_setting(desk, PIECE, &value) && buf_ok(&value)) {
        const unsigned long long bytes = strtoull(buf_cstr(&value), NULL, 10);
        if (bytes >= SESSION_PIECE_MIN && bytes <= SESSION_PIECE_FIRST)
            piece = (size_t)bytes;
    }
    buf_release(&value);
    return piece;
}

enum status line_note_piece(struct desk *desk, size_t piece, struct error *err)
{
    char text[24];
    snprintf(text, sizeof(text), "%zu", piece);
    return desk_set(desk, PIECE, slice_str(text), err);
}
