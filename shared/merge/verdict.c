/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * verdict: does a change count? See verdict.h.
 *
 * Where everything is in order no strings are touched: a writer mask and a compiled check per
 * field. A sentence is made only when something is wrong.
 */
#include "shared/merge/verdict.h"

#include "shared/base/time.h"
#include "shared/record/validate.h"
#include "shared/record/workflow.h"

#define HOUR_MS (3600 * (int64_t)1000)
#define CST_HOURS 8

static const char *const code_names[] = {"counts", "malformed", "no_grant",  "scope",
                                         "writer", "invalid",   "authority", "quarantined"};

const char *verdict_name(enum verdict_code code)
{
    return code_names[code];
}

void verdict_author(const struct verdict_terms *terms, const struct hash *kid,
                    struct verdict_author *out)
{
    *out = (struct verdict_author){.writer_bit = -1};
    out->grant = registry_grant(terms->registry, kid, terms->registry_size);
    out->rules = registry_rules(terms->registry, kid, terms->registry_size);
    if (!out->grant)
        out->revoked = registry_revoked(terms->registry, kid, terms->registry_size);
    if (terms->honest && out->revoked) {
        out->grant = out->revoked;
        out->revoked = NULL;
    }
    if (out->grant)
        out->writer_bit = catalog_role_bit(terms->writers, out->grant->role);
    if (!out->grant && terms->registry->has_county) {
        struct hash root;
        sign_kid(&terms->registry->county.root, &root);
        out->root = hash_equal(&root, kid);
    }
}

static bool may_write(const struct verdict_author *author, const struct catalog_field *field)
{
    if (!field || field->writers[0] == 0)
        return true;
    return author->writer_bit >= 0 && (field->writer_mask >> author->writer_bit & 1);
}

static enum verdict_code no_writer(const struct verdict_author *author,
                                   const struct catalog_table *table, uint32_t field_no,
                                   struct error *err)
{
    const struct catalog_field *field = catalog_field(table, field_no);
    error_set(err, ST_REFUSED, "%s「%s」只能由 %s 填写,%s 不能改", table->zh, field->zh,
              field->writers, author->grant->role);
    return VERDICT_WRITER;
}

static bool carries(const struct op *op, uint32_t field_no)
{
    if (op->code == OP_WITHDRAW)
        return op->field == field_no;
    for (uint32_t i = 0; i < op->field_count; i++)
        if (op->fields[i].field == field_no)
            return true;
    return false;
}

/* The table of an op as its author had it and as it is at the leaf. */
struct tables {
    const struct catalog_table *known, *now;
};

static struct tables tables_of(const struct verdict_terms *terms, const struct op *op)
{
    return (struct tables){catalog_table(terms->rules, op->table),
                           catalog_table(terms->writers, op->table)};
}

/* Whose rules judge a field: those of the catalog that its author had. A field that was not in it
 * yet is judged as it stands at the leaf, or an old base would be a way around all rules. */
struct law {
    const struct catalog_table *table;
    const struct catalog_field *rule;   /* of that table */
    const struct catalog_field *target; /* at the leaf: what the value is folded into */
};

static struct law law_of(const struct tables *tables, uint32_t field_no)
{
    const struct catalog_field *known =
        tables->known ? catalog_field(tables->known, field_no) : NULL;
    const struct catalog_field *now = tables->now ? catalog_field(tables->now, field_no) : NULL;
    return (struct law){known ? tables->known : tables->now, known ? known : now, now};
}

/* A conflict group merges as one value, so nobody may say or bring half of it, nor take half of it
 * back. */
static bool leaves_group_whole(const struct law *law, const struct op *op, struct error *err)
{
    const struct catalog_field *member = law->rule;
    for (size_t i = 0; member && member->group[0] && i < law->table->field_count; i++) {
        const struct catalog_field *other = law->table->fields[i];
        if (strcmp(other->group, member->group) != 0 || carries(op, other->no))
            continue;
        error_set(err, ST_INVALID, "「%s」要与同组的各项一起填写", member->zh);
        return false;
    }
    return true;
}

/* One value: by the rules of its author's day, and it must fit the field that it is folded into,
 * which the rules see to where both are the same field. */
static bool value_ok(const struct law *law, const struct value *value, int32_t today,
                     struct error *err)
{
    const struct catalog_field *rule = law->rule, *target = law->target;
    if (target && target != rule && !validate_kind_ok(target, value)) {
        error_set(err, ST_INVALID, "「%s」的值不合规定", target->zh);
        return false;
    }
    return !rule || validate_value(rule, value, today, err) == ST_OK;
}

/* Who did it is said by whoever did it. A decision between what others have said is not that: the
 * fold sees to it that it makes nothing up. */
static bool is_the_author(const struct verdict_author *author, const struct op *op,
                          const struct law *law, const struct value *value, struct error *err)
{
    if (op->code != OP_PUT || !law->rule || !law->rule->holds_author || value->kind == VALUE_NULL ||
        workflow_is_person(value, author->grant->person))
        return true;
    error_set(err, ST_INVALID, "「%s」只能是填写的人自己", law->rule->zh);
    return false;
}

static enum verdict_code judge_fields(const struct verdict_terms *terms,
                                      const struct verdict_author *author, const struct op *op,
                                      int32_t today, struct error *err)
{
    const struct tables tables = tables_of(terms, op);
    for (uint32_t i = 0; i < op->field_count; i++) {
        const struct op_field *f = &op->fields[i];
        const struct law law = law_of(&tables, f->field);
        if (!may_write(author, law.target))
            return no_writer(author, tables.now, f->field, err);
        if (!terms->erased && (!value_ok(&law, &f->value, today, err) ||
                               !is_the_author(author, op, &law, &f->value, err)))
            return VERDICT_INVALID;
        if (!leaves_group_whole(&law, op, err))
            return VERDICT_INVALID;
    }
    const struct catalog_table *known = tables.known;
    if (!terms->erased && known && known->rule_count &&
        validate_record(known, op->fields, op->field_count, false, NULL, NULL, err) != ST_OK)
        return VERDICT_INVALID;
    return VERDICT_COUNTS;
}

static enum verdict_code judge_one_field(const struct verdict_terms *terms,
                                         const struct verdict_author *author, const struct op *op,
                                         int32_t today, struct error *err)
{
    const struct tables tables = tables_of(terms, op);
    const struct law law = law_of(&tables, op->field);
    if (!may_write(author, law.target))
        return no_writer(author, tables.now, op->field, err);
    for (uint32_t i = 0; i < op->add_count && !terms->erased; i++)
        if (!value_ok(&law, &op->adds[i], today, err))
            return VERDICT_INVALID;
    if (op->code == OP_STATE && !terms->erased && !value_ok(&law, &op->to, today, err))
        return VERDICT_INVALID;
    if (op->code == OP_WITHDRAW && !leaves_group_whole(&law, op, err))
        return VERDICT_INVALID;
    return VERDICT_COUNTS;
}

/* Which ledger does a move name? */
static enum verdict_code judge_move(const struct verdict_terms *terms, const struct op *op,
                                    struct origin *other, struct error *err)
{
    if (origin_parse(op->origin, other) &&
        (op->code == OP_IN || strcmp(other->text, terms->origin->text) != 0))
        return VERDICT_COUNTS;
    error_set(err, ST_INVALID, "迁移没有写明另一个账本");
    return VERDICT_INVALID;
}

static enum verdict_code judge_in(const struct verdict_terms *terms,
                                  const struct verdict_author *author, const struct op *op,
                                  struct error *err)
{
    struct origin from;
    enum verdict_code code = judge_move(terms, op, &from, err);
    if (code != VERDICT_COUNTS)
        return code;
    if (!grant_covers_ledger(author->grant, origin_code(&from))) {
        error_set(err, ST_REFUSED, "%s 的授权不包括迁出地 %s", author->grant->name, from.text);
        return VERDICT_SCOPE;
    }
    const struct tables tables = tables_of(terms, op);
    for (uint32_t i = 0; i < op->field_count; i++) {
        const struct law law = law_of(&tables, op->fields[i].field);
        if (!terms->erased && law.target && !validate_kind_ok(law.target, &op->fields[i].value)) {
            error_set(err, ST_INVALID, "「%s」的值不合规定", law.target->zh);
            return VERDICT_INVALID;
        }
        if (!leaves_group_whole(&law, op, err))
            return VERDICT_INVALID;
    }
    return VERDICT_COUNTS;
}

/* Set and counter ops right behind the `in` of their record are part of what it brings. */
static bool is_brought(const struct op_body *body, size_t at)
{
    const struct op *op = &body->ops[at];
    while (at-- > 0) {
        const struct op *before = &body->ops[at];
        if (before->table != op->table || !record_id_equal(&before->record, &op->record))
            return false;
        if (before->code == OP_IN)
            return true;
        if (before->code != OP_SET && before->code != OP_COUNTER)
            return false;
    }
    return false;
}

static enum verdict_code judge_brought(const struct verdict_terms *terms, const struct op *op,
                                       struct error *err)
{
    const struct catalog_table *now = catalog_table(terms->writers, op->table);
    const struct catalog_field *field = now ? catalog_field(now, op->field) : NULL;
    for (uint32_t i = 0; field && i < op->add_count && !terms->erased; i++) {
        if (validate_kind_ok(field, &op->adds[i]))
            continue;
        error_set(err, ST_INVALID, "「%s」的值不合规定", field->zh);
        return VERDICT_INVALID;
    }
    return VERDICT_COUNTS;
}

static enum verdict_code no_grant(const struct verdict_author *author, struct error *err)
{
    if (author->revoked) {
        error_set(err, ST_REFUSED, "%s 的授权已撤销，这次改动不在撤销时确认的范围内，已隔离",
                  author->revoked->name);
        return VERDICT_QUARANTINED;
    }
    error_set(err, ST_REFUSED,
              author->root ? "根密钥只用于授权,不能填写档案" : "签名的人没有有效的授权");
    return VERDICT_NO_GRANT;
}

/* What is left of a change may hold no value: an order to erase is no way to write one. */
static enum verdict_code judge_erase(const struct verdict_terms *terms, const struct op *op,
                                     struct error *err)
{
    struct arena arena = {0};
    struct op_body left;
    struct reference ref;
    struct slice ops;
    enum status st = erase_decode(op->raw, &ref, &ops, err);
    if (st == ST_OK)
        st = op_redacted_parse(ops, &arena, &left, err);
    arena_release(&arena);
    if (st != ST_OK)
        return VERDICT_MALFORMED;
    if (strcmp(terms->origin->text, terms->registry->origin.text) != 0)
        return VERDICT_COUNTS;
    error_set(err, ST_REFUSED, "登记账本里的改动不能抹除");
    return VERDICT_AUTHORITY;
}

/* Ops that say what counts, in any ledger. What else belongs to the registry is judged there. */
static enum verdict_code judge_ruling(const struct verdict_terms *terms,
                                      const struct verdict_author *author, const struct op *op,
                                      struct error *err)
{
    struct target targets[AUTHORITY_TARGETS_MAX];
    enum verdict_code code = VERDICT_COUNTS;
    size_t count;
    if (op->code != OP_VOID && op->code != OP_ADOPT && op->code != OP_ERASE)
        return VERDICT_COUNTS;
    if (op->code == OP_ERASE)
        code = judge_erase(terms, op, err);
    else if (targets_decode(op->raw, (enum authority_op_code)op->code, targets, &count, err) !=
             ST_OK)
        code = VERDICT_MALFORMED;
    if (code != VERDICT_COUNTS)
        return code;
    if (author->rules)
        return VERDICT_COUNTS;
    error_set(err, ST_REFUSED, "宣布无效、采纳和抹除只能由登记员或根密钥作出");
    return VERDICT_AUTHORITY;
}

/* Before there is a leaf a grant that has expired may have been renewed where this desk has not
 * heard of it: what it would then make count is shown as counting. */
static bool in_time(const struct verdict_terms *terms, const struct grant *grant,
                    int64_t effective_ms)
{
    return terms->overlay ? grant_may_be_renewed(grant, effective_ms)
                          : grant_covers_time(grant, effective_ms, terms->admitted_ms);
}

/* The day of a time, which may lie behind all days. */
static int32_t day_in_china(int64_t ms)
{
    const int64_t day = (ms / HOUR_MS + CST_HOURS) / 24;
    return day > DATE_MAX ? DATE_MAX : (int32_t)day;
}

enum verdict_code verdict(const struct verdict_terms *terms, const struct verdict_author *author,
                          const struct op_body *body, int64_t effective_ms, struct error *err)
{
    const struct grant *grant = author->grant;
    int32_t today = day_in_china(effective_ms);
    for (size_t i = 0; i < body->op_count; i++) {
        const struct op *op = &body->ops[i];
        enum verdict_code code = VERDICT_COUNTS;
        /* Authority ops of the registry are judged by registry_apply, op by op; all but time. */
        if (op->code >= OP_AUTHORITY && (!grant || in_time(terms, grant, effective_ms))) {
            code = judge_ruling(terms, author, op, err);
            if (code != VERDICT_COUNTS)
                return code;
            continue;
        }
        if (!grant)
            return no_grant(author, err);
        if (!in_time(terms, grant, effective_ms)) {
            error_set(err, ST_REFUSED, "%s 的授权已到期", grant->name);
            return VERDICT_NO_GRANT;
        }
        if (grant->kind != GRANT_PERSON || strcmp(grant->role, "auditor") == 0) {
            error_set(err, ST_REFUSED, "%s 只能查看,不能填写", grant->name);
            return VERDICT_WRITER;
        }
        if (!grant_covers_ledger(grant, origin_code(terms->origin))) {
            error_set(err, ST_REFUSED, "%s 的授权不包括 %s", grant->name, terms->origin->text);
            return VERDICT_SCOPE;
        }
        struct origin other;
        switch (op->code) {
        case OP_OUT:
            code = judge_move(terms, op, &other, err);
            break;
        case OP_IN:
            code = judge_in(terms, author, op, err);
            break;
        case OP_PUT:
        case OP_RESOLVE:
            code = judge_fields(terms, author, op, today, err);
            break;
        case OP_SET:
        case OP_COUNTER:
            code = is_brought(body, i) ? judge_brought(terms, op, err)
                                       : judge_one_field(terms, author, op, today, err);
            break;
        case OP_STATE:
        case OP_WITHDRAW:
            code = judge_one_field(terms, author, op, today, err);
            break;
        default:
            break;
        }
        if (code != VERDICT_COUNTS)
            return code;
    }
    return VERDICT_COUNTS;
}
