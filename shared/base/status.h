/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * status: how a function says that it could not do its work.
 *
 * Every fallible function returns an `enum status` that must be used, and takes an optional `struct
 * error *` (NULL allowed) that receives a sentence for a person: what happened, where, what to do.
 * The text gains context on its way up (error_wrap) and is printed once, at the top.
 *
 * Running out of memory is not a status: allocation never returns NULL (see mem.h).
 */
#ifndef SHARED_BASE_STATUS_H
#define SHARED_BASE_STATUS_H

enum status {
    ST_OK = 0,
    ST_INVALID,     /* bad input: malformed bytes, a value that fails validation        exit 1 */
    ST_REFUSED,     /* well formed, but not allowed: authority, PIN, policy             exit 1 */
    ST_NOT_FOUND,   /* no such record, ledger, field, file                              exit 1 */
    ST_EXISTS,      /* already there                                                    exit 1 */
    ST_USAGE,       /* wrong command line                                               exit 2 */
    ST_UNREACHABLE, /* the peer could not be reached, or broke off                      exit 3 */
    ST_DAMAGED,     /* stored data or a signed history does not verify                  exit 4 */
    ST_IO,          /* the operating system said no (disk full, permission)             exit 1 */
    ST_BUSY,        /* another process holds what is needed; try again                  exit 1 */
    ST_WAIT,        /* cannot be judged yet: something it builds on has not arrived     exit 1 */
    ST_LIMIT,       /* larger than a stated limit                                       exit 1 */
};

#define ERROR_TEXT_MAX 768

struct error {
    enum status status;
    char text[ERROR_TEXT_MAX]; /* UTF-8 whatever was quoted; no trailing newline; cut between
                                  characters */
};

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* Sets *err (when not NULL) and returns status, so that `return error_set(...)` reads well. */
enum status error_set(struct error *err, enum status status, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Puts "context: " before the text that is already there and makes status its status; returns
 * status. Does nothing for ST_OK. */
enum status error_wrap(struct error *err, enum status status, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* The exit code of the command contract: 0 ok, 1 failed or refused, 2 usage, 3 peer, 4 damaged. */
int status_exit_code(enum status status);

/* A stable lower-case word ("invalid", "not_found" …) for JSON and metrics. */
const char *status_name(enum status status);

#endif
