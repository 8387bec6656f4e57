/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * login: who may use the local API now. Pure: time and randomness are arguments.
 *
 * Nothing of the desk can be read or changed before a person has unlocked it with a PIN. Unlocking
 * makes a token of 32 random bytes, which the page keeps and sends with every request in the header
 * Huce-Session. There is one session at a time; unlocking again, locking, and leaving the page
 * alone for too long end it.
 *
 * Decision: there is no other token per start of the service. It would keep out other users of the
 * machine, as the PIN does too; a program of the same user can read the folder without asking. And
 * the page would have to be opened through a link that carries it. A header is taken rather than a
 * cookie because cookies do not know ports: any other program that serves pages on this machine
 * would be sent them.
 *
 * What wrong PINs cost is counted beside the key, for the page and the command line alike
 * (agent/core/unlock.h).
 */
#ifndef AGENT_API_LOGIN_H
#define AGENT_API_LOGIN_H

#include <stdbool.h>
#include <stdint.h>

#define LOGIN_TOKEN 32
#define LOGIN_TOKEN_TEXT (2 * LOGIN_TOKEN + 1)

struct login {
    int64_t idle_ms; /* ends after so long without use; 0: never by itself */
    bool open;
    uint8_t token[LOGIN_TOKEN];
    int64_t used_ms;
};

void login_begin(struct login *s, const uint8_t random[static LOGIN_TOKEN], int64_t now_ms,
                 char text[static LOGIN_TOKEN_TEXT]);
void login_end(struct login *s); /* forgets the token */

/* Is this the session's token (NULL: none was sent), and is it still good? */
bool login_holds(const struct login *s, const char *text, int64_t now_ms);
void login_used(struct login *s, int64_t now_ms);
/* When it ends if nobody uses it; INT64_MAX: never, or it is not open. */
int64_t login_deadline_ms(const struct login *s);

#endif
