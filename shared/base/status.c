/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * status: composing error sentences.
 *
 * Texts are cut at the end of their buffer, never inside a character: what is shown to a person
 * stays valid UTF-8 whatever a file name or a value contributed.
 */
#include "shared/base/status.h"

#include <stdarg.h>
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

static void format_text(char out[static ERROR_TEXT_MAX], const char *format, va_list args)
{
    int n = vsnprintf(out, ERROR_TEXT_MAX, format, args);
    if (n < 0)
        out[0] = 0;
    else if (n >= ERROR_TEXT_MAX)
        cut_at_character(out);
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
