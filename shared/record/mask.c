/* SPDX-License-Identifier: MulanPSL-2.0 */
/* mask: see mask.h. */
#include "shared/record/mask.h"

#include <string.h>

#define ID_DIGITS 18
#define PHONE_DIGITS 11

static const char *const words[] = {
    [MASK_NONE] = "",       [MASK_NAME] = "name",   [MASK_ID] = "id",
    [MASK_PHONE] = "phone", [MASK_BIRTH] = "birth", [MASK_HIDE] = "hide"};

bool mask_parse(struct slice word, enum mask *out)
{
    for (int i = MASK_NAME; i <= MASK_HIDE; i++)
        if (slice_equal(word, slice_str(words[i]))) {
            *out = (enum mask)i;
            return true;
        }
    return false;
}

/* ---- one value ---- */

static void put_stars(size_t n, struct buf *out)
{
    while (n-- > 0)
        buf_put_u8(out, '*');
}

static bool is_ascii(struct slice text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] >= 0x80)
            return false;
    return true;
}

static size_t characters(struct slice text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += (text.p[i] & 0xC0) != 0x80;
    return n;
}

/* Keeps so many characters at both ends. Numbers are ASCII; what is not is no number. */
static void put_ends(struct slice text, size_t first, size_t last, struct buf *out)
{
    if (text.n <= first + last || !is_ascii(text)) {
        put_stars(characters(text), out);
        return;
    }
    buf_put(out, text.p, first);
    put_stars(text.n - first - last, out);
    buf_put(out, text.p + text.n - last, last);
}

static void put_name(struct slice text, struct buf *out)
{
    size_t first = 1, others = characters(text);
    if (others <= 1) { /* one character is the whole name */
        put_stars(others, out);
        return;
    }
    while ((text.p[first] & 0xC0) == 0x80) /* another character follows */
        first++;
    others--;
    buf_put(out, text.p, first);
    put_stars(others < 3 ? others : 3, out);
}

static void put_birth(enum mask_purpose purpose, struct slice text, struct buf *out)
{
    if (purpose == MASK_INSIDE && text.n == 10 && is_ascii(text))
        buf_put(out, text.p, 4);
    else
        put_stars(text.n ? 4 : 0, out);
    buf_put_str(out, text.n ? "-**-**" : "");
}

void mask_put(enum mask mask, enum mask_purpose purpose, struct slice text, struct buf *out)
{
    switch (mask) {
    case MASK_NAME:
        put_name(text, out);
        break;
    case MASK_ID:
        put_ends(text, purpose == MASK_INSIDE ? 6 : 1, purpose == MASK_INSIDE ? 4 : 2, out);
        break;
    case MASK_PHONE:
        put_ends(text, 3, 4, out);
        break;
    case MASK_BIRTH:
        put_birth(purpose, text, out);
        break;
    case MASK_HIDE:
        put_stars(text.n ? 3 : 0, out);
        break;
    default:
        buf_put_slice(out, text);
    }
}

/* ---- text of no field ---- */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Digits from p on, an X that ends an id number counted in. */
static size_t run_length(struct slice text, size_t at)
{
    size_t n = 0;
    while (at + n < text.n && is_digit(text.p[at + n]))
        n++;
    if (n == ID_DIGITS - 1 && at + n < text.n && (text.p[at + n] | 0x20) == 'x')
        n++;
    return n;
}

void mask_put_alike(enum mask_purpose purpose, struct slice text, struct buf *out)
{
    for (size_t i = 0; i < text.n;) {
        size_t n = run_length(text, i);
        struct slice run = slice_of(text.p + i, n ? n : 1);
        mask_put(n >= ID_DIGITS                                            ? MASK_ID
                 : n == PHONE_DIGITS && run.p[0] == '1' && run.p[1] >= '3' ? MASK_PHONE
                                                                           : MASK_NONE,
                 purpose, run, out);
        i += run.n;
    }
}

/* ---- the catalog ---- */

void mask_rule_of(const struct catalog_table *table, const struct catalog_field *field,
                  struct mask_rule *out)
{
    *out = (struct mask_rule){.mask = field->sensitivity >= MASK_SENSITIVE ? MASK_HIDE : MASK_NONE,
                              .who = ""};
    for (size_t i = 0; i < table->rule_count; i++) {
        const struct catalog_rule *rule = &table->rules[i];
        enum mask mask;
        if (strcmp(rule->kind, MASK_RULE) != 0 || rule->arg_count < 2 ||
            strcmp(rule->args[0], field->name) != 0 || !mask_parse(slice_str(rule->args[1]), &mask))
            continue;
        *out = (struct mask_rule){.mask = mask, .who = rule->arg_count > 2 ? rule->args[2] : ""};
    }
}

static bool word_is(const char *word, size_t n, const char *text)
{
    return strlen(text) == n && memcmp(word, text, n) == 0;
}

static bool word_names(const char *word, size_t n, const char *role)
{
    const bool department = strncmp(role, "dept:", 5) == 0;
    if (word_is(word, n, "V"))
        return strcmp(role, "village") == 0 || strcmp(role, "grid") == 0;
    if (word_is(word, n, "T"))
        return strcmp(role, "township") == 0;
    if (word_is(word, n, "C"))
        return department || strcmp(role, "registrar") == 0;
    if (n > 2 && memcmp(word, "C:", 2) == 0)
        return strcmp(role, "registrar") == 0 || (department && word_is(word + 2, n - 2, role + 5));
    return false;
}

bool mask_shows(const struct mask_rule *rule, const char *role)
{
    if (rule->mask == MASK_NONE || rule->who[0] == '\0')
        return true;
    for (const char *p = rule->who; role && *p;) {
        size_t n = strcspn(p, ",");
        if (word_names(p, n, role))
            return true;
        p += n + (p[n] == ',');
    }
    return false;
}
