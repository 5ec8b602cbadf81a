/** Embedded files under their hashed addresses, kept by browsers for a year; the small files that browsers and robots
 * ask for. */
#include <string.h>

#include "base/asset.h"
#include "http/exchange.h"

/** What strangers may see, search engines may; the rest asks for a sign-in anyway. */
#define ROBOTS "User-agent: *\nDisallow:\n"

static const Asset *asset_by_name(const char *name) {
    size_t low = 0, high = asset_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(assets[middle].name, name);
        if (order == 0) {
            return &assets[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

/* "/assets/NAME.HASH.EXTENSION": the asset of that name, if the hash is of this build. */
static const Asset *asset_by_url(Text path) {
    char name[128] = "";
    const Text file = text_slice(path, sizeof("/assets/") - 1, path.size);
    size_t dots[2] = {0, 0};
    for (size_t i = 0; i < file.size; i++) {
        if (file.data[i] == '.') {
            dots[0] = dots[1];
            dots[1] = i;
        }
    }
    if (dots[0] == 0 || file.size >= sizeof(name)) {
        return NULL;
    }
    memcpy(name, file.data, dots[0]);
    memcpy(name + dots[0], file.data + dots[1], file.size - dots[1]);
    const Asset *asset = asset_by_name(name);
    return asset != NULL && text_equal(text_of(asset->url), path) ? asset : NULL;
}

static void answer_text(Exchanges *exchanges, int code, Text body, Outgoing *outgoing) {
    outgoing->code = code;
    outgoing->body = body;
    outgoing_header(outgoing, "Content-Type", TEXT("text/plain; charset=utf-8"));
    outgoing_header(outgoing, "Cache-Control", code == 200 ? TEXT("public, max-age=86400") : TEXT("no-store"));
    reply_common_headers(exchanges, outgoing, NULL);
}

static void answer_asset(Exchanges *exchanges, const Asset *asset, const Incoming *incoming, bool for_ever,
                         Outgoing *outgoing) {
    const bool gzip = asset->gzip.size > 0 && negotiate_gzip(incoming_header(incoming, "accept-encoding", NULL));
    outgoing->code = 200;
    outgoing->body = gzip ? asset->gzip : asset->bytes;
    outgoing_header(outgoing, "Content-Type", text_of(asset->media_type));
    if (gzip) {
        outgoing_header(outgoing, "Content-Encoding", TEXT("gzip"));
    }
    outgoing_header(outgoing, "Vary", TEXT("Accept-Encoding"));
    outgoing_header(outgoing, "Cache-Control",
                    for_ever ? TEXT("public, max-age=31536000, immutable") : TEXT("public, max-age=86400"));
    reply_common_headers(exchanges, outgoing, NULL);
}

bool asset_answer(Exchanges *exchanges, const Incoming *incoming, Outgoing *ret_outgoing) {
    const bool reads = text_equal(incoming->method, TEXT("GET")) || text_equal(incoming->method, TEXT("HEAD"));
    const bool is_asset = text_starts_with(incoming->path, TEXT("/assets/"));
    const bool is_icon = text_equal(incoming->path, TEXT("/favicon.ico"));
    const bool is_robots = text_equal(incoming->path, TEXT("/robots.txt"));
    if (!is_asset && !is_icon && !is_robots) {
        return false;
    }
    const Asset *asset = is_asset ? asset_by_url(incoming->path) : is_icon ? asset_by_name("icon.svg") : NULL;
    if (!reads) {
        outgoing_header(ret_outgoing, "Allow", TEXT("GET, HEAD"));
        answer_text(exchanges, 405, TEXT("Method not allowed.\n"), ret_outgoing);
    } else if (is_robots) {
        answer_text(exchanges, 200, TEXT(ROBOTS), ret_outgoing);
    } else if (asset == NULL) {
        answer_text(exchanges, 404, TEXT("Not found.\n"), ret_outgoing);
    } else {
        answer_asset(exchanges, asset, incoming, is_asset, ret_outgoing);
    }
    return true;
}
