/** What stands around a page's content: head, header with navigation, languages and sign-in, notice, footer; and
 * paging. */
#include <assert.h>

#include "html/write.h"

/** What search engines show below the title of a public page. */
#define DESCRIPTION                                                                                                    \
    MESSAGE("Apply for certificates of origin and other trade documents, receive them sealed as PDF files, and check " \
            "whether a document is genuine.")

static void write_head(Writer *writer, void (*title)(Writer *writer, const void *model), const void *model) {
    const Frame *frame = writer->frame;
    WRITE(writer, "<!DOCTYPE html>\n<html");
    WRITE_ATTRIBUTE(writer, " lang=", language_tag(writer->language));
    if (language_is_right_to_left(writer->language)) {
        WRITE(writer, " dir=\"rtl\"");
    }
    WRITE(writer, "><head><meta charset=\"utf-8\"><title>");
    title(writer, model);
    if (frame->chamber_name.size > 0) {
        WRITE(writer, " – ");
        write_value(writer, frame->chamber_name);
    }
    WRITE(writer, "</title><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                  "<meta name=\"color-scheme\" content=\"light dark\">");
    if (frame->person_name.size == 0) {
        WRITE(writer, "<meta name=\"description\"");
        WRITE_ATTRIBUTE(writer, " content=", DESCRIPTION);
        WRITE(writer, ">");
    }
    WRITE(writer, "<link rel=\"stylesheet\"");
    WRITE_ATTRIBUTE(writer, " href=", html_asset_address("tradepost.css"));
    WRITE(writer, ">");
    if (frame->chamber_style.size > 0) {
        WRITE(writer, "<link rel=\"stylesheet\" href=\"");
        write_url_start(writer, frame->chamber_style);
        WRITE(writer, "\">");
    }
    WRITE(writer, "<link rel=\"icon\" type=\"image/svg+xml\"");
    WRITE_ATTRIBUTE(writer, " href=", html_asset_address("icon.svg"));
    WRITE(writer, "><script type=\"module\"");
    WRITE_ATTRIBUTE(writer, " src=", html_asset_address("tradepost.js"));
    WRITE(writer, "></script></head>");
}

static void write_brand(Writer *writer) {
    const Frame *frame = writer->frame;
    WRITE(writer, "<a class=\"brand\" href=\"/\">");
    if (frame->chamber_logo.size > 0) {
        WRITE(writer, "<img src=\"");
        write_url_start(writer, frame->chamber_logo);
        WRITE(writer, "\" alt=\"\" width=\"40\" height=\"40\">");
    }
    WRITE(writer, "<span>");
    write_value(writer, frame->chamber_name.size > 0 ? frame->chamber_name : TEXT("Tradepost"));
    WRITE(writer, "</span></a>");
}

/** The address of this page without the query members that must not be carried along. */
static Text path_for_language(Writer *writer) {
    Text query = writer->frame->path;
    const Text path = text_cut(&query, '?');
    Text kept = ARENA_JOIN(writer->arena, path, TEXT("?"));
    while (query.size > 0) {
        const Text member = text_cut(&query, '&');
        if (member.size > 0 && !text_starts_with(member, TEXT("language="))) {
            kept = ARENA_JOIN(writer->arena, kept, member, TEXT("&"));
        }
    }
    return kept;
}

/** Links to this page in the chamber's other languages, each written in its own. */
static void write_languages(Writer *writer) {
    Text rest = writer->frame->languages, again = rest;
    (void)text_cut(&again, ' ');
    if (again.size == 0) {
        return;
    }
    WRITE(writer, "<details class=\"menu\"><summary><span class=\"hidden\">");
    write_value(writer, MESSAGE("Language:"));
    WRITE(writer, " </span>");
    write_value(writer, language_name(writer->language));
    WRITE(writer, "</summary><ul>");
    const Text path = path_for_language(writer);
    while (rest.size > 0) {
        const Language *language = language_of_tag(text_cut(&rest, ' '));
        if (language == NULL) {
            continue;
        }
        WRITE(writer, "<li><a");
        WRITE_ATTRIBUTE(writer, " lang=", language_tag(language));
        WRITE_ATTRIBUTE(writer, " hreflang=", language_tag(language));
        if (language == writer->language) {
            WRITE(writer, " aria-current=\"true\"");
        }
        WRITE(writer, " href=\"");
        write_url_start(writer, path);
        WRITE(writer, "language=");
        write_url_part(writer, language_tag(language));
        WRITE(writer, "\">");
        write_value(writer, language_name(language));
        WRITE(writer, "</a></li>");
    }
    WRITE(writer, "</ul></details>");
}

static void write_person(Writer *writer) {
    const Frame *frame = writer->frame;
    if (frame->person_name.size == 0) {
        WRITE(writer, "<a class=\"sign-in\" href=\"/sign-in\">");
        write_value(writer, MESSAGE("Sign in"));
        WRITE(writer, "</a>");
        return;
    }
    WRITE(writer, "<details class=\"menu\"><summary><span class=\"hidden\">");
    write_value(writer, MESSAGE("Signed in as"));
    WRITE(writer, " </span>");
    write_value(writer, frame->person_name);
    WRITE(writer, "</summary><ul>");
    if (frame->firm_name.size > 0) {
        WRITE(writer, "<li class=\"firm\">");
        write_value(writer, frame->firm_name);
        WRITE(writer, "</li>");
    }
    WRITE(writer, "<li><a href=\"/account\">");
    write_value(writer, MESSAGE("Your account"));
    WRITE(writer, "</a></li><li><form method=\"post\" action=\"/sign-out\"><input type=\"hidden\" name=\"_token\"");
    WRITE_ATTRIBUTE(writer, " value=", frame->csrf_token);
    WRITE(writer, "><button type=\"submit\">");
    write_value(writer, MESSAGE("Sign out"));
    WRITE(writer, "</button></form></li></ul></details>");
}

static void write_navigation(Writer *writer) {
    const FrameLinks *links = &writer->frame->navigation;
    if (links->count == 0) {
        return;
    }
    WRITE(writer, "<nav class=\"sections\"");
    WRITE_ATTRIBUTE(writer, " aria-label=", MESSAGE("Sections"));
    WRITE(writer, "><ul>");
    for (size_t i = 0; i < links->count; i++) {
        const FrameLink *link = &links->items[i];
        WRITE(writer, "<li><a href=\"");
        write_url_start(writer, link->address);
        WRITE(writer, "\"");
        if (link->current) {
            WRITE(writer, " aria-current=\"page\"");
        }
        WRITE(writer, ">");
        write_value(writer, link->label);
        if (link->count > 0) {
            WRITE(writer, " <span class=\"count\">");
            write_value(writer, link->count);
            WRITE(writer, "</span>");
        }
        WRITE(writer, "</a></li>");
    }
    WRITE(writer, "</ul></nav>");
}

void html_page_begin(Writer *writer, void (*title)(Writer *writer, const void *model), const void *model) {
    assert(writer->frame != NULL);
    write_head(writer, title, model);
    WRITE(writer, "<body><a class=\"skip\" href=\"#main\">");
    write_value(writer, MESSAGE("Skip to the content"));
    WRITE(writer, "</a>");
    WRITE(writer, "<header class=\"top\">");
    if (writer->frame->demonstration) {
        WRITE(writer, "<p class=\"demonstration\">");
        write_value(writer, MESSAGE("This is a demonstration. Its documents attest nothing."));
        WRITE(writer, "</p>");
    }
    WRITE(writer, "<div class=\"bar\">");
    write_brand(writer);
    WRITE(writer, "<div class=\"tools\">");
    write_languages(writer);
    write_person(writer);
    WRITE(writer, "</div></div>");
    write_navigation(writer);
    WRITE(writer, "</header>");
    WRITE(writer, "<main id=\"main\" tabindex=\"-1\">");
    if (writer->frame->notice.size > 0) {
        WRITE(writer, "<p class=\"notice\" role=\"status\">");
        write_value(writer, writer->frame->notice);
        WRITE(writer, "</p>");
    }
}

void html_page_end(Writer *writer) {
    WRITE(writer, "</main><footer class=\"foot\"><p>");
    write_value(writer, writer->frame->chamber_name);
    WRITE(writer, "</p><ul><li><a href=\"/verify\">");
    write_value(writer, MESSAGE("Verify a document"));
    WRITE(writer, "</a></li></ul></footer></body></html>\n");
}

/** One link of the paging; `page` 0 stands for a gap. */
static void write_page_link(Writer *writer, const Paging *paging, int64_t page, Message words, bool current) {
    if (page == 0) {
        WRITE(writer, "<li class=\"gap\">…</li>");
        return;
    }
    size_t query = 0;
    WRITE(writer, "<li><a href=\"");
    write_url_start(writer, paging->address);
    write_literal(writer, text_find(paging->address, TEXT("?"), &query) ? "&amp;" : "?",
                  text_find(paging->address, TEXT("?"), &query) ? 5 : 1);
    WRITE(writer, "page=");
    write_plain(writer, page);
    WRITE(writer, "\"");
    if (current) {
        WRITE(writer, " aria-current=\"page\"");
    }
    WRITE(writer, ">");
    if (words.english != NULL) {
        write_value(writer, words);
    } else {
        WRITE(writer, "<span class=\"hidden\">");
        write_value(writer, MESSAGE("Page"));
        WRITE(writer, " </span>");
        write_value(writer, page);
    }
    WRITE(writer, "</a></li>");
}

void html_paging(Writer *writer, const Paging *paging) {
    const int64_t size = paging->size > 0 ? paging->size : 1;
    const int64_t last = (paging->total + size - 1) / size;
    if (last <= 1) {
        return;
    }
    WRITE(writer, "<nav class=\"paging\"");
    WRITE_ATTRIBUTE(writer, " aria-label=", MESSAGE("Pages"));
    WRITE(writer, "><ul>");
    if (paging->page > 1) {
        write_page_link(writer, paging, paging->page - 1, MESSAGE("Previous"), false);
    }
    /* The first, the last and the neighbours; what lies between them is a gap. */
    const int64_t candidates[] = {1, paging->page - 1, paging->page, paging->page + 1, last};
    int64_t shown = 0;
    for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
        const int64_t page = candidates[i];
        if (page <= shown || page > last) {
            continue;
        }
        if (page > shown + 1) {
            write_page_link(writer, paging, page == shown + 2 ? shown + 1 : 0, NO_MESSAGE, false);
        }
        write_page_link(writer, paging, page, NO_MESSAGE, page == paging->page);
        shown = page;
    }
    if (paging->page < last) {
        write_page_link(writer, paging, paging->page + 1, MESSAGE("Next"), false);
    }
    WRITE(writer, "</ul></nav>");
}
