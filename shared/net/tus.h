/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * tus: the header fields of resumable uploads (tus 1.0.0: core, creation, checksum) and of reading
 * a part of something (RFC 9110 §14), as both programs read them.
 */
#ifndef SHARED_NET_TUS_H
#define SHARED_NET_TUS_H

#include "shared/crypto/hash.h"

#define TUS_VERSION "1.0.0"
#define TUS_CONTENT_TYPE "application/offset+octet-stream"
#define TUS_METADATA_MAX 1024

/* "0", "17": digits without zeros in front, below 2^53. */
bool tus_number(const char *text, uint64_t *out);

/* Upload-Metadata: "name base64,name base64,name": what Huce asks for of it. Names that it does not
 * know are passed over; one that is there twice, or that says nothing readable, is an error. */
struct tus_metadata {
    char ledger[128]; /* "": absent */
    bool has_hash;
    struct hash hash; /* "sha256": 64 hex digits */
};
bool tus_metadata(const char *text, struct tus_metadata *out);

/* Upload-Checksum: "sha256 base64". */
bool tus_checksum(const char *text, struct hash *out);

/* Range: "bytes=a-b", "bytes=a-", "bytes=-n" of something of `size` bytes. RANGE_WHOLE: anything
 * else that asks for no single range; it is answered with the whole. */
enum range { RANGE_WHOLE, RANGE_PART, RANGE_NONE };
enum range range_parse(const char *text, uint64_t size, uint64_t *from, uint64_t *n);

#endif
