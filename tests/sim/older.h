/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * older: a program from before some of what there is now. It has not heard of links, of moves
 * between ledgers, nor of what a registrar rules; the words "worst", "decimal" and "range" of a
 * catalog mean nothing to it, and the merge version before this one made its records. All that it
 * must keep, pass over, and show once it is brought up to date.
 *
 * Records are numbered by it as by all (PROTOCOL.md §6): by the ops 0 to 10, whatever they mean. So
 * to it link, out and in are ops on a table that it does not know; void and adopt are ops that it
 * does not know. How bytes travel, and the tables of the database, are those of today.
 *
 * The linker hands the programs' calls to older.c, which asks which program is running; the
 * programs need no hooks.
 */
#ifndef TESTS_SIM_OLDER_H
#define TESTS_SIM_OLDER_H

#include <stdbool.h>

extern bool older_runs; /* the program that is running is such a one */

#endif
