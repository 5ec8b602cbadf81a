/** The acts of the command `key`, without what it prints. */
#ifndef TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_KEY_ACT_H
#define TRADEPOST_CAPABILITIES_CHAMBERS_CHAMBERS_KEY_ACT_H

#include "capabilities/capability.h"
#include "capabilities/chambers/chambers_key.h"

/** One call of the command. */
typedef struct KeyAct {
    CommandContext *context;
    Text act, chamber_code;
    Text kind_word, place;     /**< --kind, --on */
    Text pin_file, name, file; /**< --pin-file, --name, --from */
    Text certificates;         /**< --certificates */
    Text identifier, output;   /**< --identifier, --out */
    bool activate;             /**< --activate */
    ChamberContext chamber;
    KeyKind kind;
    ChambersKeysRows rows;
    ChambersKeysRow row; /**< the key that it is about */
    Text before;         /**< name of the key that sealed until now */
    Text request;        /**< a new request in PEM */
} KeyAct;

/** Finds the chamber and its keys. @return STATUS_INVALID, STATUS_NOT_FOUND with words */
MUST_USE Status chambers_key_begin(KeyAct *act);
/** The key that --name names, or where there is none the newest. @return STATUS_NOT_FOUND */
MUST_USE Status chambers_key_named(KeyAct *act);
/** Makes a key without a certificate. @return as key_make_bare and key_make_on_token */
MUST_USE Status chambers_key_make(KeyAct *act);
/** Takes over a key of a PKCS#12 file, a token or a service. @return as key_open */
MUST_USE Status chambers_key_import(KeyAct *act);
/** Writes a request for a certificate into act->request. @return as key_request */
MUST_USE Status chambers_key_request(KeyAct *act);
/** Installs certificates of the key. @return STATUS_INVALID when they are another key's */
MUST_USE Status chambers_key_certify(KeyAct *act, Texts certificates);
/** Has the installation's own authority certify the key. */
MUST_USE Status chambers_key_certify_here(KeyAct *act);
/** Tries the key and has it seal from now on, in one transaction with its audit event. @return STATUS_CONFLICT when it
 * cannot be used */
MUST_USE Status chambers_key_switch(KeyAct *act);

#endif
