/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * thumbnail: a small JPEG of a photo, for lists and for links that are too slow for the whole. Made
 * once, where the photo is attached, and named in the signed change beside it. So pictures of
 * others are never decoded here. The one door to libjpeg-turbo; PNG is read by libpng.
 */
#ifndef AGENT_CORE_THUMBNAIL_H
#define AGENT_CORE_THUMBNAIL_H

#include "shared/base/buf.h"
#include "shared/record/attachment.h"

#define THUMBNAIL_SIDE 240 /* pixels, of the longer side, at most */

/* False: there is none (no picture, too many pixels, damaged). out: at most ATTACHMENT_THUMB_MAX.
 */
bool thumbnail_make(enum attachment_kind kind, struct slice bytes, struct buf *out);

#endif
