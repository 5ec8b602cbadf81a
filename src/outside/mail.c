/** Delivery of mail: to a relay by SMTP (RFC 5321, libcurl) or into a spool folder. */
#include "outside/mail.h"

#include <curl/curl.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/log.h"
#include "outside/file.h"
#include "outside/mail_read.h"

enum {
    ADDRESS_LIMIT = 500,
    LOGIN_LIMIT = 1000,
    SPOOLED_LIMIT = 8 * 1024 * 1024,
    CONNECT_SECONDS = 10,
    WORDS_LIMIT = 200,
    DATE_DIGITS = 16,
    HASH_DIGITS = 16
};

struct Mailer {
    Arena *arena;
    int spool; /* the folder, or -1: by SMTP */
    const char *url;
    const char *user, *password; /* NULL: none */
    bool must_encrypt;
    long time_out_ms;
};

static void start_curl(void) {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        abort();
    }
}

static Mailer *mailer_new(void) {
    Arena *arena = arena_open(64 * 1024);
    Mailer *mailer = arena_new(arena, Mailer);
    *mailer = (Mailer){.arena = arena, .spool = -1, .time_out_ms = 60000};
    return mailer;
}

void mailer_close(Mailer *mailer) {
    if (mailer == NULL) {
        return;
    }
    if (mailer->spool >= 0) {
        (void)close(mailer->spool);
    }
    arena_close(mailer->arena);
}

MUST_USE static Status open_spool(Text directory, Mailer **ret_mailer) {
    Mailer *mailer = mailer_new();
    const char *path = arena_c_string(mailer->arena, directory);
    Status status = file_make_folder(path);
    if (status == STATUS_OK) {
        status = file_open_folder(path, &mailer->spool);
    }
    if (status != STATUS_OK) {
        mailer_close(mailer);
        return status;
    }
    file_remove_leftovers(mailer->spool);
    *ret_mailer = mailer;
    return STATUS_OK;
}

static bool is_on_this_machine(Text host) {
    return text_starts_with(host, TEXT("127.")) || text_starts_with(host, TEXT("[::1]")) ||
           text_starts_with(host, TEXT("localhost"));
}

MUST_USE static Status open_relay(Text address, Text host, Mailer **ret_mailer) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    bool clean = host.size > 0 && address.size <= ADDRESS_LIMIT;
    for (size_t i = 0; i < host.size; i++) {
        clean = clean && host.data[i] > ' ' && host.data[i] < 0x7F && strchr("@/?#\\\"'", host.data[i]) == NULL;
    }
    if (!clean) {
        return fail(STATUS_INVALID,
                    "a mail relay is named smtp://HOST:PORT or smtps://HOST:PORT, and its login stands in a file");
    }
    (void)pthread_once(&once, start_curl);
    Mailer *mailer = mailer_new();
    mailer->url = arena_c_string(mailer->arena, address);
    *ret_mailer = mailer;
    return STATUS_OK;
}

Status mailer_open(Text address, Mailer **ret_mailer) {
    static const Text spool = TEXT_INIT("spool:"), plain = TEXT_INIT("smtp://"), encrypted = TEXT_INIT("smtps://");
    if (text_starts_with(address, spool) && address.size > spool.size) {
        return open_spool(text_slice(address, spool.size, address.size), ret_mailer);
    }
    if (text_starts_with(address, plain)) {
        return open_relay(address, text_slice(address, plain.size, address.size), ret_mailer);
    }
    if (text_starts_with(address, encrypted)) {
        return open_relay(address, text_slice(address, encrypted.size, address.size), ret_mailer);
    }
    return fail(STATUS_INVALID, "mail goes to smtp://HOST:PORT, smtps://HOST:PORT or spool:DIRECTORY, not to \"%.*s\"",
                TEXT_ARG(address));
}

MUST_USE static Status read_login(Mailer *mailer, const char *login_path) {
    struct stat found;
    if (stat(login_path, &found) != 0) {
        return file_failure("find", login_path);
    }
    if ((found.st_mode & 077) != 0) {
        return fail(STATUS_INVALID, "%s holds a password and can be read by others: chmod 600 mends that", login_path);
    }
    Text rest = {NULL, 0};
    TRY(file_read(mailer->arena, AT_FDCWD, login_path, LOGIN_LIMIT, &rest));
    const Text user = text_trim(text_cut(&rest, '\n')), password = text_trim(text_cut(&rest, '\n'));
    if (user.size == 0 || password.size == 0 || !text_is_utf8(user) || !text_is_utf8(password)) {
        return fail(STATUS_INVALID, "%s must hold the user's name on its first line and the password on its second",
                    login_path);
    }
    mailer->user = arena_c_string(mailer->arena, user);
    mailer->password = arena_c_string(mailer->arena, password);
    return STATUS_OK;
}

Status mailer_open_with_login(Text address, const char *login_path, Mailer **ret_mailer) {
    Mailer *mailer = NULL;
    TRY(mailer_open(address, &mailer));
    if (mailer->spool < 0) {
        const Status status = read_login(mailer, login_path);
        if (status != STATUS_OK) {
            mailer_close(mailer);
            return status;
        }
        Text host = text_of(mailer->url);
        (void)text_cut(&host, ':');
        mailer->must_encrypt = !is_on_this_machine(text_slice(host, 2, host.size));
    }
    *ret_mailer = mailer;
    return STATUS_OK;
}

void mailer_set_time_out(Mailer *mailer, int64_t microseconds) {
    mailer->time_out_ms = (long)(microseconds / 1000);
}

/** One conversation with a relay. */
typedef struct Delivery {
    Text unsent;
    bool at_receiver; /* the commands about this sender and the greeting are behind us */
    int refusal;      /* the first reply code from 400 up */
    char words[WORDS_LIMIT];
    size_t words_size;
} Delivery;

static size_t give_message(char *room, size_t size, size_t count, void *context) {
    Delivery *delivery = context;
    const size_t part = size * count < delivery->unsent.size ? size * count : delivery->unsent.size;
    if (part > 0) {
        memcpy(room, delivery->unsent.data, part);
    }
    delivery->unsent = text_slice(delivery->unsent, part, delivery->unsent.size);
    return part;
}

/* Keeps the first refusal: what the relay says later (221 Bye) explains nothing. */
static size_t take_reply(char *bytes, size_t size, size_t count, void *context) {
    Delivery *delivery = context;
    const Text line = text_trim((Text){bytes, size * count});
    int64_t code = 0;
    if (delivery->refusal == 0 && text_to_int(text_slice(line, 0, 3), &code) == STATUS_OK && code >= 400 &&
        code <= 599) {
        delivery->refusal = (int)code;
        for (size_t i = 0; i < line.size && i < WORDS_LIMIT; i++) {
            delivery->words[i] = line.data[i] >= ' ' && line.data[i] < 0x7F ? line.data[i] : '?';
            delivery->words_size = i + 1;
        }
    }
    return size * count;
}

static int watch(CURL *handle, curl_infotype kind, char *bytes, size_t size, void *context) {
    (void)handle;
    Delivery *delivery = context;
    if (kind == CURLINFO_HEADER_OUT && text_starts_with((Text){bytes, size}, TEXT("RCPT "))) {
        delivery->at_receiver = true;
    }
    return 0;
}

/* Codes that speak of our login or of missing encryption are for the operator to mend, not a verdict on this mail. */
static bool is_about_login(int code) {
    return code == 530 || code == 534 || code == 535 || code == 538;
}

MUST_USE static Status judge(const Delivery *delivery, CURLcode result, const char *curl_words) {
    if (result == CURLE_OK) {
        return STATUS_OK;
    }
    if (delivery->refusal == 0) {
        return fail(STATUS_UNAVAILABLE, "the mail relay cannot be used: %s",
                    curl_words[0] != '\0' ? curl_words : curl_easy_strerror(result));
    }
    const bool for_good = delivery->refusal >= 500 && delivery->at_receiver && !is_about_login(delivery->refusal);
    return fail(for_good ? STATUS_INVALID : STATUS_UNAVAILABLE, "the mail relay answered: %.*s",
                (int)delivery->words_size, delivery->words);
}

static bool configure(CURL *handle, const Mailer *mailer, const Mail *mail, Arena *arena, Delivery *delivery,
                      struct curl_slist *receivers) {
    const long tls = mailer->must_encrypt ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_TRY;
    const long seconds =
        (mailer->time_out_ms + 999) / 1000; /* rules over the farewell, which the limit above does not */
    bool done = curl_easy_setopt(handle, CURLOPT_URL, mailer->url) == CURLE_OK &&
                curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps") == CURLE_OK &&
                curl_easy_setopt(handle, CURLOPT_PROXY, "") == CURLE_OK &&
                curl_easy_setopt(handle, CURLOPT_USE_SSL, tls) == CURLE_OK &&
                curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
                curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS) == CURLE_OK &&
                curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, mailer->time_out_ms) == CURLE_OK &&
                curl_easy_setopt(handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, seconds) == CURLE_OK &&
                curl_easy_setopt(handle, CURLOPT_MAIL_FROM, arena_c_string(arena, mail->from_address)) == CURLE_OK &&
                curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, receivers) == CURLE_OK &&
                curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
                curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, (curl_off_t)delivery->unsent.size) == CURLE_OK &&
                curl_easy_setopt(handle, CURLOPT_READFUNCTION, give_message) == CURLE_OK &&
                curl_easy_setopt(handle, CURLOPT_READDATA, delivery) == CURLE_OK &&
                curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_reply) == CURLE_OK &&
                curl_easy_setopt(handle, CURLOPT_HEADERDATA, delivery) == CURLE_OK &&
                curl_easy_setopt(handle, CURLOPT_VERBOSE, 1L) == CURLE_OK &&
                curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, watch) == CURLE_OK &&
                curl_easy_setopt(handle, CURLOPT_DEBUGDATA, delivery) == CURLE_OK;
    if (done && mailer->user != NULL) {
        done = curl_easy_setopt(handle, CURLOPT_USERNAME, mailer->user) == CURLE_OK &&
               curl_easy_setopt(handle, CURLOPT_PASSWORD, mailer->password) == CURLE_OK;
    }
    return done;
}

MUST_USE static Status send_to_relay(const Mailer *mailer, Arena *arena, const Mail *mail, Text message) {
    Delivery delivery = {.unsent = message};
    char curl_words[CURL_ERROR_SIZE] = "";
    CURL *handle = curl_easy_init();
    struct curl_slist *receivers = curl_slist_append(NULL, arena_c_string(arena, mail->to_address));
    Status status = STATUS_FAILED;
    if (handle != NULL && receivers != NULL && configure(handle, mailer, mail, arena, &delivery, receivers) &&
        curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, curl_words) == CURLE_OK) {
        status = judge(&delivery, curl_easy_perform(handle), curl_words);
    } else {
        status = fail(STATUS_FAILED, "the mail client cannot be prepared");
    }
    curl_slist_free_all(receivers);
    curl_easy_cleanup(handle);
    return status;
}

/* Names sort by date; the same mail sent again has the same name. */
MUST_USE static Status put_into_spool(const Mailer *mailer, Arena *arena, const Mail *mail, Text message, Time date) {
    const Sha256 digest = sha256(mail->message_id);
    const Text name = arena_format(arena, "%0*lld-%.*s.eml", DATE_DIGITS, (long long)date.microseconds, HASH_DIGITS,
                                   sha256_hex(arena, &digest).data);
    return file_replace(mailer->spool, mailer->spool, name.data, message);
}

Status mail_send(Mailer *mailer, Arena *arena, const Mail *mail, Time date) {
    Text message = {NULL, 0};
    TRY(mail_write(arena, mail, date, &message));
    return mailer->spool < 0 ? send_to_relay(mailer, arena, mail, message)
                             : put_into_spool(mailer, arena, mail, message, date);
}

static bool is_spooled(const char *name) {
    const Text text = text_of(name);
    int64_t date = 0;
    return text.size == DATE_DIGITS + 1 + HASH_DIGITS + 4 && text_ends_with(text, TEXT(".eml")) &&
           text_to_int(text_slice(text, 0, DATE_DIGITS), &date) == STATUS_OK;
}

/** The newest names, kept sorted in a row of at most `limit`. */
typedef struct Newest {
    Text *items;
    size_t count, limit;
} Newest;

static void note_name(Newest *newest, Arena *arena, const char *name) {
    const Text text = text_of(name);
    size_t at = newest->count;
    while (at > 0 && text_compare(newest->items[at - 1], text) < 0) {
        at--;
    }
    if (at >= newest->limit) {
        return;
    }
    if (newest->count < newest->limit) {
        newest->count++;
    }
    memmove(newest->items + at + 1, newest->items + at, (newest->count - 1 - at) * sizeof *newest->items);
    newest->items[at] = arena_copy(arena, text);
}

MUST_USE static Status newest_names(const Mailer *mailer, Arena *arena, Newest *newest) {
    const int copy = openat(mailer->spool, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = copy < 0 ? NULL : fdopendir(copy);
    if (entries == NULL) {
        if (copy >= 0) {
            (void)close(copy);
        }
        return file_failure("read", "the mail spool");
    }
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        if (is_spooled(entry->d_name)) {
            note_name(newest, arena, entry->d_name);
        }
    }
    (void)closedir(entries);
    return STATUS_OK;
}

Status mail_spool_list(Mailer *mailer, Arena *arena, size_t limit, SpooledMails *ret_mails) {
    if (mailer->spool < 0) {
        return fail(STATUS_UNSUPPORTED, "mail goes to a relay; there is no spool to show");
    }
    Newest newest = {arena_new_array(arena, Text, limit + 1), 0, limit};
    TRY(newest_names(mailer, arena, &newest));
    SpooledMails mails = {arena_new_array(arena, SpooledMail, newest.count + 1), 0};
    for (size_t i = 0; i < newest.count; i++) {
        Text message = {NULL, 0};
        SpooledMail mail = {.name = {NULL, 0}};
        const Status found = file_read(arena, mailer->spool, newest.items[i].data, SPOOLED_LIMIT, &message);
        if (found == STATUS_NOT_FOUND) { /* removed by the operator meanwhile */
            continue;
        }
        TRY(found);
        TRY(mail_read(arena, message, &mail));
        mail.name = newest.items[i];
        TRY(text_to_int(text_slice(mail.name, 0, DATE_DIGITS), &mail.date.microseconds));
        mails.items[mails.count++] = mail;
    }
    *ret_mails = mails;
    return STATUS_OK;
}
