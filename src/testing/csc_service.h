/** A remote signing service for tests (CSC API 1.0.4 and 2), which can be told to misbehave. */
#ifndef TRADEPOST_TESTING_CSC_SERVICE_H
#define TRADEPOST_TESTING_CSC_SERVICE_H

#include <pthread.h>

#include "trust/key.h"

#define CSC_SERVICE_ADDRESS "https://csc.example/csc/v1"
#define CSC_SERVICE_PIN     "4711-pin-0815"
/** What its client's secret file says. */
#define CSC_SERVICE_SECRETS "client_id=chamber\nclient_secret=s3cr3t &+%\npin=" CSC_SERVICE_PIN "\n"

typedef struct CscService {
    Key *key;       /**< a key in this process */
    bool second;    /**< speaks version 2 */
    bool implicit;  /**< asks for no PIN */
    bool wants_otp; /**< asks for 123456 as well */
    /** "wrong-signature", "wrong-certificate", "bare" (r and s), "expired-sad", "expired-token" (each once), "error",
     * "huge", "no-json", "no-certificate", "disabled", "person", "pss"; "": as it should be */
    const char *trouble;
    Key *other; /**< whose certificate "wrong-certificate" shows */
    int tokens, authorizations, signatures, refused_pins;
    char token[40], sad[40];
    Text sad_hash; /**< in base64; of the last authorization */
    pthread_mutex_t lock;
} CscService;

/** Prepares a service with that key. */
void csc_service_open(CscService *service, Key *key);
/**
 * Answers one request.
 *
 * @param path           "info", "credentials/list", ...: behind the base
 * @param authorization  the header's value
 * @return the HTTP status
 */
int csc_service_answer(CscService *service, Arena *arena, Text path, Text authorization, Text body, Text *ret_reply);
/** Reaches it without a connection, at CSC_SERVICE_ADDRESS. */
TrustFetch csc_service_fetch(CscService *service);

#endif
