/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sealed: cases that named readers alone can read (FORMAT.md §7b).
 *
 *   items ─▶ JSON, padded ─▶ age file to the devices of all readers ─▶ base64 in pieces ─▶ a record
 *   of the sealed ledger, signed and ordered like any other
 *
 * The readers are records of the same ledger. Who is added gets every case sealed anew; who is
 * removed gets nothing that is written later, and keeps what was read. Each look is noted
 * (reads.h). Keys belong to devices, so whoever unlocks the laptop's other person does not read:
 * the PIN of a reader is asked for.
 */
#ifndef AGENT_CORE_SEALED_H
#define AGENT_CORE_SEALED_H

#include "agent/core/act.h"
#include "agent/core/reads.h"

/* [{id, items: {…}} …], newest first; items null: not sealed to this device. one: a record's id, or
 * NULL for all. named: a ledger, or NULL for the only one. ST_REFUSED when author is no reader. */
MUST_USE enum status sealed_cases(struct desk *desk, struct author *author,
                                  const struct reader *reader, const char *named, const char *one,
                                  json_t **out, struct error *err);

/* A new case, or (id) other values of some items; an empty value takes an item away. */
MUST_USE enum status sealed_put(struct desk *desk, struct author *author,
                                const struct reader *reader, const char *named, const char *id,
                                const struct act_field *items, size_t count, struct record_id *out,
                                struct error *err);

/* [{name, person, devices}…] */
MUST_USE enum status sealed_readers(struct desk *desk, const char *named, json_t **out,
                                    struct error *err);
/* By name, as the registry has it. The first one of a new ledger names himself. *cases: sealed
 * anew. */
MUST_USE enum status sealed_add(struct desk *desk, struct author *author, const char *named,
                                const char *who, size_t *cases, struct error *err);
MUST_USE enum status sealed_remove(struct desk *desk, struct author *author, const char *named,
                                   const char *who, size_t *cases, struct error *err);

/* The next exchange asks the county which ledgers there are for this device. */
MUST_USE enum status sealed_ask(struct desk *desk, struct error *err);

#endif
