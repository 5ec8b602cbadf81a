/** DER (X.690): writing values out of their parts, and reading strictly what strangers wrote. */
#ifndef TRADEPOST_TRUST_DER_H
#define TRADEPOST_TRUST_DER_H

#include "base/arena.h"
#include "base/clock.h"

enum {
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_OBJECT = 0x06,
    DER_UTF8_STRING = 0x0c,
    DER_PRINTABLE_STRING = 0x13,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_CONTEXT = 0x80,             /**< primitive, + number */
    DER_CONTEXT_CONSTRUCTED = 0xa0, /**< constructed, + number */
};

/** A value: its tag, then the parts one behind the other. For sizes that our own code chose. */
Text der_value(Arena *arena, int tag, const Text *parts, size_t count);
/** der_value with the parts listed: DER(arena, DER_SEQUENCE, a, b). */
#define DER(arena, tag, ...)                                                                                           \
    der_value((arena), (tag), (const Text[]){__VA_ARGS__}, sizeof((const Text[]){__VA_ARGS__}) / sizeof(Text))
/** The parts one behind the other, without tag. */
Text der_join(Arena *arena, const Text *parts, size_t count);
/** A SET OF: the parts in the order that DER asks for (X.690, 11.6). Sorts `parts` in place. */
Text der_set_of(Arena *arena, int tag, Text *parts, size_t count);
/** A non-negative INTEGER of the big-endian bytes. */
Text der_unsigned(Arena *arena, Text bytes);
Text der_small(Arena *arena, unsigned char number); /**< INTEGER below 128 */
/** GeneralizedTime in whole seconds (RFC 6960, RFC 3161). */
Text der_generalized_time(Arena *arena, Time time);
/** UTCTime until 2049, then GeneralizedTime (RFC 5280, 4.1.2.5). */
Text der_time(Arena *arena, Time time);

typedef struct DerValue {
    int tag;
    Text content;
    Text whole; /**< with tag and length */
} DerValue;

/** The next value; moves `rest` behind it. @return STATUS_INVALID unless it is definite, minimal and whole */
MUST_USE Status der_next(Text *rest, DerValue *ret_value);
/** The next value, which must have this tag. @return STATUS_INVALID */
MUST_USE Status der_take(Text *rest, int tag, DerValue *ret_value);
/** The next value has this tag. */
bool der_is_next(Text rest, int tag);

#endif
