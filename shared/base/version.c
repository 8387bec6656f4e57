/* SPDX-License-Identifier: MulanPSL-2.0 */
/* version: see version.h. */
#include "shared/base/version.h"

#ifndef HUCE_VERSION
#define HUCE_VERSION "0.1"
#endif
#ifndef HUCE_RELEASE
#define HUCE_RELEASE 1
#endif

#if defined(__x86_64__)
#define PLATFORM "linux-x86_64"
#elif defined(__aarch64__)
#define PLATFORM "linux-aarch64"
#elif defined(__loongarch64)
#define PLATFORM "linux-loongarch64"
#else
#define PLATFORM "linux-other"
#endif

const char *const huce_version = HUCE_VERSION;
const uint64_t huce_release = HUCE_RELEASE;
const char *const huce_platform = PLATFORM;
