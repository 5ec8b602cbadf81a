/** The pinned fonts: one fontconfig configuration of our own per process, one pango font map per thread. */
#include "pdf/font.h"

#include <fcntl.h>
#include <fontconfig/fontconfig.h>
#include <pango/pangocairo.h>
#include <pango/pangofc-fontmap.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "pdf/font_inside.h"
#include "pdf/font_strip.h"
#include "pdf/page_inside.h"
#include "pdf/page_set.h"

#if defined(__SANITIZE_ADDRESS__)
#define FONTS_UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FONTS_UNDER_ASAN 1
#endif
#endif

/** A face that papers may use. The host's own configuration and its other fonts are never looked at. */
typedef struct Face {
    const char *file;
    bool required;
    bool strip; /**< on nearly every paper: worth freeing of hints */
} Face;

#define NOTO "/usr/share/fonts/truetype/noto/Noto"

/* Debian: fonts-noto-core and fonts-droid-fallback. What is not required is used where it is installed. */
static const Face faces[] = {
    {NOTO "Sans-Regular.ttf", true, true},
    {NOTO "Sans-Bold.ttf", true, true},
    {NOTO "Sans-Italic.ttf", true, true},
    {NOTO "Serif-Regular.ttf", true, true},
    {NOTO "Serif-Bold.ttf", true, true},
    {NOTO "Serif-Italic.ttf", true, true},
    {"/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", true, false},
    {NOTO "SansArabic-Regular.ttf", false, false},
    {NOTO "SansArabic-Bold.ttf", false, false},
    {NOTO "SansHebrew-Regular.ttf", false, false},
    {NOTO "SansHebrew-Bold.ttf", false, false},
    {NOTO "SansDevanagari-Regular.ttf", false, false},
    {NOTO "SansDevanagari-Bold.ttf", false, false},
    {NOTO "SansBengali-Regular.ttf", false, false},
    {NOTO "SansGujarati-Regular.ttf", false, false},
    {NOTO "SansGurmukhi-Regular.ttf", false, false},
    {NOTO "SansTamil-Regular.ttf", false, false},
    {NOTO "SansTelugu-Regular.ttf", false, false},
    {NOTO "SansKannada-Regular.ttf", false, false},
    {NOTO "SansMalayalam-Regular.ttf", false, false},
    {NOTO "SansSinhala-Regular.ttf", false, false},
    {NOTO "SansThai-Regular.ttf", false, false},
    {NOTO "SansLao-Regular.ttf", false, false},
    {NOTO "SansKhmer-Regular.ttf", false, false},
    {NOTO "SansMyanmar-Regular.ttf", false, false},
    {NOTO "SansGeorgian-Regular.ttf", false, false},
    {NOTO "SansArmenian-Regular.ttf", false, false},
    {NOTO "SansEthiopic-Regular.ttf", false, false},
    {NOTO "SansMath-Regular.ttf", false, false},
    {NOTO "SansSymbols-Regular.ttf", false, false},
    {NOTO "SansSymbols2-Regular.ttf", false, false},
};

#define FALLBACKS                                                                                                      \
    "Droid Sans Fallback,Noto Sans Arabic,Noto Sans Hebrew,Noto Sans Devanagari,Noto Sans Bengali,Noto Sans Gujarati," \
    "Noto Sans Gurmukhi,Noto Sans Tamil,Noto Sans Telugu,Noto Sans Kannada,Noto Sans Malayalam,Noto Sans Sinhala,"     \
    "Noto Sans Thai,Noto Sans Lao,Noto Sans Khmer,Noto Sans Myanmar,Noto Sans Georgian,Noto Sans Armenian,"            \
    "Noto Sans Ethiopic,Noto Sans Math,Noto Sans Symbols,Noto Sans Symbols2"

#ifdef FONTS_UNDER_ASAN
/* fontconfig keeps offsets for pointers, which the leak checker cannot follow; and pango sorts fonts in threads of its
 * own, which may still be at work when a process ends. The leak checker asks for these functions by name. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libfontconfig\nleak:libpango\n";
}

const char *__lsan_default_options(void);
const char *__lsan_default_options(void) {
    return "print_suppressions=0";
}
#endif

/** Everything that the threads share. Written once, then only read. */
static struct Shared {
    FcConfig *config;
    FcCharSet *characters; /**< what the faces can print, all together */
    const char *missing;   /**< a required file that is not there */
} shared;
static pthread_once_t shared_once = PTHREAD_ONCE_INIT;

enum { KEPT_CONTEXTS = 8, FONT_BUDGET = 64 << 20 };

/** One per thread: font maps and contexts are not to be shared. */
typedef struct ThreadFonts {
    PangoFontMap *map;
    PangoContext *contexts[KEPT_CONTEXTS]; /**< of different languages */
    unsigned next_context;
} ThreadFonts;
static _Thread_local ThreadFonts thread_fonts;
static pthread_key_t thread_end;

static void close_thread_fonts(void *unused) {
    (void)unused;
    page_close_thread_pictures();
    set_text_close_thread();
    if (thread_fonts.map == NULL) {
        return;
    }
    for (size_t i = 0; i < KEPT_CONTEXTS; i++) {
        if (thread_fonts.contexts[i] != NULL) {
            g_object_unref(thread_fonts.contexts[i]);
        }
    }
    g_object_unref(thread_fonts.map);
    thread_fonts = (ThreadFonts){0};
}

/** Reads a whole file. */
static bool read_file(Arena *arena, const char *path, Text *ret_bytes) {
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    void *bytes = NULL;
    size_t size = 0;
    if (file >= 0 && fstat(file, &status) == 0 &&
        arena_try_allocate(arena, (size_t)status.st_size, &bytes) == STATUS_OK) {
        ssize_t got = 0;
        while (size < (size_t)status.st_size &&
               (got = read(file, (char *)bytes + size, (size_t)status.st_size - size)) > 0) {
            size += (size_t)got;
        }
    }
    if (file >= 0) {
        (void)close(file);
    }
    *ret_bytes = (Text){bytes, size};
    return size > 0;
}

/** Puts bytes into an unnamed file that stays open for the life of the process, and writes a path to it. */
static bool keep_in_memory(Text bytes, char *path, size_t path_size) {
    const int file = memfd_create("font", MFD_CLOEXEC);
    size_t written = 0;
    ssize_t put = 0;
    while (file >= 0 && written < bytes.size && (put = write(file, bytes.data + written, bytes.size - written)) > 0) {
        written += (size_t)put;
    }
    (void)snprintf(path, path_size, "/proc/self/fd/%d", file);
    if (file >= 0 && (written < bytes.size || access(path, R_OK) != 0)) {
        (void)close(file);
        return false;
    }
    return file >= 0;
}

/** Adds the face without its hints; where that cannot be had, the caller adds the file as it is. */
static bool add_stripped(const char *path) {
    char kept[64];
    Arena *arena = arena_open(FONT_BUDGET);
    Text font, stripped;
    const bool added = read_file(arena, path, &font) && font_strip(arena, font, &stripped) == STATUS_OK &&
                       keep_in_memory(stripped, kept, sizeof kept) &&
                       FcConfigAppFontAddFile(shared.config, (const FcChar8 *)kept) == FcTrue;
    arena_close(arena);
    return added;
}

static bool add_face(const Face *face) {
    return access(face->file, R_OK) == 0 &&
           ((face->strip && add_stripped(face->file)) ||
            FcConfigAppFontAddFile(shared.config, (const FcChar8 *)face->file) == FcTrue);
}

static void load_shared(void) {
    shared.config = FcConfigCreate();
    /* Pango asks for "the current configuration" at its start; without this, that would read the host's. */
    (void)FcConfigSetCurrent(shared.config);
    for (size_t i = 0; i < sizeof(faces) / sizeof(faces[0]); i++) {
        if (!add_face(&faces[i]) && faces[i].required && shared.missing == NULL) {
            shared.missing = faces[i].file;
        }
    }
    shared.characters = FcCharSetCreate();
    const FcFontSet *fonts = FcConfigGetFonts(shared.config, FcSetApplication);
    for (int i = 0; fonts != NULL && i < fonts->nfont; i++) {
        FcCharSet *of_face = NULL;
        if (FcPatternGetCharSet(fonts->fonts[i], FC_CHARSET, 0, &of_face) == FcResultMatch) {
            (void)FcCharSetMerge(shared.characters, of_face, NULL);
        }
    }
    (void)pthread_key_create(&thread_end, close_thread_fonts);
#ifdef FONTS_UNDER_ASAN
    (void)atexit(pdf_fonts_close_thread);
#endif
}

Status pdf_fonts_ready(void) {
    (void)pthread_once(&shared_once, load_shared);
    if (shared.missing != NULL) {
        return fail(STATUS_UNAVAILABLE, "the font %s is not installed (packages fonts-noto-core, fonts-droid-fallback)",
                    shared.missing);
    }
    return STATUS_OK;
}

void pdf_fonts_close_thread(void) {
    close_thread_fonts(NULL);
}

const char *font_family_names(FontFamily family) {
    return family == FONT_SERIF ? "Noto Serif,Noto Sans," FALLBACKS : "Noto Sans,Noto Serif," FALLBACKS;
}

static void open_thread_fonts(void) {
    thread_fonts.map = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
    pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(thread_fonts.map), shared.config);
    pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(thread_fonts.map), 72);
    (void)pthread_setspecific(thread_end, &thread_fonts);
}

static PangoContext *context_new(PangoLanguage *language) {
    PangoContext *context = pango_font_map_create_context(thread_fonts.map);
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context, options);
    cairo_font_options_destroy(options);
    /* Natural advances need no correction in the page's bytes and keep the spacing of the design. */
    pango_context_set_round_glyph_positions(context, FALSE);
    pango_context_set_language(context, language);
    return context;
}

Status font_context(const char *language, PangoContext **ret_context) {
    TRY(pdf_fonts_ready());
    if (thread_fonts.map == NULL) {
        open_thread_fonts();
    }
    PangoLanguage *wanted = pango_language_from_string(language);
    PangoContext **contexts = thread_fonts.contexts;
    for (size_t i = 0; i < KEPT_CONTEXTS; i++) {
        if (contexts[i] != NULL && pango_context_get_language(contexts[i]) == wanted) {
            *ret_context = g_object_ref(contexts[i]);
            return STATUS_OK;
        }
    }
    PangoContext **place = &contexts[thread_fonts.next_context++ % KEPT_CONTEXTS];
    if (*place != NULL) {
        g_object_unref(*place);
    }
    *place = context_new(wanted);
    *ret_context = g_object_ref(*place);
    return STATUS_OK;
}

static bool is_between(uint32_t value, uint32_t first, uint32_t last) {
    return value >= first && value <= last;
}

/** Shapes its neighbours and has no glyph of its own. */
static bool is_joiner(uint32_t code_point) {
    return code_point == 0x00AD || code_point == 0x034F || is_between(code_point, 0x200B, 0x200F) ||
           code_point == 0x2060 || is_between(code_point, 0xFE00, 0xFE0F);
}

static TextFaultKind fault_of(uint32_t code_point) {
    if (code_point == '\n' || code_point == '\t' || is_between(code_point, 0x20, 0x7E)) {
        return TEXT_FAULT_NONE;
    }
    if (code_point < 0x20 || is_between(code_point, 0x7F, 0x9F) || is_between(code_point, 0x2028, 0x2029) ||
        is_between(code_point, 0x206A, 0x206F) || code_point == 0xFEFF || is_between(code_point, 0xFFF9, 0xFFFB) ||
        is_between(code_point, 0xE0000, 0xE007F)) {
        return TEXT_FAULT_CONTROL;
    }
    if (is_between(code_point, 0x202A, 0x202E) || is_between(code_point, 0x2066, 0x2069)) {
        return TEXT_FAULT_DIRECTION;
    }
    if (!is_joiner(code_point) && FcCharSetHasChar(shared.characters, code_point) == FcFalse) {
        return TEXT_FAULT_GLYPH;
    }
    return TEXT_FAULT_NONE;
}

Status pdf_missing_glyphs(Text text, TextFault *ret_fault) {
    TRY(pdf_fonts_ready());
    if (!text_is_utf8(text)) {
        *ret_fault = (TextFault){.kind = TEXT_FAULT_ENCODING, .line = 1, .column = 1};
        return STATUS_OK;
    }
    TextFault here = {.line = 1, .column = 1};
    for (Text rest = text; rest.size > 0;) {
        here.at = text.size - rest.size;
        here.code_point = text_next_code_point(&rest);
        here.kind = fault_of(here.code_point);
        if (here.kind != TEXT_FAULT_NONE) {
            *ret_fault = here;
            return STATUS_OK;
        }
        here.column++;
        if (here.code_point == '\n') {
            here.line++;
            here.column = 1;
        }
    }
    *ret_fault = (TextFault){.kind = TEXT_FAULT_NONE};
    return STATUS_OK;
}

Text text_fault_words(Arena *arena, const TextFault *fault) {
    const char *why = "";
    switch (fault->kind) {
    case TEXT_FAULT_NONE:
        return TEXT("");
    case TEXT_FAULT_ENCODING:
        return TEXT("the text is not UTF-8");
    case TEXT_FAULT_CONTROL:
        why = "is a control character";
        break;
    case TEXT_FAULT_DIRECTION:
        why = "changes the direction of writing";
        break;
    case TEXT_FAULT_GLYPH:
        why = "is in none of the fonts";
        break;
    }
    return arena_format(arena, "U+%04X in line %zu, column %zu %s", fault->code_point, fault->line, fault->column, why);
}
