/* SPDX-License-Identifier: MulanPSL-2.0 */
/* version: which build this program is. Set by make VERSION=… RELEASE=…; a later release has a
 * greater number. */
#ifndef SHARED_BASE_VERSION_H
#define SHARED_BASE_VERSION_H

#include <stdint.h>

extern const char *const huce_version;  /* for people */
extern const uint64_t huce_release;     /* for programs */
extern const char *const huce_platform; /* "linux-x86_64" */

#endif
