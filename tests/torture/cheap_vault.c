/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * cheap_vault VAULT-FILE PASSPHRASE-FILE: the same passphrase, but each guess costs nothing, so
 * that a torture can start a program a thousand times and spend its hours on the disk. Never for a
 * folder that somebody might steal.
 */
#include <stdio.h>
#include <string.h>

#include "shared/base/file.h"
#include "shared/crypto/vault.h"

int main(int argc, char **argv)
{
    static const uint8_t salt[16] = "not by chance ..";
    struct vault_file file;
    struct vault *vault = NULL;
    struct buf passphrase = {0};
    struct error err = {0};
    if (argc != 3)
        return 2;
    crypto_init();
    enum status st = vault_file_load(argv[1], &file, &err);
    if (st == ST_OK)
        st = file_read(argv[2], 1024, &passphrase, &err);
    if (st == ST_OK)
        st = vault_file_unlock(&file, buf_slice(&passphrase), &vault, &err);
    if (st == ST_OK) {
        file.ops = 1;
        file.mem_kib = 8;
        vault_file_lock_at(&file, vault, buf_slice(&passphrase), salt);
        st = vault_file_store(argv[1], &file, &err);
    }
    if (st != ST_OK)
        fprintf(stderr, "cheap_vault: %s\n", err.text);
    vault_release(vault);
    buf_release(&passphrase);
    return st != ST_OK;
}
