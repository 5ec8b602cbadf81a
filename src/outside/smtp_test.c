/** Delivery to a real SMTP sink on the loopback address, also one that refuses, hangs or breaks off. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "outside/mail.h"
#include "testing/test.h"

/** What the sink does: at the command `at` it answers `reply` instead of taking it. */
typedef struct Sink {
    const char *at, *reply; /* reply NULL: closes; "": hangs; "...": goes on and on */
    const char *greeting, *features;
    useconds_t pause; /* before each answer */
    int listener, stop[2];
    pthread_t thread;
    char message[65536], commands[4096];
    size_t message_size, commands_size;
    int messages;
} Sink;

static void say(int peer, const char *line) {
    (void)!write(peer, line, strlen(line));
}

/* A line with its end; false when the peer has gone. */
static bool hear(int peer, char *line, size_t room) {
    size_t size = 0;
    while (size + 1 < room && (size == 0 || line[size - 1] != '\n')) {
        if (read(peer, line + size, 1) != 1) {
            return false;
        }
        size++;
    }
    line[size] = '\0';
    return true;
}

static void hang(Sink *sink, int peer) {
    struct pollfd waits[2] = {{.fd = sink->stop[0], .events = POLLIN}, {.fd = peer, .events = POLLRDHUP}};
    (void)poll(waits, 2, 20000);
}

/* A line every now and then, so that no single wait is long. */
static void go_on_and_on(Sink *sink, int peer) {
    struct pollfd waits[2] = {{.fd = sink->stop[0], .events = POLLIN}, {.fd = peer, .events = POLLRDHUP}};
    for (int i = 0; i < 100 && poll(waits, 2, 100) == 0; i++) {
        say(peer, "250-and then\r\n");
    }
}

/* Does what the test asked for at this point; true when the conversation is over. */
static bool misbehaves(Sink *sink, int peer, const char *line, bool *ret_answered) {
    if (sink->at == NULL || strncmp(line, sink->at, strlen(sink->at)) != 0) {
        return false;
    }
    if (sink->reply == NULL) {
        return true;
    }
    if (sink->reply[0] == '\0') {
        hang(sink, peer);
        return true;
    }
    if (strcmp(sink->reply, "...") == 0) {
        go_on_and_on(sink, peer);
        return true;
    }
    say(peer, sink->reply);
    *ret_answered = true;
    return false;
}

static bool hear_message(Sink *sink, int peer) {
    char line[2000];
    say(peer, "354 go on\r\n");
    while (hear(peer, line, sizeof line)) {
        if (strcmp(line, ".\r\n") == 0) {
            return true;
        }
        const char *text = line[0] == '.' ? line + 1 : line; /* RFC 5321 section 4.5.2 */
        const size_t size = strlen(text);
        CHECK(sink->message_size + size < sizeof sink->message);
        memcpy(sink->message + sink->message_size, text, size);
        sink->message_size += size;
    }
    return false;
}

static void converse(Sink *sink, int peer) {
    char line[2000];
    bool answered = false;
    if (misbehaves(sink, peer, "CONNECT", &answered) || answered) {
        return;
    }
    say(peer, sink->greeting);
    while (hear(peer, line, sizeof line)) {
        const size_t size = strlen(line);
        (void)usleep(sink->pause);
        CHECK(sink->commands_size + size < sizeof sink->commands);
        memcpy(sink->commands + sink->commands_size, line, size);
        sink->commands_size += size;
        answered = false;
        if (misbehaves(sink, peer, line, &answered)) {
            return;
        }
        if (answered) {
            continue;
        }
        if (strncmp(line, "EHLO", 4) == 0) {
            say(peer, sink->features);
        } else if (strncmp(line, "AUTH PLAIN", 10) == 0) {
            say(peer, "334 \r\n");
            const bool right = hear(peer, line, sizeof line) && strcmp(line, "AG9mZmljZQBvcGVuIHNlc2FtZQ==\r\n") == 0;
            say(peer, right ? "235 welcome\r\n" : "535 wrong\r\n");
        } else if (strncmp(line, "DATA", 4) == 0) {
            if (!hear_message(sink, peer) || misbehaves(sink, peer, "BODY", &answered)) {
                return;
            }
            if (!answered) {
                sink->messages++;
                say(peer, "250 taken\r\n");
            }
        } else if (strncmp(line, "QUIT", 4) == 0) {
            say(peer, "421 bye\r\n"); /* as relays do that are about to stop; it is not what refused the mail */
            return;
        } else {
            say(peer, "250 fine\r\n");
        }
    }
}

static void *serve(void *context) {
    Sink *sink = context;
    struct pollfd waits[2] = {{.fd = sink->stop[0], .events = POLLIN}, {.fd = sink->listener, .events = POLLIN}};
    while (poll(waits, 2, 60000) > 0 && waits[0].revents == 0) {
        const int peer = accept4(sink->listener, NULL, NULL, SOCK_CLOEXEC);
        if (peer >= 0) {
            converse(sink, peer);
            (void)close(peer);
        }
    }
    return NULL;
}

static Mailer *open_sink(Sink *sink, Arena *arena, const char *login) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    sink->greeting = "220 sink.example ready\r\n";
    sink->features = "250-sink.example\r\n250-SIZE 1000000\r\n250 AUTH PLAIN\r\n";
    sink->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(sink->listener >= 0 && bind(sink->listener, (struct sockaddr *)&address, size) == 0);
    CHECK(listen(sink->listener, 4) == 0 && getsockname(sink->listener, (struct sockaddr *)&address, &size) == 0);
    CHECK(pipe(sink->stop) == 0 && pthread_create(&sink->thread, NULL, serve, sink) == 0);
    const Text url = arena_format(arena, "smtp://127.0.0.1:%d", ntohs(address.sin_port));
    Mailer *mailer = NULL;
    CHECK_OK(login == NULL ? mailer_open(url, &mailer) : mailer_open_with_login(url, login, &mailer));
    mailer_set_time_out(mailer, TIME_SECOND / 2);
    return mailer;
}

static void close_sink(Sink *sink) {
    CHECK(write(sink->stop[1], "x", 1) == 1 && pthread_join(sink->thread, NULL) == 0);
    (void)close(sink->listener);
    (void)close(sink->stop[0]);
    (void)close(sink->stop[1]);
}

static const Time date = {INT64_C(1795458605) * TIME_SECOND};

static Mail sample(void) {
    return (Mail){
        .from_name = TEXT("Chamber"),
        .from_address = TEXT("office@chamber.example"),
        .to_name = TEXT("Ана"),
        .to_address = TEXT("ana@firm.example"),
        .subject = TEXT("Вашето уверение е готово"),
        .body = TEXT("Здраво,\n.\n..\n.hidden\nготово е.\n"),
        .message_id = TEXT("0abc@chamber.example"),
    };
}

TEST(smtp_delivers_the_very_message) {
    static Sink sink;
    Arena *arena = arena_open(1 << 20);
    Mailer *mailer = open_sink(&sink, arena, NULL);
    const Mail mail = sample();
    Text message = {NULL, 0};
    CHECK_OK(mail_send(mailer, arena, &mail, date));
    close_sink(&sink);
    CHECK_INT(sink.messages, 1);
    CHECK_OK(mail_write(arena, &mail, date, &message));
    CHECK_TEXT(((Text){sink.message, sink.message_size}), arena_c_string(arena, message));
    CHECK(strstr(sink.commands, "MAIL FROM:<office@chamber.example>") != NULL);
    CHECK(strstr(sink.commands, "RCPT TO:<ana@firm.example>\r\n") != NULL);
    CHECK(strstr(sink.commands, "AUTH") == NULL);
    mailer_close(mailer);
    arena_close(arena);
}

TEST(smtp_signs_in_from_a_file) {
    static Sink sink;
    Arena *arena = arena_open(1 << 20);
    const char *path = arena_format(arena, "%s/login", test_directory()).data;
    (void)umask(077);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL && fputs("office\nopen sesame\n", file) >= 0 && fclose(file) == 0);
    Mailer *mailer = open_sink(&sink, arena, path);
    const Mail mail = sample();
    CHECK_OK(mail_send(mailer, arena, &mail, date));
    close_sink(&sink);
    CHECK_INT(sink.messages, 1);
    CHECK(strstr(sink.commands, "AUTH PLAIN") != NULL);
    mailer_close(mailer);
    arena_close(arena);
}

/** Sends to a sink that misbehaves; no mail may count as taken, and the words are those of the relay. */
static void check_refusal(const char *at, const char *reply, Status expected, const char *words) {
    static Sink sink;
    sink = (Sink){.at = at, .reply = reply};
    Arena *arena = arena_open(1 << 20);
    Mailer *mailer = open_sink(&sink, arena, NULL);
    const Mail mail = sample();
    const int64_t before = clock_monotonic();
    const Status status = mail_send(mailer, arena, &mail, date);
    const Text said = arena_copy(arena, failure_take());
    CHECK(clock_monotonic() - before < 5 * TIME_SECOND);
    close_sink(&sink);
    if (status != expected || !text_find(said, text_of(words), &(size_t){0})) {
        test_fail(__FILE__, __LINE__, "at %s: %s, \"%.*s\"", at, status_name(status), TEXT_ARG(said));
    }
    CHECK_INT(sink.messages, 0);
    mailer_close(mailer);
    arena_close(arena);
}

TEST(smtp_refusals_for_good) {
    check_refusal("RCPT", "550 5.1.1 no such box here\r\n", STATUS_INVALID, "answered: 550 5.1.1 no such box here");
    check_refusal("DATA", "554 no thanks\r\n", STATUS_INVALID, "554 no thanks");
    check_refusal("BODY", "554 5.7.1 looks like spam\r\n", STATUS_INVALID, "554 5.7.1 looks like spam");
}

TEST(smtp_refusals_for_now) {
    check_refusal("RCPT", "451 4.3.0 try again later\r\n", STATUS_UNAVAILABLE, "451 4.3.0 try again later");
    check_refusal("BODY", "452 4.3.1 out of room\r\n", STATUS_UNAVAILABLE, "452 4.3.1 out of room");
    check_refusal("MAIL", "550 sender unknown to this relay\r\n", STATUS_UNAVAILABLE, "550 sender unknown");
    check_refusal("RCPT", "530 sign in first\r\n", STATUS_UNAVAILABLE, "530 sign in first");
    check_refusal("CONNECT", "554 no service\r\n", STATUS_UNAVAILABLE, "554 no service");
}

TEST(smtp_hangs) {
    check_refusal("CONNECT", "", STATUS_UNAVAILABLE, "relay cannot be used");
    check_refusal("EHLO", "", STATUS_UNAVAILABLE, "relay cannot be used");
    check_refusal("RCPT", "", STATUS_UNAVAILABLE, "relay cannot be used");
    check_refusal("BODY", "", STATUS_UNAVAILABLE, "relay cannot be used");
}

TEST(smtp_goes_on_and_on) {
    check_refusal("EHLO", "...", STATUS_UNAVAILABLE, "relay cannot be used");
}

TEST(smtp_takes_its_time_with_everything) {
    static Sink sink;
    Arena *arena = arena_open(1 << 20);
    sink.pause = 200000;
    Mailer *mailer = open_sink(&sink, arena, NULL);
    const Mail mail = sample();
    CHECK_STATUS(mail_send(mailer, arena, &mail, date), STATUS_UNAVAILABLE);
    close_sink(&sink);
    CHECK_INT(sink.messages, 0);
    mailer_close(mailer);
    arena_close(arena);
}

TEST(smtp_breaks_off) {
    check_refusal("CONNECT", NULL, STATUS_UNAVAILABLE, "relay cannot be used");
    check_refusal("MAIL", NULL, STATUS_UNAVAILABLE, "relay cannot be used");
    check_refusal("BODY", NULL, STATUS_UNAVAILABLE, "relay cannot be used");
}

TEST(smtp_speaks_nonsense) {
    check_refusal("EHLO", "\x80\xFF\x01garbage\r\n", STATUS_UNAVAILABLE, "relay cannot be used");
    check_refusal("RCPT", "599 \x1B[2J\x07 bell\r\n", STATUS_INVALID, "599 ?[2J? bell");
}

TEST(smtp_offered_encryption_must_be_good) {
    static Sink sink;
    Arena *arena = arena_open(1 << 20);
    sink = (Sink){.at = "STARTTLS", .reply = "220 go\r\n"}; /* and then it speaks no TLS */
    Mailer *mailer = open_sink(&sink, arena, NULL);
    sink.features = "250-sink.example\r\n250 STARTTLS\r\n";
    const Mail mail = sample();
    CHECK_STATUS(mail_send(mailer, arena, &mail, date), STATUS_UNAVAILABLE);
    close_sink(&sink);
    CHECK_INT(sink.messages, 0);
    CHECK(strstr(sink.commands, "STARTTLS") != NULL && strstr(sink.commands, "MAIL") == NULL);
    mailer_close(mailer);
    arena_close(arena);
}

TEST(smtp_nobody_listens) {
    static Sink sink;
    Arena *arena = arena_open(1 << 20);
    Mailer *mailer = open_sink(&sink, arena, NULL);
    close_sink(&sink);
    const Mail mail = sample();
    CHECK_STATUS(mail_send(mailer, arena, &mail, date), STATUS_UNAVAILABLE);
    mailer_close(mailer);
    arena_close(arena);
}
