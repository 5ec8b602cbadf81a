/** Parsed certificates, kept for a while: the same few stand in every signature, stamp and response, and OpenSSL takes
 * longer to parse one than to verify a signature with it. */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <pthread.h>
#include <string.h>

#include "trust/pades_inside.h"

enum { SLOTS = 64, SIZE_MAX_KEPT = 8192, TAIL = 32 };

/** One certificate with its bytes. */
typedef struct Kept {
    unsigned char *der;
    size_t size;
    X509 *certificate;
} Kept;

static Kept kept[SLOTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/** The end of a certificate is its signature, which differs from any other's. */
static size_t slot_of(Text der) {
    const Text tail = text_slice(der, der.size > TAIL ? der.size - TAIL : 0, der.size);
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < tail.size; i++) {
        hash = (hash ^ (unsigned char)tail.data[i]) * 16777619U;
    }
    return hash % SLOTS;
}

/** A reference to the certificate in the slot when it is that one; NULL otherwise. */
static X509 *take_kept(const Kept *slot, Text der) {
    X509 *found = NULL;
    (void)pthread_mutex_lock(&lock);
    if (slot->size == der.size && memcmp(slot->der, der.data, der.size) == 0 && X509_up_ref(slot->certificate) == 1) {
        found = slot->certificate;
    }
    (void)pthread_mutex_unlock(&lock);
    return found;
}

static void keep(Kept *slot, Text der, X509 *certificate) {
    Kept fresh = {OPENSSL_memdup(der.data, der.size), der.size, certificate};
    if (fresh.der == NULL || X509_up_ref(certificate) != 1) {
        OPENSSL_free(fresh.der);
        return;
    }
    (void)pthread_mutex_lock(&lock);
    const Kept old = *slot;
    *slot = fresh;
    (void)pthread_mutex_unlock(&lock);
    OPENSSL_free(old.der);
    X509_free(old.certificate);
}

X509 *trust_certificate(Text der) {
    const unsigned char *bytes = (const unsigned char *)der.data;
    const bool may_keep = der.size > 0 && der.size <= SIZE_MAX_KEPT;
    if (der.size == 0 || der.size > INT32_MAX) {
        return NULL;
    }
    Kept *slot = &kept[slot_of(der)];
    X509 *certificate = may_keep ? take_kept(slot, der) : NULL;
    if (certificate != NULL) {
        return certificate;
    }
    certificate = d2i_X509(NULL, &bytes, (long)der.size);
    ERR_clear_error();
    if (certificate != NULL && may_keep) {
        keep(slot, der, certificate);
    }
    return certificate;
}
