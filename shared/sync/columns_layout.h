/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * columns_layout: what columns_encode.c and columns_decode.c agree on; only they and their
 * test include it.
 *
 *   columns = count, (key delta, length) × count, the streams        all numbers varints
 *
 * Streams ascend by key; an empty stream is left out. Keys below COLUMN_KEY_MIN belong to the
 * changeset as a whole, the others to one column, that is one (table, field):
 *
 *   key = table << 14 | field << 4 | part        part 0 tags, 1…10 planes, 11 text, 12 numbers
 *
 * A value is one tag byte and, depending on it, bytes elsewhere. Bytes of one position and meaning
 * share a stream ("plane"), because zstd codes each byte by how often it occurs in its block: the
 * low bytes of amounts are noise, the high ones are not, and apart they cost what they are worth.
 */
#ifndef SHARED_SYNC_COLUMNS_LAYOUT_H
#define SHARED_SYNC_COLUMNS_LAYOUT_H

#include "shared/codec/framing.h"
#include "shared/sync/columns.h"

/* Streams of the changeset. */
enum fixed_stream {
    S_SHAPES = 1,  /* the shapes: code, table, then fields (see below) */
    S_SHAPE,       /* per op: number of its shape */
    S_CHANGE,      /* per change: ops × 2 + has a note; 0: the body travels raw */
    S_NOTE_LENGTH, /* per note */
    S_NOTE,        /* text of notes */
    S_CLOCK,       /* per change, see CLOCK_ABSOLUTE */
    S_RECORD,      /* per mention of a record: one of the codes below */
    S_ORDINAL_0,   /* ordinals of seldom records: low byte, next byte, rest as varint */
    S_ORDINAL_1,
    S_ORDINAL_2,
    S_HOT_0, /* often mentioned records, most often first: 0 or ordinal + 1, in planes */
    S_HOT_1,
    S_HOT_2,
    S_BACK_0,  /* distance back to a new record, low byte */
    S_BACK_1,  /* the rest as varint */
    S_ID_TIME, /* new records: first 6 bytes as signed difference to the new record before */
    S_ID_6,    /* byte 6 (UUID version), byte 8 (variant), the other eight */
    S_ID_8,
    S_ID_REST,
    S_RAW_LENGTH, /* per raw body */
    S_RAW,
    FIXED_STREAMS,
};

#define COLUMN_KEY_MIN (1u << 14)
#define COLUMN_KEY(table, field) ((uint32_t)(table) << 14 | (uint32_t)(field) << 4)

/* Parts of a column. */
enum { PART_TAG = 0, PART_PLANE = 1, PART_PLANES = 10, PART_TEXT = 11, PART_NUMBER = 12, PARTS };

/* The first change: milliseconds, then counter. Later ones: 0 = same millisecond, counter + 1;
 * d = d milliseconds later, counter 0; CLOCK_ABSOLUTE = the clock itself follows. */
#define CLOCK_ABSOLUTE UINT64_MAX

/* Codes in S_RECORD; below RECORD_HOT_MAX: number of an often mentioned record. A hot entry of 0 is
 * a new record: those come behind all other new ones in the ID streams, in order. */
#define RECORD_HOT_MAX 240
enum {
    RECORD_NEW = 240, /* the next new record */
    RECORD_ORDINAL,   /* planes S_ORDINAL */
    RECORD_BACK,      /* S_BACK: 0 = the newest new record */
    RECORD_SAME,      /* as the mention before */
};

/* Tags of values. */
enum {
    TAG_INT = 0, /* 0 … 95 itself */
    TAG_INT_WIDE =
        96, /* + negative × 40 + power × 8 + (bytes − 1); magnitude = m × POWERS[power] */
    TAG_NULL = 176,
    TAG_ABSENT,        /* this op has no such field (wide shapes only) */
    TAG_RECORD,        /* 16 bytes: a mention of a record */
    TAG_BYTES,         /* length in numbers, bytes in text */
    TAG_TEXT_LONG,     /* length in numbers */
    TAG_DATE,          /* dddd-dd-dd: 4 planes */
    TAG_TIME,          /* dddd-dd-ddTdd:dd: 6 planes */
    TAG_DIGITS_X,      /* 17 digits and X: 9 planes */
    TAG_DECIMAL = 184, /* + exponent + 9; mantissa signed in numbers */
    TAG_DIGITS = 203, /* + length − 1 (1 … 20 digits): pairs of digits in planes, an odd one last */
    TAG_TEXT = 223, /* + length (0 … 32) */
};
#define INT_SMALL_MAX 95
#define INT_POWERS 5
#define DIGITS_MAX 20
#define TEXT_SHORT_MAX 32
static const uint64_t INT_POWER[INT_POWERS] = {1, 100, 1000, 10000, 100000};

/* A shape in S_SHAPES:
 *   put, in        code × 2 + wide, table, number of fields, first field, differences to the one
 * before set, counter, state, withdraw       code × 2, table, field delete, restore, link, out code
 * × 2, table A wide shape lists every field that some op of it has; the others are TAG_ABSENT.
 * Reason, link, origin and hop are values of column (table, 0). */
#define SHAPES_BYTES_MAX (512 * 1024)

static inline bool shape_has_fields(uint32_t code)
{
    return code == OP_PUT || code == OP_IN;
}

static inline bool shape_has_field(uint32_t code)
{
    return code == OP_SET || code == OP_COUNTER || code == OP_STATE || code == OP_WITHDRAW;
}

static inline bool shape_covers(uint32_t code)
{
    return code <= OP_IN && code != OP_RESOLVE;
}

#endif
