/* SPDX-License-Identifier: MulanPSL-2.0 */
/* given_file: the file under given.h. */
#include "agent/core/given.h"

#include "shared/base/file.h"
#include "shared/crypto/vault.h"

enum status given_file_read(const struct vault *vault, const char *path, struct buf *out,
                            struct error *err)
{
    return vault_read(vault, path, GIVEN_FILE_MAX, out, err);
}

enum status given_file_write(const struct vault *vault, const char *path, struct slice bytes,
                             struct error *err)
{
    return vault_replace(vault, path, bytes, err);
}
