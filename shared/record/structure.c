/* SPDX-License-Identifier: MulanPSL-2.0 */
/* structure: see structure.h. */
#include "shared/record/structure.h"

#include "shared/base/check.h"

static const char *const kinds[] = {"belongs", "brings", "unique", "acyclic", "covered"};

bool structure_kind_known(struct slice kind)
{
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
        if (slice_equal(kind, slice_str(kinds[i])))
            return true;
    return false;
}

static bool is_reference(const struct catalog_field *field)
{
    return field && field->type == FIELD_REF && field->ref[0];
}

const struct catalog_field *structure_owner(const struct catalog_table *table)
{
    for (size_t i = 0; i < table->rule_count; i++) {
        const struct catalog_rule *rule = &table->rules[i];
        if (strcmp(rule->kind, "belongs") != 0)
            continue;
        const struct catalog_field *field =
            rule->arg_count ? catalog_field_called(table, slice_str(rule->args[0])) : NULL;
        return is_reference(field) ? field : NULL;
    }
    for (size_t i = 0; i < table->field_count; i++)
        if (table->fields[i]->required && is_reference(table->fields[i]))
            return table->fields[i];
    return NULL;
}

size_t structure_brings(const struct catalog_table *table, struct structure_brings *out)
{
    size_t count = 0;
    for (size_t i = 0; i < table->rule_count && count < STRUCTURE_WORDS_MAX; i++) {
        const struct catalog_rule *rule = &table->rules[i];
        if (strcmp(rule->kind, "brings") != 0 || rule->arg_count == 0)
            continue;
        struct structure_brings one = {.field =
                                           catalog_field_called(table, slice_str(rule->args[0]))};
        if (rule->arg_count > 1)
            one.until = catalog_field_called(table, slice_str(rule->args[1]));
        if (is_reference(one.field) && (rule->arg_count == 1 || one.until))
            out[count++] = one;
    }
    return count;
}

/* "field=value" */
static bool read_word(const struct catalog_table *table, const char *arg,
                      struct structure_word *out)
{
    const char *equals = strchr(arg, '=');
    if (!equals)
        return false;
    out->field = catalog_field_called(table, slice_of(arg, (size_t)(equals - arg)));
    out->text = equals + 1;
    return out->field != NULL;
}

static bool add_word(const struct catalog_table *table, const char *arg,
                     struct structure_word *words, size_t *count)
{
    return *count < STRUCTURE_WORDS_MAX && read_word(table, arg, &words[(*count)++]);
}

static bool add_key(const struct catalog_table *table, const char *arg, struct structure_rule *out)
{
    const struct catalog_field *field = catalog_field_called(table, slice_str(arg));
    if (!field || field->type >= FIELD_SET_TEXT || out->key_count == STRUCTURE_WORDS_MAX)
        return false;
    out->keys[out->key_count++] = field;
    return true;
}

bool structure_rule(const struct catalog_table *table, const struct catalog_rule *rule,
                    struct structure_rule *out)
{
    bool settle = false, fine = true;
    *out = (struct structure_rule){.rule = rule, .acyclic = strcmp(rule->kind, "acyclic") == 0};
    if (!out->acyclic && strcmp(rule->kind, "unique") != 0)
        return false;
    for (size_t i = 0; i < rule->arg_count && fine; i++) {
        const char *arg = rule->args[i];
        if (strcmp(arg, "settle") == 0) {
            settle = true;
        } else if (strcmp(arg, "first") == 0) {
            out->first = ++i < rule->arg_count
                             ? catalog_field_called(table, slice_str(rule->args[i]))
                             : NULL;
            fine = out->first != NULL;
        } else if (settle) {
            fine = add_word(table, arg, out->settle, &out->settle_count);
        } else if (strchr(arg, '=')) {
            fine = add_word(table, arg, out->where, &out->where_count);
        } else {
            fine = add_key(table, arg, out);
        }
    }
    if (out->acyclic)
        fine = fine && out->key_count == 1 && out->where_count == 0 && is_reference(out->keys[0]) &&
               strcmp(out->keys[0]->ref, table->name) == 0;
    return fine && out->key_count > 0;
}

bool structure_cover(const struct catalog *cat, const struct catalog_table *table,
                     const struct catalog_rule *rule, struct structure_cover *out)
{
    *out = (struct structure_cover){.rule = rule};
    if (strcmp(rule->kind, "covered") != 0 || rule->arg_count != 3)
        return false;
    const char *point = strchr(rule->args[2], '.');
    if (!point)
        return false;
    out->taken = catalog_field_called(table, slice_str(rule->args[0]));
    out->holder = catalog_field_called(table, slice_str(rule->args[1]));
    out->table = catalog_table_named(cat, slice_of(rule->args[2], (size_t)(point - rule->args[2])));
    if (!out->taken || !is_reference(out->holder) || !out->table)
        return false;
    out->given = catalog_field_called(out->table, slice_str(point + 1));
    out->given_holder = catalog_field_called(out->table, slice_str(out->holder->name));
    return out->given && out->given_holder && out->taken->type == FIELD_INT &&
           out->given->type == FIELD_INT;
}
