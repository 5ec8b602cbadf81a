/** Messages between the program and its token helper. */
#include <errno.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "trust/key_secret.h"
#include "trust/token.h"

bool token_send(int connection, const TokenMessage *message) {
    TokenHead head = message->head;
    struct iovec pieces[TOKEN_PARTS_MAX + 1] = {{&head, sizeof(head)}};
    size_t size = sizeof(head);
    for (uint32_t i = 0; i < head.part_count; i++) {
        const Text part = message->parts[i];
        head.sizes[i] = (uint32_t)part.size;
        pieces[i + 1] = (struct iovec){(void *)(uintptr_t)part.data, part.size};
        size += part.size;
    }
    const struct msghdr packet = {.msg_iov = pieces, .msg_iovlen = head.part_count + 1};
    return size <= TOKEN_MESSAGE_MAX && sendmsg(connection, &packet, MSG_NOSIGNAL) == (ssize_t)size;
}

static bool token_wait(int connection, int64_t deadline) {
    for (;;) {
        const int64_t rest = deadline < 0 ? -1 : (deadline - clock_monotonic() + 999) / 1000;
        if (deadline >= 0 && rest <= 0) {
            return false;
        }
        struct pollfd wait = {.fd = connection, .events = POLLIN};
        const int ready = poll(&wait, 1, rest > INT32_MAX ? INT32_MAX : (int)rest);
        if (ready > 0) {
            return (wait.revents & POLLIN) != 0;
        }
        if (ready < 0 && errno != EINTR) {
            return false;
        }
    }
}

bool token_receive(Arena *arena, int connection, int64_t deadline, TokenMessage *ret_message) {
    char packet[TOKEN_MESSAGE_MAX];
    TokenMessage message = {.head = {.part_count = 0}};
    if (!token_wait(connection, deadline)) {
        return false;
    }
    const ssize_t got = recv(connection, packet, sizeof(packet), MSG_DONTWAIT);
    if (got < (ssize_t)sizeof(message.head)) {
        return false;
    }
    memcpy(&message.head, packet, sizeof(message.head));
    Text rest = {packet + sizeof(message.head), (size_t)got - sizeof(message.head)};
    bool whole = message.head.part_count <= TOKEN_PARTS_MAX;
    for (uint32_t i = 0; whole && i < message.head.part_count; i++) {
        whole = message.head.sizes[i] <= rest.size;
        message.parts[i] = arena_copy(arena, text_slice(rest, 0, message.head.sizes[i]));
        key_cleanse_later(arena, message.parts[i]);
        rest = text_slice(rest, message.head.sizes[i], rest.size);
    }
    OPENSSL_cleanse(packet, (size_t)got);
    if (whole) {
        *ret_message = message;
    }
    return whole;
}
