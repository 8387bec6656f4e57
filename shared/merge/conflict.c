/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * conflict: names and letters for what a person decides. Both are derived from the record and the
 * leaves alone, so two desks that talk on the phone about "candidate B" mean the same value. What a
 * decision may say is asked by the desk and by the fold.
 */
#include "shared/merge/conflict.h"

#include "shared/base/check.h"
#include "shared/record/op.h"
#include "shared/record/workflow.h"

#define ID_DIGITS (RECORD_ID_TEXT - 1)
#define FIELD_DIGITS_MAX 4

void conflict_id_format(const struct record_id *record, uint32_t field,
                        char out[static CONFLICT_ID_TEXT])
{
    CHECK(field <= OP_FIELD_MAX);
    record_id_format(record, out);
    char *p = out + ID_DIGITS;
    *p++ = '.';
    for (uint32_t unit = 1000; unit > 0; unit /= 10) {
        if (field >= unit || unit == 1)
            *p++ = (char)('0' + field / unit % 10);
    }
    *p = '\0';
}

bool conflict_id_parse(struct slice text, struct record_id *record, uint32_t *field)
{
    if (text.n < ID_DIGITS + 2 || text.n > ID_DIGITS + 1 + FIELD_DIGITS_MAX)
        return false;
    if (text.p[ID_DIGITS] != '.' || !record_id_parse(slice_of(text.p, ID_DIGITS), record))
        return false;
    uint32_t number = 0;
    for (size_t i = ID_DIGITS + 1; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        number = number * 10 + (uint32_t)(text.p[i] - '0');
    }
    *field = number;
    return number <= OP_FIELD_MAX;
}

size_t conflict_candidates(const struct field_state *field, struct arena *arena,
                           const struct claim ***out)
{
    *out = NULL;
    if (!field->conflict)
        return 0;
    const struct claim **claims = arena_alloc(arena, field->claim_count * sizeof(*claims));
    size_t count = 0;
    for (uint32_t i = 0; i < field->claim_count; i++) {
        if (field->claims[i].value.kind == VALUE_ERASED)
            continue; /* nobody can choose it */
        size_t at = count++;
        for (; at > 0 && stamp_compare(&claims[at - 1]->at, &field->claims[i].at) > 0; at--)
            claims[at] = claims[at - 1];
        claims[at] = &field->claims[i];
    }
    *out = claims;
    return count;
}

bool conflict_may_take(const struct field_state *field, const struct value *value,
                       const uint8_t person[static 16])
{
    const bool state = field->field->policy == POLICY_STATE;
    if ((!state && !field->field->holds_author) || value->kind == VALUE_ERASED)
        return true;
    for (uint32_t i = 0; i < field->claim_count; i++) {
        if (value_equal(&field->claims[i].value, value))
            return true;
    }
    return !state && (value->kind == VALUE_NULL || workflow_is_person(value, person));
}
