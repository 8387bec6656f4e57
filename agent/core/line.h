/* SPDX-License-Identifier: MulanPSL-2.0 */
/* line: the county as a desk reaches it: its address and pins, the laptop's key, the newest nonce.
 */
#ifndef AGENT_CORE_LINE_H
#define AGENT_CORE_LINE_H

#include "agent/core/desk.h"
#include "agent/net/peer.h"

/* All but the client is the desk's, and lives as long. */
void line_to_county(struct desk *desk, struct http_client *client, struct peer *out);

/* How many bytes of changes the line bears at once, as far as is known: SESSION_PIECE_MIN to
 * SESSION_PIECE_FIRST. Noted in a transaction or in its own. */
size_t line_piece(struct desk *desk);
MUST_USE enum status line_note_piece(struct desk *desk, size_t piece, struct error *err);

#endif
