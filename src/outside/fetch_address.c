/** Which addresses the operator allowed, and which ones are nobody's business outside this machine. */
#include "outside/fetch_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/log.h"

enum { ADDRESSES_MAX = 64, URL_MAX = 2000 };

/** Networks that are not the public internet (IANA's registries of special addresses). */
static const struct Network {
    unsigned char bytes[4];
    int bits;
} networks[] = {
    {{0, 0, 0, 0}, 8},      {{10, 0, 0, 0}, 8},    {{100, 64, 0, 0}, 10},   {{127, 0, 0, 0}, 8},
    {{169, 254, 0, 0}, 16}, {{172, 16, 0, 0}, 12}, {{192, 0, 0, 0}, 24},    {{192, 168, 0, 0}, 16},
    {{198, 18, 0, 0}, 15},  {{192, 0, 2, 0}, 24},  {{198, 51, 100, 0}, 24}, {{203, 0, 113, 0}, 24},
    {{224, 0, 0, 0}, 4},    {{240, 0, 0, 0}, 4},
};

static bool starts_with_bits(const unsigned char *address, const unsigned char *network, int bits) {
    const int whole = bits / 8, rest = bits % 8;
    const int mask = 0xff00 >> rest & 0xff;
    return memcmp(address, network, (size_t)whole) == 0 &&
           (rest == 0 || (address[whole] & mask) == (network[whole] & mask));
}

static bool is_public_4(const unsigned char address[4]) {
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++) {
        if (starts_with_bits(address, networks[i].bytes, networks[i].bits)) {
            return false;
        }
    }
    return true;
}

/** Global unicast is 2000::/3; within it, and beside it, addresses that carry one of IPv4 are judged by that. */
static bool is_public_6(const unsigned char address[16]) {
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    static const unsigned char translated[12] = {0, 0x64, 0xff, 0x9b};
    static const unsigned char six_to_four[2] = {0x20, 0x02}, teredo[4] = {0x20, 0x01}, global[1] = {0x20};
    static const unsigned char documentation[4] = {0x20, 0x01, 0x0d, 0xb8};
    if (starts_with_bits(address, mapped, 96) || starts_with_bits(address, translated, 96)) {
        return is_public_4(address + 12);
    }
    if (starts_with_bits(address, six_to_four, 16)) {
        return is_public_4(address + 2);
    }
    return starts_with_bits(address, global, 3) && !starts_with_bits(address, teredo, 32) &&
           !starts_with_bits(address, documentation, 32);
}

static Text part_of(Arena *arena, CURLU *url, CURLUPart part, unsigned flags) {
    char *value = NULL;
    const CURLUcode result = curl_url_get(url, part, &value, flags);
    const Text text = result == CURLUE_OK ? arena_copy(arena, text_of(value)) : (Text){NULL, 0};
    curl_free(value);
    return text;
}

static Text lower_case(Arena *arena, Text text) {
    char *letters = arena_c_string(arena, text);
    for (size_t i = 0; i < text.size; i++) {
        letters[i] = letters[i] >= 'A' && letters[i] <= 'Z' ? (char)(letters[i] + ('a' - 'A')) : letters[i];
    }
    return (Text){letters, text.size};
}

/** Scheme, host and port; false when it is no address of HTTP, or carries a login. */
static bool read_address(Arena *arena, CURLU *url, FetchAddress *ret_address) {
    *ret_address = (FetchAddress){.scheme = lower_case(arena, part_of(arena, url, CURLUPART_SCHEME, 0)),
                                  .host = lower_case(arena, part_of(arena, url, CURLUPART_HOST, 0)),
                                  .port = part_of(arena, url, CURLUPART_PORT, CURLU_DEFAULT_PORT)};
    const bool is_http =
        text_equal(ret_address->scheme, TEXT("http")) || text_equal(ret_address->scheme, TEXT("https"));
    return is_http && ret_address->host.size > 0 && ret_address->port.size > 0 &&
           part_of(arena, url, CURLUPART_USER, 0).size == 0 && part_of(arena, url, CURLUPART_PASSWORD, 0).size == 0;
}

static CURLU *parse(Arena *arena, Text text) {
    CURLU *url = text.size <= URL_MAX ? curl_url() : NULL;
    if (url != NULL && curl_url_set(url, CURLUPART_URL, arena_c_string(arena, text), 0) != CURLUE_OK) {
        curl_url_cleanup(url);
        url = NULL;
    }
    return url;
}

Status fetch_read_addresses(Arena *arena, Text list, FetchAddresses *ret_addresses) {
    FetchAddress *items = arena_new_array(arena, FetchAddress, ADDRESSES_MAX);
    size_t count = 0;
    for (list = text_trim(list); list.size > 0; list = text_trim(list)) {
        const Text one = text_cut(&list, ' ');
        if (count == ADDRESSES_MAX) {
            return fail(STATUS_INVALID, "outbound has more than %d addresses", ADDRESSES_MAX);
        }
        CURLU *url = parse(arena, one);
        const bool read = url != NULL && read_address(arena, url, &items[count]);
        const Text path = url != NULL ? part_of(arena, url, CURLUPART_PATH, 0) : (Text){NULL, 0};
        curl_url_cleanup(url);
        if (!read || !text_equal(path, TEXT("/")) || text_ends_with(one, TEXT("/"))) {
            return fail(STATUS_INVALID, "outbound has addresses such as https://tsa.example:8443, not \"%.*s\"",
                        TEXT_ARG(text_slice(one, 0, 200)));
        }
        count++;
    }
    *ret_addresses = (FetchAddresses){items, count};
    return STATUS_OK;
}

Status fetch_check_url(Arena *arena, const FetchAddresses *allowed, Text text, CURLU **ret_url) {
    CURLU *url = parse(arena, text);
    FetchAddress address = {0};
    bool is_allowed = false;
    if (url == NULL || !read_address(arena, url, &address)) {
        curl_url_cleanup(url);
        return fail(STATUS_FORBIDDEN, "\"%.*s\" is no address of HTTP", TEXT_ARG(text_slice(text, 0, 200)));
    }
    for (size_t i = 0; i < allowed->count && !is_allowed; i++) {
        const FetchAddress *one = &allowed->items[i];
        is_allowed = text_equal(one->scheme, address.scheme) && text_equal(one->host, address.host) &&
                     text_equal(one->port, address.port);
    }
    if (!is_allowed) {
        curl_url_cleanup(url);
        return fail(STATUS_FORBIDDEN, "the setting outbound does not allow %.*s://%.*s:%.*s", TEXT_ARG(address.scheme),
                    TEXT_ARG(address.host), TEXT_ARG(address.port));
    }
    *ret_url = url;
    return STATUS_OK;
}

/** The address as a URL has it. */
static Text host_of(const struct sockaddr *address, char letters[INET6_ADDRSTRLEN + 2]) {
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;
        return text_of(inet_ntop(AF_INET, &four->sin_addr, letters, INET6_ADDRSTRLEN));
    }
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;
    letters[0] = '[';
    if (inet_ntop(AF_INET6, &six->sin6_addr, letters + 1, INET6_ADDRSTRLEN) == NULL) {
        return (Text){NULL, 0};
    }
    const size_t size = strlen(letters);
    letters[size] = ']';
    return (Text){letters, size + 1};
}

bool fetch_may_connect(const FetchAddresses *allowed, const struct sockaddr *address) {
    char letters[INET6_ADDRSTRLEN + 2] = "";
    bool is_public = false;
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;
        is_public = is_public_4((const unsigned char *)&four->sin_addr);
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;
        is_public = is_public_6(six->sin6_addr.s6_addr);
    } else {
        return false;
    }
    const Text host = host_of(address, letters);
    for (size_t i = 0; i < allowed->count && !is_public; i++) {
        is_public = text_equal(allowed->items[i].host, host);
    }
    return is_public;
}
