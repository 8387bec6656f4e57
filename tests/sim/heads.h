/* SPDX-License-Identifier: MulanPSL-2.0 */
/* heads: the county's file of heads (server/core/heads.h), which is outside of the simulated disks:
 * when the county's disk is put back it is still there, unless heads_forget is called. */
#ifndef TESTS_SIM_HEADS_H
#define TESTS_SIM_HEADS_H

void heads_keep(void);   /* as it is now, every schedule begins */
void heads_again(void);  /* and this one does */
void heads_forget(void); /* there is none any more */

#endif
