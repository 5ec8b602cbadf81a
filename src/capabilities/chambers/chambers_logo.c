/** The chamber's looks: its logo, taken with suspicion, and the small style sheet with its colours. */
#include <string.h>

#include "base/log.h"
#include "capabilities/chambers/chambers_key.h"
#include "capabilities/chambers/chambers_settings.h"
#include "outside/jail.h"
#include "pdf/page.h"

#define LOGO_BYTES ((size_t)200 * 1000)
enum { LOGO_SIDE = 2000, LOGO_KEPT_SIDE = 600 };

typedef struct ChamberLogoForm {
    Upload logo;
} ChamberLogoForm;
static const Field logo_fields[] = {
    FORM_FIELD(ChamberLogoForm, logo, .kind = FIELD_FILE, .label = MESSAGE_INIT("Picture"),
               .hint = MESSAGE_INIT("A PNG or JPEG file of at most 200 kB. It appears on printed documents, too."),
               .missing = MESSAGE_INIT("Choose a picture"), .required = true, .limit = LOGO_BYTES),
};
const Form chambers_logo_form = FORM(ChamberLogoForm, logo_fields);

static unsigned byte_at(Text bytes, size_t at) {
    return at < bytes.size ? (unsigned char)bytes.data[at] : 0;
}

static bool png_size(Text bytes, unsigned *ret_width, unsigned *ret_height) {
    if (bytes.size < 33 || memcmp(bytes.data, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16) != 0) {
        return false;
    }
    unsigned sides[2] = {0, 0};
    for (size_t i = 0; i < 8; i++) {
        sides[i / 4] = sides[i / 4] << 8 | byte_at(bytes, 16 + i);
    }
    *ret_width = sides[0];
    *ret_height = sides[1];
    return true;
}

/* Walks the markers up to the frame header (ITU-T T.81, B.1.1 and B.2.2). */
static bool jpeg_size(Text bytes, unsigned *ret_width, unsigned *ret_height) {
    size_t at = 2;
    if (bytes.size < 4 || byte_at(bytes, 0) != 0xFF || byte_at(bytes, 1) != 0xD8) {
        return false;
    }
    while (at + 9 < bytes.size && byte_at(bytes, at) == 0xFF) {
        const unsigned marker = byte_at(bytes, at + 1);
        const size_t length = byte_at(bytes, at + 2) << 8 | byte_at(bytes, at + 3);
        if (marker == 0xFF) { /* fill bytes */
            at++;
            continue;
        }
        if (marker >= 0xC0 && marker <= 0xC2) {
            *ret_height = byte_at(bytes, at + 5) << 8 | byte_at(bytes, at + 6);
            *ret_width = byte_at(bytes, at + 7) << 8 | byte_at(bytes, at + 8);
            return true;
        }
        if (marker < 0xC4 || marker == 0xD9 || marker == 0xDA || length < 2) {
            return false;
        }
        at += 2 + length;
    }
    return false;
}

Status chambers_logo_type(Text bytes, Text *ret_media_type) {
    unsigned width = 0, height = 0;
    const bool png = png_size(bytes, &width, &height);
    if (!png && !jpeg_size(bytes, &width, &height)) {
        return STATUS_UNSUPPORTED;
    }
    if (width == 0 || height == 0 || width > LOGO_SIDE || height > LOGO_SIDE) {
        return STATUS_TOO_LARGE;
    }
    *ret_media_type = png ? TEXT("image/png") : TEXT("image/jpeg");
    return STATUS_OK;
}

/* Decodes the picture as the printing of documents will: what stops here would stop every document. A JPEG becomes a
 * PNG that is large enough for paper and screen. */
static Status decode(Text input, Buffer *output) {
    if (text_starts_with(input, TEXT("\xFF\xD8"))) {
        return picture_of_jpeg(input, LOGO_KEPT_SIDE, output);
    }
    buffer_append(output, input);
    return picture_check(input);
}
static const Jail logo_jail = {.name = "logo reader", .function = decode, .time_limit = 5 * TIME_SECOND};

/** What is known of a logo before the transaction begins. */
typedef struct Logo {
    Text media_type;
    Sha256 digest;
} Logo;

Status chambers_logo_prepare(Request *request) {
    const Upload *upload = &FORM_OF(ChamberLogoForm, request)->logo;
    Logo *logo = arena_new(request->arena, Logo);
    Text png = {NULL, 0};
    switch (chambers_logo_type(upload->bytes, &logo->media_type)) {
    case STATUS_OK:
        break;
    case STATUS_TOO_LARGE:
        return refuse_field(request, "logo",
                            MESSAGE("The picture is wider or higher than 2,000 pixels. Make it smaller"));
    default:
        return refuse_field(request, "logo", MESSAGE("The file is not a PNG or JPEG picture, whatever its name says"));
    }
    const Status status = jail_run(&logo_jail, upload->bytes, request->arena, &png);
    if (status == STATUS_INVALID || status == STATUS_TOO_LARGE || status == STATUS_UNSUPPORTED) {
        (void)failure_take();
        return refuse_field(request, "logo", MESSAGE("The picture is damaged. Save it again as a PNG file"));
    }
    TRY(status);
    logo->media_type = TEXT("image/png");
    TRY(blob_put(request->outside->blobs, png, &logo->digest));
    request->prepared = logo;
    return STATUS_OK;
}

static Status write_logo(Request *request, Text sha256, Text media_type, Text detail) {
    int64_t changed = 0;
    TRY(chambers_update_logo(request->connection, request->chamber.id, sha256, media_type, request->now, &changed));
    Buffer words = buffer_make(request->arena, 200);
    buffer_append(&words, detail);
    TRY(chambers_settings_audit(request, "chambers.logo", &words));
    request_after_commit(request, chambers_forget);
    notice(request, MESSAGE("Saved."));
    return redirect(request, "/chamber");
}

Status chambers_logo_submit(Request *request) {
    const Logo *logo = request->prepared;
    return write_logo(request, sha256_text(&logo->digest), logo->media_type, sha256_hex(request->arena, &logo->digest));
}

Status chambers_logo_remove_submit(Request *request) {
    return write_logo(request, (Text){NULL, 0}, (Text){NULL, 0}, TEXT("removed"));
}

Status chambers_logo_show(Request *request) {
    ChamberLetterhead letterhead = {0};
    const Text expected =
        arena_format(request->arena, "/chamber/logo/%.*s", TEXT_ARG(request_path_text(request, "hash")));
    ChambersRow row = {0};
    TRY(chambers_row_of_id(request->connection, request->arena, request->chamber.id, &row));
    if (row.logo_sha256.size == 0 || !text_equal(expected, chambers_logo_address(request->arena, &row))) {
        return STATUS_NOT_FOUND;
    }
    TRY(chambers_letterhead(request->connection, request->arena, request->outside, request->chamber.id, &letterhead));
    return answer_bytes(request, letterhead.logo_type, (Text){NULL, 0}, letterhead.logo);
}

Status chambers_style_show(Request *request) {
    ChambersRow row = {0};
    TRY(chambers_row_of_id(request->connection, request->arena, request->chamber.id, &row));
    const Text expected =
        arena_format(request->arena, "/chamber/style/%.*s", TEXT_ARG(request_path_text(request, "version")));
    if (!text_equal(expected, chambers_style_address(request->arena, &row))) {
        return STATUS_NOT_FOUND;
    }
    Buffer css = buffer_make(request->arena, 400);
    Text bytes = {NULL, 0};
    buffer_append(&css, TEXT(":root{"));
    if (row.colour_primary.size > 0) {
        buffer_format(&css, "--brand:%.*s;--on-brand:#fff;", TEXT_ARG(row.colour_primary));
    }
    if (row.colour_accent.size > 0) {
        buffer_format(&css, "--accent:%.*s;", TEXT_ARG(row.colour_accent));
    }
    buffer_append(&css, TEXT("}\n"));
    TRY(buffer_take(&css, &bytes));
    return answer_bytes(request, TEXT("text/css; charset=utf-8"), (Text){NULL, 0}, bytes);
}
