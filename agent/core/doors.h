/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * doors: a code on each door that says nothing to a stranger and opens the household here, without
 * a network. The token is 128 random bits in a record `door_code`; printed as a QR code and, for
 * who types it, as the same 32 hex digits in groups of four. A token that was lost or torn off is
 * put out of use and another one made; the old one says so.
 *
 * What is scanned or typed: "HUCE-DOOR-" may stand before it; case, blanks and dashes do not count;
 * eight digits or more from the beginning are enough where only one code begins so.
 */
#ifndef AGENT_CORE_DOORS_H
#define AGENT_CORE_DOORS_H

#include <jansson.h>

#include "agent/core/act.h"

#define DOOR_PREFIX "HUCE-DOOR-"
#define DOOR_DIGITS 32
#define DOOR_DIGITS_MIN 8
#define DOORS_AT_ONCE 2000

/* From what was scanned or typed to digits; false: it is no code. */
bool door_digits(const char *typed, char out[static DOOR_DIGITS + 1]);

/* {"token","household","household_code","address","ledger"}. ST_NOT_FOUND: no such code here;
 * ST_REFUSED: it is out of use; ST_USAGE: too short, or several begin so. */
MUST_USE enum status door_open(struct desk *desk, const char *typed, json_t **out,
                               struct error *err);

/* Codes for the households of a ledger that have none (only NULL), or for this one household by
 * code or id: renew puts its old one out of use first. *made: how many. */
MUST_USE enum status doors_make(struct desk *desk, struct author *author, const char *ledger,
                                const char *only, bool renew, const char *note, size_t *made,
                                struct error *err);

/* [{"token","household","household_code","address","grid"}…] of the codes in use, by address; of
 * this one household, or (NULL) of all of the ledger (NULL: of all here). */
MUST_USE enum status doors_list(struct desk *desk, const char *ledger, const char *only,
                                json_t **out, struct error *err);
/* A page for the printer, eight labels on A4: the QR code, its digits, the household's code. No
 * name, no address. */
MUST_USE enum status doors_page(const json_t *doors, struct buf *out, struct error *err);

#endif
