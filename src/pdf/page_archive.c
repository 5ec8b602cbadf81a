/**
 * What makes a paper an archive's document (ISO 19005-3): metadata in XMP that say what the document information says,
 * the colour profile, attached files, and the signature field that waits for its seal.
 */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "pdf/colour_profile.h"
#include "pdf/pack.h"
#include "pdf/page_inside.h"
#include "pdf/revision.h"

enum { MAXIMUM_DESCRIPTION = 1000, ROOM_PER_OBJECT = 6000 };
/* Bits of SigFlags: signatures exist; append only (ISO 32000-1, table 219). */
enum { SIGNATURE_FLAGS = 3 };
/* Annotation flags: print and locked (ISO 32000-1, table 165). */
enum { WIDGET_FLAGS = 132 };

/* What callers ask for. */

static bool has_control_characters(Text text) {
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7F) {
            return true;
        }
    }
    return false;
}

static bool is_token(Text text) {
    for (size_t i = 0; i < text.size; i++) {
        const char c = text.data[i];
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_letter && c != '.' && c != '+' && c != '-' && c != '_') {
            return false;
        }
    }
    return text.size > 0 && text.size <= 64;
}

static bool is_media_type(Text text) {
    Text rest = text;
    const Text kind = text_cut(&rest, '/');
    return is_token(kind) && is_token(rest);
}

static bool is_file_name(Text name) {
    size_t at = 0;
    return name.size > 0 && name.size <= PAPER_MAXIMUM_NAME && text_is_utf8(name) && !has_control_characters(name) &&
           !text_find(name, TEXT("/"), &at) && !text_find(name, TEXT("\\"), &at);
}

Status paper_attach(Paper *paper, const PaperAttachment *attachment) {
    if (!is_file_name(attachment->name) || !is_media_type(attachment->media_type) ||
        attachment->description.size > MAXIMUM_DESCRIPTION || !text_is_utf8(attachment->description)) {
        return fail(STATUS_INVALID, "name, description or media type of an attachment is not of its form");
    }
    for (size_t i = 0; i < paper->attachment_count; i++) {
        if (text_equal(paper->attachments[i].name, attachment->name)) {
            return fail(STATUS_CONFLICT, "two attachments are named \"%.*s\"", TEXT_ARG(attachment->name));
        }
    }
    if (paper->attachment_count == PAPER_MAXIMUM_ATTACHMENTS ||
        attachment->bytes.size > PAPER_MAXIMUM_BYTES - paper->attachment_bytes) {
        return fail(STATUS_TOO_LARGE, "a document holds at most %d attachments and %zu bytes of them",
                    PAPER_MAXIMUM_ATTACHMENTS, PAPER_MAXIMUM_BYTES);
    }
    paper->attachment_bytes += attachment->bytes.size;
    paper->attachments[paper->attachment_count++] = *attachment;
    return STATUS_OK;
}

void paper_seal(Paper *paper, const PaperSeal *seal) {
    paper->seal = *seal;
    paper->has_seal = true;
}

size_t page_archive_room(const Paper *paper) {
    const PaperInformation *information = &paper->information;
    const size_t texts =
        information->title.size + information->author.size + information->subject.size + information->keywords.size;
    return ROOM_PER_OBJECT + texts * 8 + paper->attachment_count * ROOM_PER_OBJECT + paper->attachment_bytes +
           paper->seal.content.size;
}

/* Objects. */

size_t page_reserve_object(PaperFile *file) {
    return file->object_count++;
}

void page_begin_object(PaperFile *file, size_t object) {
    file->offsets[object] = file->output.size;
    buffer_format(&file->output, "%zu 0 obj\n", object);
}

static void write_stream(PaperFile *file, size_t object, Text entries, Text data) {
    page_begin_object(file, object);
    buffer_format(&file->output, "<< %.*s /Length %zu >>\nstream\n", TEXT_ARG(entries), data.size);
    buffer_append(&file->output, data);
    buffer_append(&file->output, TEXT("\nendstream\nendobj\n"));
}

/** As write_stream, with the data packed. @return STATUS_TOO_LARGE */
static Status write_packed_stream(PaperFile *file, size_t object, Text entries, Text data) {
    Text packed = {0};
    TRY(pdf_pack(file->paper->arena, data, &packed));
    write_stream(file, object, arena_format(file->paper->scratch, "%.*s /Filter /FlateDecode", TEXT_ARG(entries)),
                 packed);
    return STATUS_OK;
}

/* Metadata. */

/** Text between tags. Line ends are written as references, since XML readers would make them alike. */
static void write_xml(Buffer *output, Text text) {
    for (size_t i = 0; i < text.size; i++) {
        switch (text.data[i]) {
        case '&':
            buffer_append(output, TEXT("&amp;"));
            break;
        case '<':
            buffer_append(output, TEXT("&lt;"));
            break;
        case '>':
            buffer_append(output, TEXT("&gt;"));
            break;
        case '\n':
            buffer_append(output, TEXT("&#10;"));
            break;
        default:
            buffer_append_byte(output, text.data[i]);
        }
    }
}

/** A property between two pieces of markup; nothing when it is empty. */
static void write_property(Buffer *output, const char *before, Text text, const char *after) {
    if (text.size > 0) {
        buffer_append(output, text_of(before));
        write_xml(output, text);
        buffer_append(output, text_of(after));
    }
}

static Text metadata_of(const Paper *paper) {
    const PaperInformation *information = &paper->information;
    Buffer output = buffer_make(paper->scratch, page_archive_room(paper));
    buffer_append(&output,
                  TEXT("<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
                       "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
                       "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
                       "<rdf:Description rdf:about=\"\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\" "
                       "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\" "
                       "xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\">\n"
                       "<pdfaid:part>3</pdfaid:part>\n<pdfaid:conformance>B</pdfaid:conformance>\n"
                       "<dc:format>application/pdf</dc:format>\n"));
    write_property(&output, "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">", information->title,
                   "</rdf:li></rdf:Alt></dc:title>\n");
    write_property(&output, "<dc:creator><rdf:Seq><rdf:li>", information->author, "</rdf:li></rdf:Seq></dc:creator>\n");
    write_property(&output, "<dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">", information->subject,
                   "</rdf:li></rdf:Alt></dc:description>\n");
    write_property(&output, "<dc:language><rdf:Bag><rdf:li>", information->language,
                   "</rdf:li></rdf:Bag></dc:language>\n");
    write_property(&output, "<pdf:Keywords>", information->keywords, "</pdf:Keywords>\n");
    buffer_append(&output, TEXT("<pdf:Producer>" PAPER_PRODUCER "</pdf:Producer>\n"));
    if (time_is_set(information->created)) {
        const Text created = time_rfc3339(paper->scratch, information->created);
        write_property(&output, "<xmp:CreateDate>", created, "</xmp:CreateDate>\n");
        write_property(&output, "<xmp:ModifyDate>", created, "</xmp:ModifyDate>\n");
    }
    buffer_append(&output, TEXT("</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"r\"?>"));
    return output.overflow ? (Text){0} : (Text){output.data, output.size};
}

/** Metadata and colour profile, with the catalog's entries for them. */
static void write_metadata(PaperFile *file, Buffer *entries) {
    const size_t metadata = page_reserve_object(file), profile = page_reserve_object(file);
    /* Not packed, so that programs which know nothing of PDF find it. */
    write_stream(file, metadata, TEXT("/Type /Metadata /Subtype /XML"), metadata_of(file->paper));
    write_stream(file, profile, TEXT("/N 3 /Filter /FlateDecode"), colour_profile_packed());
    buffer_format(entries,
                  "   /Metadata %zu 0 R\n   /OutputIntents [<< /Type /OutputIntent /S /GTS_PDFA1\n"
                  "      /OutputConditionIdentifier (sRGB) /Info (sRGB) /DestOutputProfile %zu 0 R >>]\n",
                  metadata, profile);
}

/* Attachments. */

static const char *relationship_name(PaperRelationship relationship) {
    switch (relationship) {
    case PAPER_DATA:
        return "Data";
    case PAPER_SOURCE:
        return "Source";
    case PAPER_SUPPLEMENT:
        return "Supplement";
    case PAPER_ALTERNATIVE:
        return "Alternative";
    }
    return "Unspecified";
}

/** The stream of an attached file. */
static Status write_embedded(PaperFile *file, size_t object, const PaperAttachment *attachment) {
    Arena *scratch = file->paper->scratch;
    Text kind = attachment->media_type;
    const Text first = text_cut(&kind, '/'), digest = md5_hex(scratch, attachment->bytes);
    const Time modified = time_is_set(attachment->modified) ? attachment->modified : file->paper->information.created;
    Buffer entries = buffer_make(scratch, ROOM_PER_OBJECT);
    buffer_format(&entries, "/Type /EmbeddedFile /Subtype /%.*s#2F%.*s\n/Params << /Size %zu", TEXT_ARG(first),
                  TEXT_ARG(kind), attachment->bytes.size);
    if (time_is_set(modified)) {
        buffer_append(&entries, TEXT(" /ModDate "));
        buffer_append(&entries, pdf_source_date(scratch, modified));
    }
    if (digest.size > 0) {
        buffer_format(&entries, " /CheckSum <%.*s>", TEXT_ARG(digest));
    }
    buffer_append(&entries, TEXT(" >>"));
    return write_packed_stream(file, object, (Text){entries.data, entries.size}, attachment->bytes);
}

/** Its name for readers that take bytes alone. */
static Text plain_name(Arena *arena, Text name) {
    char *plain = arena_c_string(arena, name);
    for (size_t i = 0; i < name.size; i++) {
        const bool is_plain = (unsigned char)plain[i] < 0x7F && plain[i] != '(' && plain[i] != ')';
        plain[i] = is_plain ? plain[i] : '_';
    }
    return (Text){plain, name.size};
}

static void write_specification(PaperFile *file, size_t object, size_t embedded, const PaperAttachment *attachment) {
    Arena *scratch = file->paper->scratch;
    Buffer *output = &file->output;
    page_begin_object(file, object);
    buffer_format(output, "<< /Type /Filespec /F (%.*s) /UF ", TEXT_ARG(plain_name(scratch, attachment->name)));
    buffer_append(output, pdf_source_text(scratch, attachment->name));
    if (attachment->description.size > 0) {
        buffer_append(output, TEXT(" /Desc "));
        buffer_append(output, pdf_source_text(scratch, attachment->description));
    }
    buffer_format(output, "\n/AFRelationship /%s /EF << /F %zu 0 R /UF %zu 0 R >> >>\nendobj\n",
                  relationship_name(attachment->relationship), embedded, embedded);
}

/** A place in the tree of names, which is ordered by the bytes of the keys. */
typedef struct NamedFile {
    Text name;   /**< UTF-8 */
    Text source; /**< as written: "(plain)" or "<feff...>" */
    size_t specification;
} NamedFile;

static int by_key(const void *a, const void *b) {
    const NamedFile *first = a, *second = b;
    /* UTF-16 begins with a byte that is above all plain characters, as its "<" is above "(". */
    const bool is_plain = first->source.data[0] == '(' && second->source.data[0] == '(';
    return is_plain ? text_compare(first->name, second->name) : text_compare(first->source, second->source);
}

static Status write_attachments(PaperFile *file, Buffer *entries) {
    const Paper *paper = file->paper;
    NamedFile names[PAPER_MAXIMUM_ATTACHMENTS];
    const size_t count = paper->attachment_count;
    if (count == 0) {
        return STATUS_OK;
    }
    buffer_append(entries, TEXT("   /AF ["));
    for (size_t i = 0; i < count; i++) {
        const PaperAttachment *attachment = &paper->attachments[i];
        const size_t embedded = page_reserve_object(file), specification = page_reserve_object(file);
        TRY(write_embedded(file, embedded, attachment));
        write_specification(file, specification, embedded, attachment);
        names[i] = (NamedFile){attachment->name, pdf_source_text(paper->scratch, attachment->name), specification};
        buffer_format(entries, " %zu 0 R", specification);
    }
    qsort(names, count, sizeof *names, by_key);
    buffer_append(entries, TEXT(" ]\n   /Names << /EmbeddedFiles << /Names ["));
    for (size_t i = 0; i < count; i++) {
        buffer_append_byte(entries, '\n');
        buffer_append(entries, names[i].source);
        buffer_format(entries, " %zu 0 R", names[i].specification);
    }
    buffer_append(entries, TEXT(" ] >> >>\n"));
    return STATUS_OK;
}

/* The form. */

/** Field, appearance and form: objects of their own, so that later revisions need not touch catalog or page. */
static Status write_seal(PaperFile *file, Buffer *entries) {
    const PaperSeal *seal = &file->paper->seal;
    Buffer *output = &file->output;
    const double width = seal->right - seal->left, height = seal->top - seal->bottom;
    const size_t form = page_reserve_object(file), widget = page_reserve_object(file);
    const size_t appearance = page_reserve_object(file);
    TRY(write_packed_stream(file, appearance,
                            arena_format(file->paper->scratch,
                                         "/Type /XObject /Subtype /Form /BBox [0 0 %.3f %.3f] /Resources << >>", width,
                                         height),
                            seal->content));
    page_begin_object(file, widget);
    buffer_format(output,
                  "<< /Type /Annot /Subtype /Widget /FT /Sig /T (" PAPER_SEAL_FIELD
                  ") /F %d\n/Rect [%.3f %.3f %.3f %.3f] /P %zu 0 R "
                  "/AP << /N %zu 0 R >> >>\nendobj\n",
                  WIDGET_FLAGS, seal->left, seal->bottom, seal->right, seal->top, file->seal_page, appearance);
    page_begin_object(file, file->annotations);
    buffer_format(output, "[ %zu 0 R ]\nendobj\n", widget);
    page_begin_object(file, form);
    buffer_format(output, "<< /Fields [ %zu 0 R ] /SigFlags %d >>\nendobj\n", widget, SIGNATURE_FLAGS);
    buffer_format(entries, "   /AcroForm %zu 0 R\n", form);
    return STATUS_OK;
}

Status page_archive_write(PaperFile *file, Text *ret_entries) {
    arena_reset(file->paper->scratch);
    Buffer entries = buffer_make(file->paper->scratch, PAPER_MAXIMUM_ATTACHMENTS * ROOM_PER_OBJECT);
    write_metadata(file, &entries);
    TRY(write_attachments(file, &entries));
    if (file->seal_page > 0) {
        TRY(write_seal(file, &entries));
    }
    return buffer_take(&entries, ret_entries);
}
