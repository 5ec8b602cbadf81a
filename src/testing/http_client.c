/** Plain sockets, Content-Length only: what our own server answers with. */
#include "testing/http_client.h"

#include <arpa/inet.h>
#include <libdeflate.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "testing/test.h"

#define ANSWER_MAX      ((size_t)64 << 20)
#define REQUEST_MAX     ((size_t)256 << 20)
#define TIMEOUT_SECONDS 60
#define BOUNDARY        "scenario-boundary-7f3a9c"

static int open_socket(int port) {
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    const struct timeval timeout = {.tv_sec = TIMEOUT_SECONDS};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(descriptor >= 0);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
    CHECK(connect(descriptor, (const struct sockaddr *)&address, sizeof(address)) == 0);
    return descriptor;
}

/* A server that refuses early may close while we still send: what it said is read all the same. */
static void send_all(int descriptor, Text bytes) {
    size_t sent = 0;
    while (sent < bytes.size) {
        const ssize_t part = send(descriptor, bytes.data + sent, bytes.size - sent, MSG_NOSIGNAL);
        if (part <= 0) {
            return;
        }
        sent += (size_t)part;
    }
}

static Text receive_all(Arena *arena, int descriptor) {
    Buffer buffer = buffer_make(arena, ANSWER_MAX);
    static _Thread_local char part[65536];
    for (;;) {
        const ssize_t size = recv(descriptor, part, sizeof(part), 0);
        if (size <= 0) {
            return (Text){buffer.data, buffer.size};
        }
        buffer_append(&buffer, (Text){part, (size_t)size});
    }
}

Text http_header(const HttpAnswer *answer, const char *name) {
    Text rest = answer->head;
    while (rest.size > 0) {
        Text value = text_trim(text_cut(&rest, '\n'));
        const Text key = text_cut(&value, ':');
        if (text_equal_ignoring_case(key, text_of(name))) {
            return text_trim(value);
        }
    }
    return (Text){NULL, 0};
}

static void unzip(Arena *arena, HttpAnswer *answer) {
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    uint32_t room = 0; /* the last four bytes (RFC 1952, ISIZE); all that our server compresses is smaller than that */
    CHECK(answer->body.size > 18);
    memcpy(&room, answer->body.data + answer->body.size - sizeof room, sizeof room);
    CHECK(room <= ANSWER_MAX);
    char *bytes = arena_allocate(arena, room);
    size_t size = 0;
    const enum libdeflate_result result =
        libdeflate_gzip_decompress(decompressor, answer->body.data, answer->body.size, bytes, room, &size);
    libdeflate_free_decompressor(decompressor);
    CHECK(result == LIBDEFLATE_SUCCESS);
    answer->body = (Text){bytes, size};
}

static HttpAnswer read_answer(Arena *arena, Text bytes) {
    HttpAnswer answer = {0};
    size_t end = 0;
    int64_t code = 0;
    if (text_starts_with(bytes, TEXT("HTTP/1.1 100"))) {
        CHECK(text_find(bytes, TEXT("\r\n\r\n"), &end));
        bytes = text_slice(bytes, end + 4, bytes.size);
    }
    if (!text_starts_with(bytes, TEXT("HTTP/1.")) || !text_find(bytes, TEXT("\r\n\r\n"), &end)) {
        return answer;
    }
    CHECK_OK(text_to_int(text_slice(bytes, 9, 12), &code));
    answer.code = (int)code;
    answer.head = text_slice(bytes, 0, end + 2);
    answer.body = text_slice(bytes, end + 4, bytes.size);
    if (text_equal(http_header(&answer, "content-encoding"), TEXT("gzip")) && answer.body.size > 0) {
        unzip(arena, &answer);
    }
    return answer;
}

HttpAnswer http_raw(Arena *arena, int port, Text bytes) {
    const int descriptor = open_socket(port);
    send_all(descriptor, bytes);
    const Text answer = receive_all(arena, descriptor);
    close(descriptor);
    return read_answer(arena, answer);
}

static void keep_cookie(HttpClient *client, Text line) {
    const bool ends = text_find(line, TEXT("Max-Age=0;"), &(size_t){0});
    Text value = text_cut(&line, ';');
    const Text name = arena_copy(client->arena, text_cut(&value, '='));
    size_t at = 0;
    while (at < client->cookie_count && !text_equal(client->cookies[at].name, name)) {
        at++;
    }
    if (ends) {
        if (at < client->cookie_count) {
            client->cookies[at] = client->cookies[--client->cookie_count];
        }
        return;
    }
    CHECK(at < sizeof(client->cookies) / sizeof(client->cookies[0]));
    client->cookie_count += at == client->cookie_count;
    client->cookies[at] = (HttpCookie){name, arena_copy(client->arena, value)};
}

static void keep_cookies(HttpClient *client, const HttpAnswer *answer) {
    Text rest = answer->head;
    while (rest.size > 0) {
        Text line = text_trim(text_cut(&rest, '\n'));
        if (text_equal_ignoring_case(text_cut(&line, ':'), TEXT("set-cookie"))) {
            keep_cookie(client, text_trim(line));
        }
    }
}

static HttpAnswer exchange(HttpClient *client, const char *method, Text path, Text extra, Text type, Text body) {
    Buffer request = buffer_make(client->arena, REQUEST_MAX);
    const Text own_host = arena_format(client->arena, "127.0.0.1:%d", client->port);
    const Text accept =
        client->accept.size > 0 ? client->accept : TEXT("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");
    buffer_format(&request,
                  "%s %.*s HTTP/1.1\r\nHost: %.*s\r\nAccept: %.*s\r\nConnection: close\r\nAccept-Encoding: gzip\r\n",
                  method, TEXT_ARG(path), TEXT_ARG(client->host.size > 0 ? client->host : own_host), TEXT_ARG(accept));
    if (client->language.size > 0) {
        buffer_format(&request, "Accept-Language: %.*s\r\n", TEXT_ARG(client->language));
    }
    if (client->bearer.size > 0) {
        buffer_format(&request, "Authorization: Bearer %.*s\r\n", TEXT_ARG(client->bearer));
    }
    for (size_t i = 0; i < client->cookie_count; i++) {
        buffer_format(&request, "%s%.*s=%.*s%s", i == 0 ? "Cookie: " : "; ", TEXT_ARG(client->cookies[i].name),
                      TEXT_ARG(client->cookies[i].value), i + 1 == client->cookie_count ? "\r\n" : "");
    }
    if (type.size > 0) {
        buffer_format(&request, "Content-Type: %.*s\r\nContent-Length: %zu\r\n", TEXT_ARG(type), body.size);
    }
    buffer_append(&request, extra);
    buffer_append(&request, TEXT("\r\n"));
    buffer_append(&request, body);
    CHECK(!request.overflow);
    const HttpAnswer answer = http_raw(client->arena, client->port, (Text){request.data, request.size});
    keep_cookies(client, &answer);
    return answer;
}

HttpAnswer http_get(HttpClient *client, const char *method, Text path, Text extra) {
    return exchange(client, method, path, extra, (Text){NULL, 0}, (Text){NULL, 0});
}

HttpAnswer http_post(HttpClient *client, Text path, Text type, Text body, Text extra) {
    return exchange(client, "POST", path, extra, type, body);
}

static void append_encoded(Buffer *buffer, Text text) {
    for (size_t i = 0; i < text.size; i++) {
        const unsigned char byte = (unsigned char)text.data[i];
        const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
        if (plain) {
            buffer_append_byte(buffer, text.data[i]);
        } else {
            buffer_format(buffer, "%%%02X", byte);
        }
    }
}

static void append_part(Buffer *body, const HttpField *field) {
    buffer_format(body, "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"%.*s\"", TEXT_ARG(field->name));
    if (field->is_file) {
        buffer_format(body, "; filename=\"%.*s\"\r\nContent-Type: %.*s", TEXT_ARG(field->file_name),
                      TEXT_ARG(field->type));
    }
    buffer_append(body, TEXT("\r\n\r\n"));
    buffer_append(body, field->value);
    buffer_append(body, TEXT("\r\n"));
}

HttpAnswer http_post_fields(HttpClient *client, Text path, const HttpField *fields, size_t count) {
    Buffer body = buffer_make(client->arena, REQUEST_MAX);
    bool has_file = false;
    for (size_t i = 0; i < count; i++) {
        has_file = has_file || fields[i].is_file;
    }
    for (size_t i = 0; i < count; i++) {
        if (has_file) {
            append_part(&body, &fields[i]);
            continue;
        }
        buffer_append(&body, i > 0 ? TEXT("&") : TEXT(""));
        append_encoded(&body, fields[i].name);
        buffer_append_byte(&body, '=');
        append_encoded(&body, fields[i].value);
    }
    if (has_file) {
        buffer_append(&body, TEXT("--" BOUNDARY "--\r\n"));
    }
    CHECK(!body.overflow);
    return http_post(client, path,
                     has_file ? TEXT("multipart/form-data; boundary=" BOUNDARY)
                              : TEXT("application/x-www-form-urlencoded"),
                     (Text){body.data, body.size}, (Text){NULL, 0});
}

Text http_form_token(Text page) {
    size_t at = 0, end = 0;
    if (!text_find(page, TEXT("name=\"_token\""), &at)) {
        return (Text){NULL, 0};
    }
    page = text_slice(page, at, page.size);
    CHECK(text_find(page, TEXT("value=\""), &at));
    page = text_slice(page, at + 7, page.size);
    CHECK(text_find(page, TEXT("\""), &end));
    return text_slice(page, 0, end);
}
