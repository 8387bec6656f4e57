/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * attachment: how a field names a photo or a scan (FORMAT.md §7a). The content travels and is
 * stored beside the ledger, by the hash that the signed change names:
 *
 *     <64 hex digits of SHA-256> "." <bytes> "." <kind> [ "." <64 hex digits of the thumbnail> ]
 *
 * in a field of type text or set_text whose checks have the word `attachment`. To a program that
 * does not know the word it is a text like any other. A bare hash, as fields held before, names a
 * content whose length nobody knows.
 */
#ifndef SHARED_RECORD_ATTACHMENT_H
#define SHARED_RECORD_ATTACHMENT_H

#include "shared/base/slice.h"

#define ATTACHMENT_MAX 32000000 /* bytes; a bundle's file on a stick has room for one */
#define ATTACHMENT_THUMB_MAX 32768
#define ATTACHMENT_TEXT_MAX (64 + 1 + 8 + 1 + 3 + 1 + 64)

enum attachment_kind { ATTACHMENT_UNKNOWN, ATTACHMENT_JPEG, ATTACHMENT_PNG, ATTACHMENT_PDF };

struct attachment {
    uint8_t hash[32];
    uint32_t size; /* 0: not said */
    enum attachment_kind kind;
    bool has_thumb;
    uint8_t thumb[32];
};

/* One spelling: false for anything else. */
bool attachment_parse(struct slice text, struct attachment *out);
/* 0-terminated. */
void attachment_write(const struct attachment *attachment,
                      char out[static ATTACHMENT_TEXT_MAX + 1]);

/* "jpg", "png", "pdf"; "" for unknown. And what a browser is told. */
const char *attachment_kind_name(enum attachment_kind kind);
const char *attachment_media_type(enum attachment_kind kind);

#endif
