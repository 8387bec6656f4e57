/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * status: composing error sentences.
 *
 * Texts are cut at the end of their buffer, never inside a character: what is shown to a person
 * stays valid UTF-8 whatever a file name or a value contributed.
 */
#include "shared/base/status.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* `text` was cut by vsnprintf: drop the bytes of a character whose rest is missing. */
static void cut_at_character(char *text)
{
    size_t n = strlen(text);
    size_t lead = n;
    while (lead > 0 && n - lead < 3 && ((unsigned char)text[lead - 1] & 0xC0) == 0x80)
        lead--;
    if (lead == 0)
        return;
    unsigned char c = (unsigned char)text[lead - 1];
    size_t length = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
    if (n - (lead - 1) < length)
        text[lead - 1] = 0;
}

/* Bytes of the character that begins at p: 0 when it is none (RFC 3629). Stops at the final zero.
 */
static size_t character_length(const unsigned char *p)
{
    size_t n = p[0] < 0x80                   ? 1
               : p[0] >= 0xC2 && p[0] < 0xE0 ? 2
               : p[0] >= 0xE0 && p[0] < 0xF0 ? 3
               : p[0] >= 0xF0 && p[0] < 0xF5 ? 4
                                             : 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    bool overlong = (p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xF0 && p[1] < 0x90);
    bool beyond = (p[0] == 0xED && p[1] >= 0xA0) || (p[0] == 0xF4 && p[1] >= 0x90);
    return overlong || beyond ? 0 : n;
}

/* Bytes that are no characters, quoted from someone's input, become question marks. */
static void repair(char *text)
{
    for (unsigned char *p = (unsigned char *)text; *p;) {
        size_t n = character_length(p);
        if (n == 0)
            *p = '?';
        p += n ? n : 1;
    }
}

static void format_text(char out[static ERROR_TEXT_MAX], const char *format, va_list args)
{
    int n = vsnprintf(out, ERROR_TEXT_MAX, format, args);
    if (n < 0)
        out[0] = 0;
    else if (n >= ERROR_TEXT_MAX)
        cut_at_character(out);
    repair(out);
}

enum status error_set(struct error *err, enum status status, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        /* Through a buffer of its own: an argument may point into err->text. */
        char text[ERROR_TEXT_MAX];
        format_text(text, format, args);
        va_end(args);
        memcpy(err->text, text, sizeof(text));
        err->status = status;
    }
    return status;
}

enum status error_wrap(struct error *err, enum status status, const char *format, ...)
{
    if (err && status != ST_OK) {
        va_list args;
        va_start(args, format);
        char text[ERROR_TEXT_MAX];
        format_text(text, format, args);
        va_end(args);

        size_t context = strlen(text);
        int n = snprintf(text + context, sizeof(text) - context, ": %s", err->text);
        if (n >= 0 && (size_t)n >= sizeof(text) - context)
            cut_at_character(text);
        memcpy(err->text, text, sizeof(text));
        err->status = status;
    }
    return status;
}

int status_exit_code(enum status status)
{
    switch (status) {
    case ST_OK:
        return 0;
    case ST_USAGE:
        return 2;
    case ST_UNREACHABLE:
        return 3;
    case ST_DAMAGED:
        return 4;
    default:
        return 1;
    }
}

const char *status_name(enum status status)
{
    switch (status) {
    case ST_OK:
        return "ok";
    case ST_INVALID:
        return "invalid";
    case ST_REFUSED:
        return "refused";
    case ST_NOT_FOUND:
        return "not_found";
    case ST_EXISTS:
        return "exists";
    case ST_USAGE:
        return "usage";
    case ST_UNREACHABLE:
        return "unreachable";
    case ST_DAMAGED:
        return "damaged";
    case ST_IO:
        return "io";
    case ST_BUSY:
        return "busy";
    case ST_WAIT:
        return "wait";
    case ST_LIMIT:
        return "limit";
    }
    return "unknown";
}
