/** Reads Accept, Accept-Encoding and Cookie. */
#include "http/negotiate.h"

/* "0.75" to 750; anything that is no weight counts as 0. */
static int quality_of(Text weight) {
    int quality = 0, unit = 1000;
    weight = text_trim(weight);
    if (weight.size == 0 || weight.size > 5 || (weight.size > 1 && weight.data[1] != '.')) {
        return 0;
    }
    for (size_t i = 0; i < weight.size; i++) {
        if (i == 1) {
            continue;
        }
        if (weight.data[i] < '0' || weight.data[i] > '9') {
            return 0;
        }
        quality += (weight.data[i] - '0') * unit;
        unit /= 10;
    }
    return quality > 1000 ? 1000 : quality;
}

static int range_quality(Text parameters) {
    while (parameters.size > 0) {
        Text value = text_cut(&parameters, ';');
        const Text name = text_trim(text_cut(&value, '='));
        if (text_equal_ignoring_case(name, TEXT("q"))) {
            return quality_of(value);
        }
    }
    return 1000;
}

/* How exactly a range names a type: 0 not at all, 1 by the star, 2 by its family, 3 wholly. */
static int range_fits(Text range, Text family, Text type) {
    if (text_equal_ignoring_case(range, type)) {
        return 3;
    }
    if (text_equal_ignoring_case(range, family)) {
        return 2;
    }
    return text_equal(range, TEXT("*/*")) ? 1 : 0;
}

Accepted negotiate_types(Text accept) {
    Accepted accepted = {0, 0};
    int html_fit = 0, json_fit = 0;
    accept = text_trim(accept);
    if (accept.size == 0) {
        return (Accepted){1000, 1000};
    }
    while (accept.size > 0) {
        Text parameters = text_cut(&accept, ',');
        const Text range = text_trim(text_cut(&parameters, ';'));
        const int quality = range_quality(parameters);
        const int html = range_fits(range, TEXT("text/*"), TEXT("text/html"));
        const int json = range_fits(range, TEXT("application/*"), TEXT("application/json"));
        if (html > html_fit) {
            html_fit = html;
            accepted.html = quality;
        }
        if (json > json_fit) {
            json_fit = json;
            accepted.json = quality;
        }
    }
    return accepted;
}

bool negotiate_gzip(Text accept_encoding) {
    int star = 0, gzip = -1;
    while (accept_encoding.size > 0) {
        Text parameters = text_cut(&accept_encoding, ',');
        const Text name = text_trim(text_cut(&parameters, ';'));
        if (text_equal_ignoring_case(name, TEXT("gzip")) || text_equal_ignoring_case(name, TEXT("x-gzip"))) {
            gzip = range_quality(parameters);
        } else if (text_equal(name, TEXT("*"))) {
            star = range_quality(parameters);
        }
    }
    return gzip >= 0 ? gzip > 0 : star > 0;
}

Text negotiate_cookie(Text cookies, Text name) {
    while (cookies.size > 0) {
        Text value = text_trim(text_cut(&cookies, ';'));
        const Text key = text_cut(&value, '=');
        if (text_equal(key, name)) {
            return value;
        }
    }
    return (Text){NULL, 0};
}
