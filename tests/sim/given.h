/* SPDX-License-Identifier: MulanPSL-2.0 */
/* given: the files beside desks' databases that say what has been given away. */
#ifndef TESTS_SIM_GIVEN_H
#define TESTS_SIM_GIVEN_H

/* The disk it was on is empty, or was put back with the rest. */
void given_forget(const char *folder);

#endif
