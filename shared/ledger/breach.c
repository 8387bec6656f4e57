/* SPDX-License-Identifier: MulanPSL-2.0 */
/* breach: see breach.h. */
#include "shared/ledger/breach.h"

#include <inttypes.h>
#include <stdio.h>

static bool is_known(const struct registry *registry, const struct hash *kid, uint64_t size)
{
    return registry_grant_before(registry, kid, size) ||
           (registry->has_county && hash_equal(kid, &registry->root_kid));
}

static enum breach breach_in_registry(const struct breach_terms *terms)
{
    const struct changeset *header = terms->header;
    if (terms->leaf->registry_size != terms->index || header->base_size != header->registry_size ||
        !hash_equal(&header->base_root, &header->registry_root))
        return BREACH_REGISTRY_BASE;
    /* The first leaf makes the root key known. */
    return terms->index == 0 || is_known(terms->registry, &header->kid, terms->index)
               ? BREACH_NONE
               : BREACH_UNKNOWN_KEY;
}

enum breach breach_of(const struct breach_terms *terms)
{
    const struct leaf *leaf = terms->leaf;
    if (terms->of_registry)
        return breach_in_registry(terms);
    if (!is_known(terms->registry, &terms->header->kid, leaf->registry_size))
        return BREACH_UNKNOWN_KEY;
    if (terms->header->registry_size > leaf->registry_size)
        return BREACH_FUTURE_BASE;
    return terms->outgrown_ms < leaf->admitted_ms - BREACH_CLOCK_MS ? BREACH_OLD_REGISTRY
                                                                    : BREACH_NONE;
}

const char *breach_name(enum breach breach)
{
    static const char *const names[] = {"none", "unknown_key", "future_base", "registry_base",
                                        "old_registry"};
    return names[breach];
}

bool breach_is_county(enum breach breach)
{
    return breach != BREACH_NONE && breach != BREACH_OLD_REGISTRY;
}

void breach_text(enum breach breach, const struct breach_terms *terms, char *out, size_t size)
{
    const uint64_t at = terms->leaf->registry_size, seen = terms->header->registry_size;
    switch (breach) {
    case BREACH_UNKNOWN_KEY:
        snprintf(out, size,
                 "县里放进了第 %" PRIu64 " 项，可接收时登记账本（%" PRIu64
                 " 项）里没有给这把密钥的授权：接收规则不许",
                 terms->index, at);
        break;
    case BREACH_FUTURE_BASE:
        snprintf(out, size,
                 "县里放进了第 %" PRIu64 " 项，说接收时登记账本只有 %" PRIu64
                 " 项，可作者签名时已看到 %" PRIu64 " 项：县里用旧的登记账本裁定，接收规则不许",
                 terms->index, at, seen);
        break;
    case BREACH_REGISTRY_BASE:
        snprintf(out, size,
                 "县里放进了登记账本第 %" PRIu64 " 项，它的依据与所在位置不符（写的是 %" PRIu64
                 " 项）：接收规则不许",
                 terms->index, at);
        break;
    case BREACH_OLD_REGISTRY:
        snprintf(out, size,
                 "第 %" PRIu64 " 项按登记账本前 %" PRIu64
                 " 项裁定，可那时登记账本早在一天以前就更长了：县里用旧的登记账本裁定，"
                 "或县里的时钟当时错了一天以上",
                 terms->index, at);
        break;
    default:
        out[0] = '\0';
    }
}

bool breach_knowing(const struct registry *registry, const struct changeset *header,
                    const struct origin *origin)
{
    const struct grant *grant = registry_grant(registry, &header->kid, header->registry_size);
    if (registry->has_county && hash_equal(&header->kid, &registry->root_kid))
        return false;
    return !grant || grant->kind != GRANT_PERSON || strcmp(grant->role, "auditor") == 0 ||
           !grant_covers_ledger(grant, origin_code(origin));
}
