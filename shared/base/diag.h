/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * diag: diagnostics for whoever operates the program, on standard error, one line each:
 *     2026-11-21T01:30:00.123Z info sync: 12 changes confirmed
 * Never personal data: no names, numbers or values of records. $HUCE_DIAG sets the level
 * (error, warn, info, debug; default warn).
 */
#ifndef SHARED_BASE_DIAG_H
#define SHARED_BASE_DIAG_H

enum diag_level { DIAG_ERROR, DIAG_WARN, DIAG_INFO, DIAG_DEBUG };

void diag_set_level(enum diag_level level);
void diag_write(enum diag_level level, const char *area, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define diag_error(area, ...) diag_write(DIAG_ERROR, area, __VA_ARGS__)
#define diag_warn(area, ...) diag_write(DIAG_WARN, area, __VA_ARGS__)
#define diag_info(area, ...) diag_write(DIAG_INFO, area, __VA_ARGS__)
#define diag_debug(area, ...) diag_write(DIAG_DEBUG, area, __VA_ARGS__)

#endif
