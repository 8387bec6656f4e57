/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * cmd: the commands of `huced`, one file each. A command gets its words and options, prints its
 * result on stdout, and returns how it went; main prints the error once and makes the exit code.
 */
#ifndef SERVER_CMD_CMD_H
#define SERVER_CMD_CMD_H

#include "server/cmd/options.h"
#include "server/core/config.h"

#include <jansson.h>

typedef enum status command_fn(const struct options *options, struct error *err);

struct command {
    const char *name;
    const struct option_spec *specs;
    command_fn *run;
    const char *usage; /* the line of the help text */
};

/* In order of the help text; ends with a NULL name. */
extern const struct command commands[];

command_fn cmd_join, cmd_init, cmd_serve, cmd_ledger, cmd_invite, cmd_member, cmd_audit, cmd_sql,
    cmd_stats, cmd_backup, cmd_quarantine, cmd_adopt, cmd_void, cmd_catalog, cmd_report,
    cmd_witness, cmd_recovery, cmd_erase, cmd_forks, cmd_history, cmd_reads, cmd_sealed, cmd_bundle,
    cmd_config, cmd_doctor, cmd_release, cmd_key, cmd_tidy, cmd_rollup;
extern const struct option_spec cmd_join_options[], cmd_init_options[], cmd_serve_options[],
    cmd_sql_options[], cmd_ledger_options[], cmd_invite_options[], cmd_member_options[],
    cmd_audit_options[], cmd_quarantine_options[], cmd_adopt_options[], cmd_void_options[],
    cmd_witness_options[], cmd_recovery_options[], cmd_erase_options[], cmd_forks_options[],
    cmd_history_options[], cmd_reads_options[], cmd_sealed_options[], cmd_bundle_options[],
    cmd_backup_options[], cmd_doctor_options[], cmd_release_options[], cmd_key_options[],
    cmd_tidy_options[], cmd_rollup_options[];
/* What is in force: --config, over it the command line, below it $HUCE_DATA; mistakes of the file
 * are printed on stderr. config_release, also after an error. */
MUST_USE enum status options_config(const struct options *options, struct config *config,
                                    struct error *err);

/* Adds the revocation of a key to a draft, with the cut that the options --cut tell, or what the
 * county has admitted; *heads: how many chains it vouches for. Inside a transaction. */
struct server;
struct draft;
struct hash;
MUST_USE enum status draft_revocation(struct server *srv, const struct options *options,
                                      const struct hash *kid, struct draft *draft, size_t *heads,
                                      struct error *err);
/* The county's root key (--root-key, or in the data folder), and the passphrase that opened it.
 * Both are the caller's, also after an error. */
struct sign_key;
MUST_USE enum status cmd_root_key(const struct options *options, struct sign_key **root,
                                  struct buf *pin, struct error *err);
/* Prints one JSON document and a newline; takes the reference. */
void print_json(json_t *json);
/* Refuses words beyond max, and fewer than min. */
MUST_USE enum status expect_words(const struct options *options, size_t min, size_t max,
                                  const char *what, struct error *err);

#endif
