/* SPDX-License-Identifier: MulanPSL-2.0 */
/* line: see line.h. */
#include "agent/core/line.h"

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
