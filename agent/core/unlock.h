/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * unlock: a person's key and the PIN on it: opened, counted when wrong, put under another.
 *
 *   <data>/keys/<kid>.key      the key, wrapped by the PIN (shared/crypto/keyfile.h)
 *   <data>/keys/<kid>.tries    while the last PINs were wrong: how many, and when (FORMAT.md §10)
 *
 * The count outlives the program and the machine's being turned off, and it is one for the command
 * line and the page. It holds back who sits at the keyboard. Whoever can write to the disk removes
 * the file; against that stands what one guess costs (argon2id), and the start passphrase.
 */
#ifndef AGENT_CORE_UNLOCK_H
#define AGENT_CORE_UNLOCK_H

#include "agent/core/desk.h"

/* ST_REFUSED: the PIN is wrong, or another must not be tried yet. One try at a time, also between
 * processes. *out is released by the caller. */
MUST_USE enum status unlock_key(struct desk *desk, const struct hash *kid, struct slice pin,
                                struct sign_key **out, struct error *err);
/* How long until a PIN of this person may be tried; 0: now. */
int64_t unlock_wait_ms(struct desk *desk, const struct hash *kid);

/* The key stays, the PIN changes; the file is replaced as a whole. ST_REFUSED: the old one is
 * wrong, the new one is weak (pin_rule.h) or the same. */
MUST_USE enum status unlock_change_pin(struct desk *desk, const struct hash *kid, struct slice old,
                                       struct slice pin, struct error *err);

#endif
