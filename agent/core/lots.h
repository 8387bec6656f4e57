/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * lots: the draw of a lottery as arithmetic: from a frozen list, a seed and numbers called out to a
 * result, and from a printed sheet to whether it is right. Pure: texts in, texts out. The rule in
 * full, and how it is checked with sha256sum alone, stands in agent/LOTTERY.md.
 *
 *   list     抓阄 <32 hex digits>            which lottery; then the lots, then the applicants:
 *            标的 <kind> <lot>
 *            户 <0001…> <kind> <household>
 *   hash(t)  = SHA-256(t ‖ LF), in hex
 *   key      = hash(seed SP numbers SP hash(list))
 *   ticket   = hash(key SP line), of each applicant's line
 *
 * Of each kind the applicants stand in order of their tickets; the lots go to them in the order of
 * the list, passing over who has withdrawn. Nothing is divided, so nothing is biased.
 */
#ifndef AGENT_CORE_LOTS_H
#define AGENT_CORE_LOTS_H

#include "shared/base/buf.h"
#include "shared/base/mem.h"
#include "shared/base/status.h"

#define LOTS_LIST_MAX 60000 /* bytes: a text field holds 65,536 */
#define LOTS_ENTRIES_MAX 1500
#define LOTS_RESULT_MAX 65000
#define LOTS_NUMBERS_MIN 3
#define LOTS_NUMBERS_MAX 60
#define LOTS_SEED_DIGITS 32
#define LOTS_HASH_TEXT 65
#define LOTS_SHEET_MAX (256 * 1024)

void lots_hash(struct slice text, char out[static LOTS_HASH_TEXT]);

/* "3, 5,1" as it is written down: digits joined by commas, leading zeros kept. ST_USAGE. */
MUST_USE enum status lots_numbers(const char *typed, struct buf *out, struct error *err);
bool lots_seed_valid(struct slice seed);

struct lots_place {
    struct slice kind, number, household;
    uint32_t rank;    /* among those of its kind, from 1 */
    struct slice lot; /* empty: none */
    bool withdrawn;
    char ticket[LOTS_HASH_TEXT];
};

/* In the order of the result: by kind as the kinds first appear among the applicants, then by rank.
 * withdrawn: numbers joined by commas, or empty. ST_INVALID: the list is not one; a number in
 * withdrawn that is not in it. Slices point into the texts, *out into the arena. */
MUST_USE enum status lots_draw(struct slice list, struct slice seed, struct slice numbers,
                               struct slice withdrawn, struct arena *arena, struct lots_place **out,
                               size_t *count, struct error *err);
/* "<kind> <rank> <number> <household> <lot | 候补 | 退出>" a line, without a last line feed. */
void lots_result_text(const struct lots_place *places, size_t count, struct buf *out);

/* What a sheet says (agent/LOTTERY.md); slices point into it, empty where it says nothing. list and
 * result: without their last line feed. */
struct lots_sheet {
    struct slice list, list_hash, seed_hash, seed, numbers, withdrawn, result, result_hash;
};
/* ST_INVALID: no sheet, or a part of it twice. \r\n is not taken for \n: who copies a sheet through
 * a program that alters its lines gets another hash. */
MUST_USE enum status lots_sheet_read(struct slice text, struct lots_sheet *out, struct error *err);
/* ST_OK with *drawn = false: a list before the draw, whose hash holds. ST_REFUSED says what does
 * not hold. */
MUST_USE enum status lots_sheet_check(const struct lots_sheet *sheet, bool *drawn,
                                      struct error *err);

/* The lines by which lots_sheet_read knows the parts. */
#define LOTS_LIST_BEGIN "-----名单开始-----"
#define LOTS_LIST_END "-----名单结束-----"
#define LOTS_RESULT_BEGIN "-----结果开始-----"
#define LOTS_RESULT_END "-----结果结束-----"
#define LOTS_LIST_HASH "名单指纹："
#define LOTS_SEED_HASH "种子指纹："
#define LOTS_SEED "种子："
#define LOTS_NUMBERS "报的数："
#define LOTS_WITHDRAWN "退出的序号："
#define LOTS_RESULT_HASH "结果指纹："

#endif
