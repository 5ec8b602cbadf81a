/** Questions over HTTP by libcurl. */
#include "outside/fetch.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "outside/fetch_address.h"

enum {
    HANDLES = 16,
    CONNECT_SECONDS = 5,
    TIME_OUT_MS = 10000,
    WORDS = 200,
    STATUS_CODE_OK = 200,
    STATUS_CODE_REFUSED = 400,
    STATUS_CODE_FAILED = 500
};

struct Fetcher {
    Arena *arena;
    FetchAddresses allowed;
    long time_out_ms;
    pthread_mutex_t lock; /* of the handles that wait for their next use */
    CURL *handles[HANDLES];
    size_t handle_count;
};

/** One question under way. */
typedef struct Fetch {
    const Fetcher *fetcher;
    Arena *arena;
    const TrustQuestion *question;
    Buffer reply;
    bool refused; /* the name led to an address that is not allowed */
    char words[CURL_ERROR_SIZE];
} Fetch;

static void start_curl(void) {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        abort();
    }
}

Status fetcher_open(Text allowed, Fetcher **ret_fetcher) {
    static pthread_once_t started = PTHREAD_ONCE_INIT;
    (void)pthread_once(&started, start_curl);
    Arena *arena = arena_open((size_t)256 * 1024);
    Fetcher *fetcher = arena_new(arena, Fetcher);
    *fetcher = (Fetcher){.arena = arena, .time_out_ms = TIME_OUT_MS};
    (void)pthread_mutex_init(&fetcher->lock, NULL);
    const Status status = fetch_read_addresses(arena, allowed, &fetcher->allowed);
    if (status != STATUS_OK) {
        fetcher_close(fetcher);
        return status;
    }
    *ret_fetcher = fetcher;
    return STATUS_OK;
}

void fetcher_close(Fetcher *fetcher) {
    if (fetcher == NULL) {
        return;
    }
    for (size_t i = 0; i < fetcher->handle_count; i++) {
        curl_easy_cleanup(fetcher->handles[i]);
    }
    (void)pthread_mutex_destroy(&fetcher->lock);
    arena_close(fetcher->arena);
}

void fetcher_set_time_out(Fetcher *fetcher, int64_t microseconds) {
    fetcher->time_out_ms = (long)(microseconds / 1000);
}

/* A handle keeps its connections, so the next question to the same server is quick. */
static CURL *take_handle(Fetcher *fetcher) {
    CURL *handle = NULL;
    (void)pthread_mutex_lock(&fetcher->lock);
    if (fetcher->handle_count > 0) {
        handle = fetcher->handles[--fetcher->handle_count];
    }
    (void)pthread_mutex_unlock(&fetcher->lock);
    return handle != NULL ? handle : curl_easy_init();
}

static void give_handle_back(Fetcher *fetcher, CURL *handle) {
    curl_easy_reset(handle);
    (void)pthread_mutex_lock(&fetcher->lock);
    if (fetcher->handle_count < HANDLES) {
        fetcher->handles[fetcher->handle_count++] = handle;
        handle = NULL;
    }
    (void)pthread_mutex_unlock(&fetcher->lock);
    curl_easy_cleanup(handle);
}

static size_t take_reply(char *bytes, size_t size, size_t count, void *context) {
    Fetch *fetch = context;
    buffer_append(&fetch->reply, (Text){bytes, size * count});
    return fetch->reply.overflow ? 0 : size * count;
}

/* The name was looked up: only now is it known where it leads. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
    Fetch *fetch = context;
    if (purpose != CURLSOCKTYPE_IPCXN || !fetch_may_connect(&fetch->fetcher->allowed, &address->addr)) {
        fetch->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static struct curl_slist *add_header(struct curl_slist *headers, Arena *arena, const char *name, Text value) {
    if (value.size == 0 && headers != NULL) {
        return headers;
    }
    const char *line = arena_format(arena, "%s: %.*s", name, TEXT_ARG(value)).data;
    struct curl_slist *longer = curl_slist_append(headers, line);
    return longer != NULL ? longer : headers;
}

static bool set_question(CURL *handle, CURLU *url, Fetch *fetch) {
    const Text body = fetch->question->body;
    bool done = curl_easy_setopt(handle, CURLOPT_CURLU, url) == CURLE_OK &&
                curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, fetch->words) == CURLE_OK &&
                curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_reply) == CURLE_OK &&
                curl_easy_setopt(handle, CURLOPT_WRITEDATA, fetch) == CURLE_OK &&
                curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
                curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, fetch) == CURLE_OK;
    if (done && body.size > 0) {
        done = curl_easy_setopt(handle, CURLOPT_POST, 1L) == CURLE_OK &&
               curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.size) == CURLE_OK &&
               curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body.data) == CURLE_OK;
    }
    return done;
}

static bool set_rules(CURL *handle, const Fetcher *fetcher, struct curl_slist *headers) {
    return curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, fetcher->time_out_ms) == CURLE_OK &&
           curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers) == CURLE_OK;
}

/** Words that curl made of what a server sent, fit for one line of a log. */
static Text clean_words(Arena *arena, Text words) {
    char *letters = arena_c_string(arena, text_head(words, WORDS));
    for (char *letter = letters; *letter != '\0'; letter++) {
        *letter = *letter < ' ' || *letter > '~' ? '?' : *letter;
    }
    return text_of(letters);
}

static Status judge_reply(CURL *handle, Fetch *fetch) {
    const TrustQuestion *question = fetch->question;
    long code = 0;
    char *type = NULL;
    (void)curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &code);
    (void)curl_easy_getinfo(handle, CURLINFO_CONTENT_TYPE, &type);
    if (question->http_status != NULL) {
        *question->http_status = (int)code;
        if (code >= STATUS_CODE_REFUSED && code < STATUS_CODE_FAILED) {
            return STATUS_OK;
        }
    }
    if (code != STATUS_CODE_OK) {
        return fail(STATUS_UNAVAILABLE, "%.*s answers with status %ld", TEXT_ARG(question->url), code);
    }
    Text rest = text_of(type);
    const Text media_type = text_trim(text_cut(&rest, ';'));
    if (question->accept.size > 0 && !text_equal_ignoring_case(media_type, question->accept)) {
        const Text words = clean_words(fetch->arena, media_type);
        return fail(STATUS_UNAVAILABLE, "%.*s answers with \"%.*s\" instead of %.*s", TEXT_ARG(question->url),
                    TEXT_ARG(words), TEXT_ARG(question->accept));
    }
    return STATUS_OK;
}

static Status judge(CURL *handle, Fetch *fetch, CURLcode result, Text *ret_reply) {
    const TrustQuestion *question = fetch->question;
    if (fetch->reply.overflow) {
        return fail(STATUS_TOO_LARGE, "%.*s answers with more than %zu bytes", TEXT_ARG(question->url),
                    question->reply_max);
    }
    if (fetch->refused) {
        return fail(STATUS_FORBIDDEN,
                    "%.*s leads to this machine or its network; the setting outbound has to name that address itself",
                    TEXT_ARG(question->url));
    }
    if (result != CURLE_OK) {
        const Text words =
            clean_words(fetch->arena, text_of(fetch->words[0] != '\0' ? fetch->words : curl_easy_strerror(result)));
        return fail(STATUS_UNAVAILABLE, "%.*s does not answer: %.*s", TEXT_ARG(question->url), TEXT_ARG(words));
    }
    TRY(judge_reply(handle, fetch));
    return buffer_take(&fetch->reply, ret_reply);
}

static Status ask(Fetcher *fetcher, Fetch *fetch, CURLU *url, Text *ret_reply) {
    const TrustQuestion *question = fetch->question;
    CURL *handle = take_handle(fetcher);
    /* No "Expect: 100-continue": many small servers never answer it. */
    struct curl_slist *headers = add_header(NULL, fetch->arena, "Expect", (Text){NULL, 0});
    headers = add_header(headers, fetch->arena, "Content-Type", question->content_type);
    headers = add_header(headers, fetch->arena, "Accept", question->accept);
    headers = add_header(headers, fetch->arena, "Authorization", question->authorization);
    Status status = STATUS_FAILED;
    if (handle != NULL && set_rules(handle, fetcher, headers) && set_question(handle, url, fetch)) {
        status = judge(handle, fetch, curl_easy_perform(handle), ret_reply);
    }
    if (handle != NULL) {
        give_handle_back(fetcher, handle);
    }
    curl_slist_free_all(headers);
    return status == STATUS_FAILED ? fail(STATUS_UNAVAILABLE, "no question can be put: libcurl fails") : status;
}

static bool is_clean(Text value) {
    for (size_t i = 0; i < value.size; i++) {
        if ((unsigned char)value.data[i] < ' ' || (unsigned char)value.data[i] > '~') {
            return false;
        }
    }
    return true;
}

static Status fetch_trust(void *context, Arena *arena, const TrustQuestion *question, Text *ret_reply) {
    Fetcher *fetcher = context;
    Fetch fetch = {
        .fetcher = fetcher, .arena = arena, .question = question, .reply = buffer_make(arena, question->reply_max)};
    CURLU *url = NULL;
    if (!is_clean(question->url) || !is_clean(question->authorization)) {
        return fail(STATUS_FORBIDDEN, "an address or login has letters that HTTP does not know");
    }
    Status status = fetch_check_url(arena, &fetcher->allowed, question->url, &url);
    if (status == STATUS_OK) {
        status = ask(fetcher, &fetch, url, ret_reply);
    }
    curl_url_cleanup(url);
    return status;
}

TrustFetch fetcher_trust(Fetcher *fetcher) {
    return (TrustFetch){fetch_trust, fetcher};
}
