/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * cbor: one head format does all the work (RFC 8949 §3).
 *
 *     byte 0 = major type (3 bits) | information (5 bits)
 *     information 0…23: the argument itself     24, 25, 26, 27: it follows in 1, 2, 4, 8 bytes
 *     28…30: reserved                           31: indefinite length, not in the profile
 *
 * The reader decodes a head into a local copy and moves r->p only when everything about the item is
 * known to be right, so a failed read leaves the position at the item that is wrong.
 */
#include "shared/codec/cbor.h"

#include "shared/base/check.h"

/* ---- writer ---- */

static void put_head(struct buf *out, enum cbor_type major, uint64_t argument)
{
    uint8_t top = (uint8_t)(major << 5);
    if (argument < 24) {
        buf_put_u8(out, top | (uint8_t)argument);
        return;
    }
    unsigned power = argument <= UINT8_MAX    ? 0
                     : argument <= UINT16_MAX ? 1
                     : argument <= UINT32_MAX ? 2
                                              : 3;
    size_t width = (size_t)1 << power;
    uint8_t head[9];
    head[0] = top | (uint8_t)(24 + power);
    for (size_t i = width; i > 0; i--, argument >>= 8)
        head[i] = (uint8_t)argument;
    buf_put(out, head, 1 + width);
}

void cbor_put_long_uint(struct buf *out, uint64_t value)
{
    put_head(out, CBOR_UINT, value);
}

void cbor_put_int(struct buf *out, int64_t value)
{
    /* -1 - value without overflow: the complement. */
    if (value < 0)
        put_head(out, CBOR_NINT, ~(uint64_t)value);
    else
        put_head(out, CBOR_UINT, (uint64_t)value);
}

void cbor_put_bytes(struct buf *out, struct slice bytes)
{
    put_head(out, CBOR_BYTES, bytes.n);
    buf_put_slice(out, bytes);
}

void cbor_put_text(struct buf *out, struct slice text)
{
    if (text.n < 24) {
        uint8_t *room = buf_extend(out, 1 + text.n);
        if (!room)
            return;
        room[0] = (uint8_t)(CBOR_TEXT << 5 | text.n);
        if (text.n)
            memcpy(room + 1, text.p, text.n);
        return;
    }
    put_head(out, CBOR_TEXT, text.n);
    buf_put_slice(out, text);
}

void cbor_put_str(struct buf *out, const char *text)
{
    cbor_put_text(out, slice_str(text));
}

void cbor_put_array(struct buf *out, size_t count)
{
    put_head(out, CBOR_ARRAY, count);
}

void cbor_put_map(struct buf *out, size_t count)
{
    put_head(out, CBOR_MAP, count);
}

void cbor_put_tag(struct buf *out, uint64_t tag)
{
    put_head(out, CBOR_TAG, tag);
}

#define SIMPLE_FALSE 20
#define SIMPLE_TRUE 21
#define SIMPLE_NULL 22
#define NULL_BYTE ((CBOR_SIMPLE << 5) | SIMPLE_NULL)
#define FALSE_BYTE ((CBOR_SIMPLE << 5) | SIMPLE_FALSE)

void cbor_put_null(struct buf *out)
{
    put_head(out, CBOR_SIMPLE, SIMPLE_NULL);
}

void cbor_put_bool(struct buf *out, bool value)
{
    put_head(out, CBOR_SIMPLE, value ? SIMPLE_TRUE : SIMPLE_FALSE);
}

/* ---- strict reader ---- */

void cbor_reader_init(struct cbor_reader *r, struct slice input, const char *what)
{
    static const uint8_t nothing[1];
    const uint8_t *p = input.n ? input.p : nothing;
    *r = (struct cbor_reader){.p = p, .end = p + input.n, .start = p, .what = what};
}

void cbor_fail(struct cbor_reader *r, const char *error)
{
    if (r->error)
        return;
    r->error = error;
    r->error_at = (size_t)(r->p - r->start);
}

struct head {
    enum cbor_type major;
    uint64_t argument;
    const uint8_t *after; /* the first byte behind the head */
};

/* Decodes the head at r->p and checks what the profile says about heads; does not move. */
static inline bool read_head(struct cbor_reader *r, struct head *head)
{
    if (r->error)
        return false;
    const uint8_t *p = r->p;
    size_t left = (size_t)(r->end - p);
    if (left == 0) {
        cbor_fail(r, "the input ends where an item must follow");
        return false;
    }
    unsigned information = *p & 31u;
    head->major = (enum cbor_type)(*p >> 5);
    if (information < 24) {
        head->argument = information;
        head->after = p + 1;
    } else {
        if (information > 27) {
            cbor_fail(r, "indefinite length or reserved encoding");
            return false;
        }
        size_t width = (size_t)1 << (information - 24);
        if (left < 1 + width) {
            cbor_fail(r, "the input ends inside an item");
            return false;
        }
        uint64_t argument = 0;
        for (size_t i = 1; i <= width; i++)
            argument = argument << 8 | p[i];
        uint64_t least = width == 1 ? 24 : UINT64_C(1) << (width * 4);
        if (argument < least && head->major != CBOR_SIMPLE) {
            cbor_fail(r, "integer or length not in its shortest form");
            return false;
        }
        head->argument = argument;
        head->after = p + 1 + width;
    }
    if (head->major == CBOR_SIMPLE && (information < SIMPLE_FALSE || information > SIMPLE_NULL)) {
        cbor_fail(r, "a float or a simple value other than false, true and null");
        return false;
    }
    if (head->major == CBOR_TAG && head->argument != CBOR_TAG_COSE_SIGN1) {
        cbor_fail(r, "a tag other than 18");
        return false;
    }
    if (head->major == CBOR_NINT && head->argument > INT64_MAX) {
        cbor_fail(r, "a negative integer below 64 bits");
        return false;
    }
    return true;
}

/* Like read_head, and the type must be this one. */
static inline bool read_head_of(struct cbor_reader *r, enum cbor_type major, struct head *head)
{
    static const char *const wanted[] = {
        "expected an unsigned integer",
        "expected a negative integer",
        "expected a byte string",
        "expected a text string",
        "expected an array",
        "expected a map",
        "expected a tag",
        "expected a simple value",
    };
    if (!read_head(r, head))
        return false;
    if (head->major != major) {
        cbor_fail(r, wanted[major]);
        return false;
    }
    return true;
}

/* The content of a string whose head was read; false when the rest of the input is shorter. */
static inline bool string_content(struct cbor_reader *r, const struct head *head,
                                  struct slice *content)
{
    if (head->argument > (size_t)(r->end - head->after)) {
        cbor_fail(r, "a string longer than the rest of the input");
        return false;
    }
    *content = slice_of(head->after, (size_t)head->argument);
    if (head->major == CBOR_TEXT && !utf8_valid(*content)) {
        cbor_fail(r, "text that is not valid UTF-8");
        return false;
    }
    return true;
}

/* Could `argument` items (pairs) stand in the rest of the input? Each has at least a byte. */
static inline bool count_fits(struct cbor_reader *r, const struct head *head)
{
    size_t least = head->major == CBOR_MAP ? 2 : 1;
    if (head->argument > (size_t)(r->end - head->after) / least) {
        cbor_fail(r, "more items declared than the rest of the input can hold");
        return false;
    }
    return true;
}

enum cbor_type cbor_peek(struct cbor_reader *r)
{
    if (r->error)
        return CBOR_UINT;
    if (r->p == r->end) {
        cbor_fail(r, "the input ends where an item must follow");
        return CBOR_UINT;
    }
    return (enum cbor_type)(*r->p >> 5);
}

bool cbor_at_null(struct cbor_reader *r)
{
    return !r->error && r->p < r->end && *r->p == NULL_BYTE;
}

bool cbor_at_false(struct cbor_reader *r)
{
    return !r->error && r->p < r->end && *r->p == FALSE_BYTE;
}

uint64_t cbor_read_uint(struct cbor_reader *r)
{
    struct head head;
    if (!read_head_of(r, CBOR_UINT, &head))
        return 0;
    r->p = head.after;
    return head.argument;
}

uint64_t cbor_read_long_uint_max(struct cbor_reader *r, uint64_t max)
{
    struct head head;
    if (!read_head_of(r, CBOR_UINT, &head))
        return 0;
    if (head.argument > max) {
        cbor_fail(r, "a number above its limit");
        return 0;
    }
    r->p = head.after;
    return head.argument;
}

int64_t cbor_read_int(struct cbor_reader *r)
{
    struct head head;
    if (!read_head(r, &head))
        return 0;
    if (head.major != CBOR_UINT && head.major != CBOR_NINT) {
        cbor_fail(r, "expected an integer");
        return 0;
    }
    if (head.argument > INT64_MAX) {
        cbor_fail(r, "an integer above 63 bits");
        return 0;
    }
    r->p = head.after;
    int64_t value = (int64_t)head.argument;
    return head.major == CBOR_NINT ? -1 - value : value;
}

bool cbor_read_short(struct cbor_reader *r, enum cbor_type *type, uint64_t *number,
                     struct slice *text)
{
    if (r->error || r->p == r->end || (*r->p & 31u) >= 24)
        return false;
    size_t n = *r->p & 31u;
    *type = (enum cbor_type)(*r->p >> 5);
    if (*type == CBOR_UINT) {
        *number = n;
        r->p++;
        return true;
    }
    *text = slice_of(r->p + 1, n);
    if (*type != CBOR_TEXT || n >= (size_t)(r->end - r->p) || !utf8_valid(*text))
        return false;
    r->p += 1 + n;
    return true;
}

static struct slice read_string(struct cbor_reader *r, enum cbor_type major, size_t max)
{
    struct head head;
    struct slice content;
    if (!read_head_of(r, major, &head))
        return SLICE_NONE;
    if (head.argument > max) {
        cbor_fail(r, "a string above its limit");
        return SLICE_NONE;
    }
    if (!string_content(r, &head, &content))
        return SLICE_NONE;
    r->p = content.p + content.n;
    return content;
}

struct slice cbor_read_bytes(struct cbor_reader *r, size_t max)
{
    return read_string(r, CBOR_BYTES, max);
}

struct slice cbor_read_text(struct cbor_reader *r, size_t max)
{
    return read_string(r, CBOR_TEXT, max);
}

void cbor_read_fixed(struct cbor_reader *r, void *out, size_t n)
{
    struct head head;
    struct slice content;
    if (read_head_of(r, CBOR_BYTES, &head) && string_content(r, &head, &content)) {
        if (content.n == n) {
            if (n)
                memcpy(out, content.p, n);
            r->p = content.p + n;
            return;
        }
        cbor_fail(r, "a byte string of the wrong length");
    }
    if (n)
        memset(out, 0, n);
}

bool cbor_read_bool(struct cbor_reader *r)
{
    struct head head;
    if (!read_head_of(r, CBOR_SIMPLE, &head))
        return false;
    if (head.argument == SIMPLE_NULL) {
        cbor_fail(r, "expected true or false");
        return false;
    }
    r->p = head.after;
    return head.argument == SIMPLE_TRUE;
}

void cbor_read_null(struct cbor_reader *r)
{
    struct head head;
    if (!read_head_of(r, CBOR_SIMPLE, &head))
        return;
    if (head.argument != SIMPLE_NULL) {
        cbor_fail(r, "expected null");
        return;
    }
    r->p = head.after;
}

uint64_t cbor_read_tag(struct cbor_reader *r)
{
    struct head head;
    if (!read_head_of(r, CBOR_TAG, &head))
        return 0;
    r->p = head.after;
    return head.argument;
}

static size_t read_count(struct cbor_reader *r, enum cbor_type major, size_t max)
{
    struct head head;
    if (!read_head_of(r, major, &head))
        return 0;
    if (head.argument > max) {
        cbor_fail(r, "more items than allowed");
        return 0;
    }
    if (!count_fits(r, &head))
        return 0;
    r->p = head.after;
    return (size_t)head.argument;
}

size_t cbor_read_array(struct cbor_reader *r, size_t max)
{
    return read_count(r, CBOR_ARRAY, max);
}

size_t cbor_read_map(struct cbor_reader *r, size_t max)
{
    return read_count(r, CBOR_MAP, max);
}

void cbor_expect_array(struct cbor_reader *r, size_t count)
{
    struct head head;
    if (!read_head_of(r, CBOR_ARRAY, &head))
        return;
    if (head.argument != count) {
        cbor_fail(r, "an array of the wrong length");
        return;
    }
    if (count_fits(r, &head))
        r->p = head.after;
}

void cbor_check_key_order(struct cbor_reader *r, struct slice *last, struct slice key)
{
    if (last->n > 0 && slice_compare(*last, key) >= 0)
        cbor_fail(r, "map keys not sorted, or a key twice");
    *last = key;
}

/* An array or map that has begun and not ended, while passing over an item. */
struct level {
    size_t left; /* items (pairs) that have not ended */
    bool is_map, at_key;
    const uint8_t *key_start;
    struct slice last_key;
};

/* The item that ends at r->p may be the last of its container, and that of its own. */
static size_t end_item(struct cbor_reader *r, struct level levels[static CBOR_DEPTH_MAX],
                       size_t depth)
{
    while (depth > 0) {
        struct level *top = &levels[depth - 1];
        if (top->is_map && top->at_key) {
            cbor_check_key_order(r, &top->last_key,
                                 slice_of(top->key_start, (size_t)(r->p - top->key_start)));
            top->at_key = false;
            return depth;
        }
        top->at_key = top->is_map;
        top->key_start = r->p;
        if (--top->left > 0)
            return depth;
        depth--;
    }
    return 0;
}

struct slice cbor_read_item(struct cbor_reader *r)
{
    struct level levels[CBOR_DEPTH_MAX];
    size_t depth = 0;
    const uint8_t *start = r->p;
    bool more = true;
    while (more) {
        struct head head;
        struct slice content;
        if (!read_head(r, &head))
            break;
        switch (head.major) {
        case CBOR_BYTES:
        case CBOR_TEXT:
            if (!string_content(r, &head, &content))
                goto out;
            r->p = content.p + content.n;
            break;
        case CBOR_TAG:
            r->p = head.after;
            continue; /* the tagged item belongs to the tag */
        case CBOR_ARRAY:
        case CBOR_MAP:
            if (depth == CBOR_DEPTH_MAX) {
                cbor_fail(r, "nested too deeply");
                goto out;
            }
            if (!count_fits(r, &head))
                goto out;
            r->p = head.after;
            if (head.argument > 0) {
                bool is_map = head.major == CBOR_MAP;
                levels[depth++] =
                    (struct level){(size_t)head.argument, is_map, is_map, r->p, SLICE_NONE};
                continue;
            }
            break;
        default:
            r->p = head.after;
        }
        depth = end_item(r, levels, depth);
        more = depth > 0 && !r->error;
    }
out:
    if (r->error) {
        r->p = start;
        return SLICE_NONE;
    }
    return slice_of(start, (size_t)(r->p - start));
}

enum status cbor_end(struct cbor_reader *r, struct error *err)
{
    if (!r->error && r->p != r->end)
        cbor_fail(r, "bytes follow the end");
    if (r->error)
        return error_set(err, ST_INVALID, "%s: %s, at byte %zu", r->what, r->error, r->error_at);
    return ST_OK;
}

bool cbor_is_canonical(struct slice bytes)
{
    struct cbor_reader r;
    cbor_reader_init(&r, bytes, "item");
    cbor_read_item(&r);
    return cbor_end(&r, NULL) == ST_OK;
}

/* ---- UTF-8 ---- */

#define HIGH_BITS UINT64_C(0x8080808080808080)

static inline uint64_t load_u64(const uint8_t *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof(word));
    return word;
}

static inline bool is_continuation(uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

/* Three bytes of the middle of what three bytes can say, where nearly all Chinese characters are:
 * no overlong form (E0) and no surrogate (ED) can be among them. */
static inline bool is_common_three(const uint8_t *p)
{
    return p[0] > 0xE0 && p[0] < 0xED && is_continuation(p[1]) && is_continuation(p[2]);
}

bool utf8_valid(struct slice text)
{
    const uint8_t *p = text.p;
    size_t n = text.n;
    while (n > 0) {
        if (n >= 8 && (load_u64(p) & HIGH_BITS) == 0) {
            p += 8;
            n -= 8;
            continue;
        }
        uint8_t lead = *p;
        size_t length;
        if (n >= 3 && is_common_three(p)) {
            p += 3;
            n -= 3;
            continue;
        }
        if (lead < 0x80) {
            length = 1;
        } else if (lead < 0xC2) {
            return false; /* a continuation byte, or an overlong form of ASCII */
        } else if (lead < 0xE0) {
            if (n < 2 || !is_continuation(p[1]))
                return false;
            length = 2;
        } else if (lead < 0xF0) {
            if (n < 3 || !is_continuation(p[1]) || !is_continuation(p[2]))
                return false;
            if ((lead == 0xE0 && p[1] < 0xA0) || (lead == 0xED && p[1] >= 0xA0))
                return false; /* overlong; a surrogate */
            length = 3;
        } else {
            if (n < 4 || !is_continuation(p[1]) || !is_continuation(p[2]) || !is_continuation(p[3]))
                return false;
            if (lead > 0xF4 || (lead == 0xF0 && p[1] < 0x90) || (lead == 0xF4 && p[1] >= 0x90))
                return false; /* above U+10FFFF; overlong */
            length = 4;
        }
        p += length;
        n -= length;
    }
    return true;
}

size_t utf8_length(struct slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.n; i++)
        count += !is_continuation(text.p[i]);
    return count;
}
