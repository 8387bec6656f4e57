/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * qr: a short text as a QR code: for a terminal, or as a picture in a file.
 *
 * An invitation's letters are those that QR codes hold most densely (FORMAT.md §9), so one of 360
 * characters is a square of some 60 modules. With the quiet zone of four modules that readers want.
 */
#ifndef SHARED_CLI_QR_H
#define SHARED_CLI_QR_H

#include "shared/base/buf.h"
#include "shared/base/status.h"

#define QR_PICTURE_MAX (4 * 1024 * 1024)

/* Two rows of modules in a line, in half blocks: dark as on paper; colours: black on white whatever
 * the terminal's own are. ST_LIMIT: too long for a QR code. */
MUST_USE enum status qr_text(const char *text, bool colours, struct buf *out, struct error *err);
/* A picture, by the ending of the name: .png or .svg. ST_USAGE: another. */
MUST_USE enum status qr_picture(const char *text, const char *path, struct buf *out,
                                struct error *err);

#endif
