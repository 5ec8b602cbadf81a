/**
 * What the program and its token helper say to each other.
 *
 * A PKCS#11 module is a stranger's code that may hang, crash, or change the state of OpenSSL, with which SoftHSM and
 * others compute. So it is loaded by a process of its own, one for each key: the program executed anew, which knows its
 * task by its name. It can be killed at any time; what it knew of sessions and logins is made again by its successor.
 * Each connection is a socket of packets between one asker at a time and one thread with one session.
 */
#ifndef TRADEPOST_TRUST_TOKEN_H
#define TRADEPOST_TRUST_TOKEN_H

#include "trust/key.h"

/** argv[0] of the helper. Stands with its code, so that whoever starts helpers is linked with what they do. */
extern const char token_helper_name[];
/** This process was started as a helper. */
bool token_is_helper(void);
/** Its connections are the descriptors from this one on. */
#define TOKEN_DESCRIPTOR 3
/** Sessions of one key: so many signatures at once. */
#define TOKEN_SESSIONS    4
#define TOKEN_MESSAGE_MAX ((size_t)128 << 10)
#define TOKEN_PARTS_MAX   32

typedef enum TokenAct {
    TOKEN_OPEN,   /**< parts: URI, PIN. Loads, logs in, finds the key; the first request of the first connection */
    TOKEN_ATTACH, /**< parts: URI, PIN. Loads and logs in, to make a key or store certificates */
    TOKEN_SIGN,   /**< parts: what the mechanism signs */
    TOKEN_MAKE,   /**< parts: label, id. Makes a key pair that cannot leave the token */
    TOKEN_STORE   /**< parts: label, id, certificate, its subject */
} TokenAct;

typedef enum TokenTrouble {
    TOKEN_NO_TROUBLE,
    TOKEN_LOST,       /**< session, login or device are gone: a new helper may find them again */
    TOKEN_PIN_REFUSED /**< must not be tried again, lest the token lock itself */
} TokenTrouble;

/** What stands before the parts of a message, in both directions. */
typedef struct TokenHead {
    TokenAct act;
    Status status;        /**< of a reply; then the only part is its words */
    TokenTrouble trouble; /**< of a reply */
    KeyKind kind;
    KeyDigest digest;
    uint32_t part_count;
    uint32_t sizes[TOKEN_PARTS_MAX];
} TokenHead;

/** Parts of the reply to TOKEN_OPEN; certificates follow, in no order. */
enum { TOKEN_KEY_PUBLIC, TOKEN_KEY_ID, TOKEN_KEY_LABEL, TOKEN_KEY_CERTIFICATES };

typedef struct TokenMessage {
    TokenHead head;
    Text parts[TOKEN_PARTS_MAX];
} TokenMessage;

/** Sends one message. False when the other side is gone or the message is too large. */
bool token_send(int connection, const TokenMessage *message);
/** Waits until `deadline` (clock_monotonic; negative: without end) for one message; its parts lie in `arena`. False
 * when time is over or the other side is gone. */
bool token_receive(Arena *arena, int connection, int64_t deadline, TokenMessage *ret_message);

#endif
