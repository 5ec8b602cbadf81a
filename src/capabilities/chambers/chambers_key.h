/** Seal keys of the chambers, within this capability. */
#ifndef TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_KEY_H
#define TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_KEY_H

#include "capabilities/chambers/chambers.h"
#include "chambers_sql.h"

/** Makes a chamber's first seal key and notes it: keys/ID.p12, certified by the installation's own authority
 * (outside_authority), which is made with the first chamber. */
MUST_USE Status chambers_make_key(Connection *connection, Arena *arena, Outside *outside, ChamberId chamber,
                                  const ChamberNew *options);

/** A path in the folder keys. */
Text chambers_key_path(Arena *arena, const Outside *outside, Text file);
/** The password of this installation's key files; made with the first of them, and never anew beside keys that have
 * one. @return STATUS_UNAVAILABLE when it is lost */
MUST_USE Status chambers_key_password(Arena *arena, const Outside *outside, Text *ret_password);
/** The description of a noted key, as key_open takes it. */
Text chambers_key_description(Arena *arena, const Outside *outside, const ChambersKeysRow *row);
/** Opens a noted key. @param is_bare  it may lack its certificate. @param prompt  the terminal may be asked
 * @return as key_open */
MUST_USE Status chambers_open_key(Arena *arena, const Outside *outside, const ChambersKeysRow *row, bool is_bare,
                                  bool prompt, Key **ret_key);

/** Who certifies keys, and for whom: the context of chambers_certify. */
typedef struct ChamberCertify {
    Outside *outside;
    Text name, country;
    Text address;       /**< at which a new authority can be reached */
    bool demonstration; /**< the certificate covers the past in which a demonstration's documents were sealed */
} ChamberCertify;
/** Has a key certified by the installation's own authority, which is made when there is none: a KeyCertify. */
KeyCertify chambers_certify;

/** Words for a kind: "p256", "p384", "rsa", "rsa-pss", "ed25519". */
Text chambers_kind_word(KeyKind kind);
/** Reads such a word. @return STATUS_INVALID */
MUST_USE Status chambers_kind_read(Text word, KeyKind *ret_kind);

/** Forgets what is remembered of chambers' names and colours, after a change. */
void chambers_forget(void);

#endif
