/** ISO 19005-3, 6.2.8: images, masks and JPEG 2000. */
#include "pdf/conformance_content.h"

/* Enumerated colour space of ISO 15444-2 that is forbidden, and the range of bit depths. */
enum { CIE_JAB = 19, DEPTH_MIN = 1, DEPTH_MAX = 38, BOX_HEAD = 8 };
#define COLOURS_MAX 64u

/** What a JPEG 2000 file says of itself. */
typedef struct Jpeg2000 {
    unsigned channels, depth; /**< depth 0: it is not the same for all, or unknown */
    bool has_depths;          /**< a box with a depth for each component */
    unsigned specifications, preferred;
    unsigned method, enumerated; /**< of the specification that counts: the preferred, else the first */
    bool has_enumerated;
} Jpeg2000;

static unsigned byte_at(Text bytes, size_t at) {
    return at < bytes.size ? (unsigned char)bytes.data[at] : 0;
}

static unsigned short_at(Text bytes, size_t at) {
    return byte_at(bytes, at) << 8 | byte_at(bytes, at + 1);
}

static uint32_t long_at(Text bytes, size_t at) {
    return (uint32_t)short_at(bytes, at) << 16 | short_at(bytes, at + 2);
}

/** The next box: its kind and content. False at the end. */
static bool next_box(Text *rest, Text *ret_kind, Text *ret_content) {
    if (rest->size < BOX_HEAD) {
        return false;
    }
    uint64_t size = long_at(*rest, 0);
    size_t head = BOX_HEAD;
    if (size == 1) {
        size = (uint64_t)long_at(*rest, 8) << 32 | long_at(*rest, 12);
        head = BOX_HEAD * 2;
    }
    if (size == 0 || size > rest->size) {
        size = rest->size;
    }
    if (size < head) {
        return false;
    }
    *ret_kind = text_slice(*rest, 4, 8);
    *ret_content = text_slice(*rest, head, (size_t)size);
    *rest = text_slice(*rest, (size_t)size, rest->size);
    return true;
}

/** A colour specification: the preferred one counts, else the first. */
static void read_colour(Text content, Jpeg2000 *picture) {
    const unsigned method = byte_at(content, 0);
    const bool preferred = byte_at(content, 2) == 1;
    picture->specifications++;
    if (picture->specifications == 1 || (preferred && picture->preferred == 0)) {
        picture->method = method;
        picture->has_enumerated = method == 1;
        picture->enumerated = long_at(content, 3);
    }
    picture->preferred += preferred;
}

/** Channels that are colours, not opacity. */
static unsigned count_colours(Text content, unsigned channels) {
    const unsigned count = short_at(content, 0);
    unsigned colours = 0;
    for (unsigned i = 0; i < count && i < COLOURS_MAX; i++) {
        colours += short_at(content, 2 + (size_t)i * 6 + 2) == 0;
    }
    return count > 0 ? colours : channels;
}

static void read_header(Text header, Jpeg2000 *picture) {
    Text kind = {0}, content = {0};
    while (next_box(&header, &kind, &content)) {
        if (text_equal(kind, TEXT("ihdr"))) {
            picture->channels = short_at(content, 8);
            picture->depth = byte_at(content, 10) == 255 ? 0 : (byte_at(content, 10) & 0x7f) + 1;
        } else if (text_equal(kind, TEXT("bpcc"))) {
            picture->has_depths = true;
        } else if (text_equal(kind, TEXT("colr"))) {
            read_colour(content, picture);
        } else if (text_equal(kind, TEXT("pclr"))) {
            picture->channels = byte_at(content, 2);
        } else if (text_equal(kind, TEXT("cdef"))) {
            picture->channels = count_colours(content, picture->channels);
        }
    }
}

static void read_jpeg2000(Text bytes, Jpeg2000 *picture) {
    static const char codestream[] = "\xff\x4f\xff\x51";
    if (text_starts_with(bytes, text_of(codestream))) {
        picture->channels = short_at(bytes, 40);
        picture->depth = (byte_at(bytes, 42) & 0x7f) + 1;
        return;
    }
    Text kind = {0}, content = {0};
    while (next_box(&bytes, &kind, &content)) {
        if (text_equal(kind, TEXT("jp2h"))) {
            read_header(content, picture);
            return;
        }
    }
}

/** 6.2.8.3 */
static void check_jpeg2000(PdfaCheck *check, const PdfValue *image, Text bytes) {
    Jpeg2000 picture = {0};
    read_jpeg2000(bytes, &picture);
    if (picture.channels != 1 && picture.channels != 3 && picture.channels != 4) {
        pdfa_fault(check, PDFA_RULE_6_2_8_3_1);
    }
    if (picture.has_depths || picture.depth < DEPTH_MIN || picture.depth > DEPTH_MAX) {
        pdfa_fault(check, PDFA_RULE_6_2_8_3_5);
    }
    if (pdfa_has(check, image, "ColorSpace")) {
        return;
    }
    if (picture.specifications != 1 && picture.preferred != 1) {
        pdfa_fault(check, PDFA_RULE_6_2_8_3_2);
    }
    if (picture.specifications > 1 && picture.preferred != 1) {
        picture.method = 0;
    }
    if (picture.method < 1 || picture.method > 3) {
        pdfa_fault(check, PDFA_RULE_6_2_8_3_3);
    }
    if (picture.has_enumerated && picture.enumerated == CIE_JAB) {
        pdfa_fault(check, PDFA_RULE_6_2_8_3_4);
    }
}

static void check_depth(PdfaCheck *check, const PdfValue *bits, bool is_mask) {
    if (!pdfa_is(bits)) {
        return;
    }
    const int64_t depth = bits->kind == PDF_INTEGER ? bits->integer : 0;
    if (is_mask && depth != 1) {
        pdfa_fault(check, PDFA_RULE_6_2_8_5);
    } else if (!is_mask && depth != 1 && depth != 2 && depth != 4 && depth != 8 && depth != 16) {
        pdfa_fault(check, PDFA_RULE_6_2_8_4);
    }
}

static bool is_true(const PdfValue *value) {
    return value->kind == PDF_BOOLEAN && value->boolean;
}

/** The last filter of an image is JPXDecode. */
static bool is_jpeg2000(PdfaCheck *check, const PdfValue *image) {
    const PdfValue *filter = pdfa_get(check, image, "Filter");
    if (filter->kind == PDF_ARRAY) {
        return filter->count > 0 && pdf_is_name(pdfa_resolve(check, &filter->items[filter->count - 1]), "JPXDecode");
    }
    return pdf_is_name(filter, "JPXDecode");
}

/** Image and mask alike: what does not depend on where it is drawn. */
static void check_entries(PdfaCheck *check, const PdfValue *image, bool is_mask) {
    Text bytes = {0}, filter = {0};
    if (pdfa_has(check, image, "Alternates")) {
        pdfa_fault(check, PDFA_RULE_6_2_8_1);
    }
    if (pdfa_has(check, image, "OPI")) {
        pdfa_fault(check, PDFA_RULE_6_2_8_2);
    }
    if (is_true(pdfa_get(check, image, "Interpolate"))) {
        pdfa_fault(check, PDFA_RULE_6_2_8_3);
    }
    check_depth(check, pdfa_get(check, image, "BitsPerComponent"), is_mask);
    pdfa_check_intent(check, pdfa_get(check, image, "Intent"));
    if (is_jpeg2000(check, image) && pdfa_took(check, pdf_stream_unpacked(check->file, image, &bytes, &filter))) {
        check_jpeg2000(check, image, bytes);
    }
}

/** An image that masks another: its samples are no colours. */
static void check_mask(PdfaCheck *check, const PdfValue *entry) {
    const PdfReference before = check->at;
    const PdfValue *mask = pdfa_resolve(check, entry);
    check->at = pdfa_place(check, entry);
    check_entries(check, mask, is_true(pdfa_get(check, mask, "ImageMask")));
    check->at = before;
}

void pdfa_check_image(PdfaCheck *check, const PdfaResources *resources, const PdfValue *entry) {
    const PdfValue *image = pdfa_resolve(check, entry);
    if (image->kind != PDF_STREAM) {
        return;
    }
    const PdfReference before = check->at;
    check->at = pdfa_place(check, entry);
    const bool is_mask = is_true(pdfa_get(check, image, "ImageMask"));
    check_entries(check, image, is_mask);
    const PdfValue *space = pdf_entry(image, "ColorSpace"), *inside = pdfa_get(check, image, "SMaskInData");
    if (space != NULL && !is_mask) {
        pdfa_check_colour_space(check, resources, space);
    }
    if (pdfa_get(check, image, "SMask")->kind == PDF_STREAM) {
        check->has_transparency = true;
        check_mask(check, pdf_entry(image, "SMask"));
    } else if (inside->kind == PDF_INTEGER && inside->integer != 0) {
        check->has_transparency = true;
    }
    if (pdfa_get(check, image, "Mask")->kind == PDF_STREAM) {
        check_mask(check, pdf_entry(image, "Mask"));
    }
    check->at = before;
}

/** The entry under its full or its abbreviated key. */
static const PdfValue *inline_entry(const PdfValue *dictionary, const char *full, const char *brief) {
    const PdfValue *entry = pdf_entry(dictionary, full);
    return entry != NULL ? entry : pdf_entry(dictionary, brief);
}

/** 6.1.10 */
static void check_inline_filter(PdfaCheck *check, const PdfValue *filter) {
    static const char *const allowed[] = {"ASCIIHexDecode",
                                          "ASCII85Decode",
                                          "FlateDecode",
                                          "RunLengthDecode",
                                          "CCITTFaxDecode",
                                          "DCTDecode",
                                          "AHx",
                                          "A85",
                                          "Fl",
                                          "RL",
                                          "CCF",
                                          "DCT"};
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        if (pdf_is_name(filter, allowed[i])) {
            return;
        }
    }
    pdfa_fault(check, PDFA_RULE_6_1_10_1);
}

void pdfa_check_inline_image(PdfaCheck *check, const PdfaResources *resources, const PdfValue *dictionary) {
    const PdfValue *filter = inline_entry(dictionary, "Filter", "F");
    const PdfValue *space = inline_entry(dictionary, "ColorSpace", "CS");
    const PdfValue *mask = inline_entry(dictionary, "ImageMask", "IM");
    const PdfValue *smooth = inline_entry(dictionary, "Interpolate", "I");
    const PdfValue *bits = inline_entry(dictionary, "BitsPerComponent", "BPC");
    const PdfValue *intent = pdf_entry(dictionary, "Intent");
    const bool is_mask = mask != NULL && is_true(mask);
    if (filter != NULL && filter->kind == PDF_ARRAY) {
        for (uint32_t i = 0; i < filter->count; i++) {
            check_inline_filter(check, &filter->items[i]);
        }
    } else if (filter != NULL) {
        check_inline_filter(check, filter);
    }
    if (smooth != NULL && is_true(smooth)) {
        pdfa_fault(check, PDFA_RULE_6_2_8_3);
    }
    if (bits != NULL) {
        check_depth(check, bits, is_mask);
    }
    if (intent != NULL) {
        pdfa_check_intent(check, intent);
    }
    if (space != NULL && !is_mask) {
        const bool device = pdf_is_name(space, "G") || pdf_is_name(space, "RGB") || pdf_is_name(space, "CMYK") ||
                            pdf_is_name(space, "DeviceGray") || pdf_is_name(space, "DeviceRGB") ||
                            pdf_is_name(space, "DeviceCMYK");
        const PdfValue *named =
            space->kind == PDF_NAME && !device ? pdfa_resource(check, resources, "ColorSpace", space) : NULL;
        pdfa_check_colour_space(check, resources, named != NULL ? named : space);
    }
}
