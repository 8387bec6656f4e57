/* SPDX-License-Identifier: MulanPSL-2.0 */
/* certificate: what an invite pins of a server's TLS certificate: SHA-256 of its
 * SubjectPublicKeyInfo (RFC 7469 §2.4), which stays the same when the certificate is renewed for
 * the same key. The only door to GnuTLS of our own (libmicrohttpd uses it for TLS). */
#ifndef SHARED_NET_CERTIFICATE_H
#define SHARED_NET_CERTIFICATE_H

#include "shared/base/status.h"
#include "shared/crypto/hash.h"

/* pem: the first certificate in it counts. ST_INVALID: there is none that can be read. */
MUST_USE enum status certificate_pin(struct slice pem, struct hash *out, struct error *err);

/* When the first certificate in it runs out, in Unix ms. */
MUST_USE enum status certificate_expiry(struct slice pem, int64_t *out_ms, struct error *err);

#endif
