/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * CHECK: a broken program stops here, also in release builds. Bad input is never a CHECK; it is an
 * error (status.h). A process that dies in a CHECK has lost nothing that it confirmed.
 */
#ifndef SHARED_BASE_CHECK_H
#define SHARED_BASE_CHECK_H

_Noreturn void check_failed(const char *file, int line, const char *expression);

#define CHECK(expression) ((expression) ? (void)0 : check_failed(__FILE__, __LINE__, #expression))

#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

#endif
