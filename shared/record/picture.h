/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * picture: what a photo says besides the picture. A camera writes into the file where it stood, on
 * whose telephone, sometimes a second picture; none of that is needed, and all of it would be
 * signed for ever. So of a JPEG is kept what draws it:
 *
 *     SOI  APP0(JFIF)  APP2(ICC)  APP14  DQT SOF DHT DRI SOS … data …  EOI     and nothing behind
 * it
 *
 * and of its Exif two things in a new one: which way is up, and when it was taken. Of a PNG are
 * kept the chunks that draw it. No picture is decoded here: bytes are copied or dropped.
 */
#ifndef SHARED_RECORD_PICTURE_H
#define SHARED_RECORD_PICTURE_H

#include "shared/base/buf.h"
#include "shared/base/status.h"
#include "shared/record/attachment.h"

/* By its first bytes. */
enum attachment_kind picture_kind(struct slice bytes);

/* Appends the file without what is not the picture. A PDF stays as it is: nothing is known of what
 * it holds. ST_INVALID: it is none of these, or broken off; out is then of no use. */
MUST_USE enum status picture_strip(struct slice bytes, struct buf *out, struct error *err);

/* Which way is up, 1–8 as Exif counts; 0: it does not say. And the segment that says so, to stand
 * behind the first two bytes of another JPEG. */
uint8_t picture_up(struct slice bytes);
void picture_put_up(uint8_t up, struct buf *out);

#endif
