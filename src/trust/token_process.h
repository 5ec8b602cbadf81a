/** Helper processes of tokens. */
#ifndef TRADEPOST_TRUST_TOKEN_PROCESS_H
#define TRADEPOST_TRUST_TOKEN_PROCESS_H

#include <sys/types.h>

#include "trust/token.h"

/** How long a token may take; shortened by tests alone. */
typedef struct TokenLimits {
    int64_t open;    /**< to load and log in */
    int64_t sign;    /**< one signature */
    int64_t silence; /**< a token that has been silent so long gets no more askers */
    int64_t hung;    /**< the pause after it hung */
    int64_t away;    /**< the pause after it was away */
} TokenLimits;
extern TokenLimits token_limits;

/** A helper process with its connections. */
typedef struct TokenProcess {
    pid_t process; /**< 0: none */
    int connections[TOKEN_SESSIONS];
    int64_t since[TOKEN_SESSIONS]; /**< when the question was asked that waits for its answer; 0: free */
    size_t users;
    bool is_doomed; /**< killed; reaped when its last user has noticed */
} TokenProcess;

/** Refuses what would betray the PIN, or could not work, before anything is started. @return STATUS_INVALID */
MUST_USE Status token_check_uri(Arena *arena, Text uri);
/**
 * Starts a helper and has it begin: TOKEN_OPEN or TOKEN_ATTACH.
 *
 * @param ret_hung  set when time was over
 * @return what the helper says; STATUS_INVALID for a PIN that was refused, now or before
 */
MUST_USE Status token_start(Arena *arena, Text uri, const KeyAccess *access, TokenAct act, TokenProcess *helper,
                            TokenMessage *ret_answer, bool *ret_hung);
/** Asks and waits at most `limit`. @param ret_hung  set when time was over
 * @return what the helper says, STATUS_UNAVAILABLE when it does not answer */
MUST_USE Status token_ask(Arena *arena, int connection, int64_t limit, const TokenMessage *question,
                          TokenMessage *ret_answer, TokenTrouble *ret_trouble, bool *ret_hung);
/** Ends the process, which nobody uses any more. */
void token_reap(TokenProcess *helper);

#endif
