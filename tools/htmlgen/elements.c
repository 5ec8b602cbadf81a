/** What htmlgen knows about HTML: elements, where they may stand, attributes and URLs. */
#include <string.h>

#include "template.h"

typedef struct Element {
    const char *name;
    unsigned traits;
} Element;

#define BLOCK (ELEMENT_BLOCK | ELEMENT_ENDS_P)

static const Element elements[] = {
    {"a", ELEMENT_INLINE},
    {"abbr", ELEMENT_INLINE},
    {"address", BLOCK},
    {"article", BLOCK},
    {"aside", BLOCK},
    {"audio", 0},
    {"b", ELEMENT_INLINE},
    {"bdi", 0},
    {"bdo", 0},
    {"blockquote", BLOCK},
    {"br", ELEMENT_INLINE | ELEMENT_VOID},
    {"button", ELEMENT_ITEM},
    {"canvas", 0},
    {"caption", ELEMENT_BLOCK},
    {"cite", 0},
    {"code", ELEMENT_INLINE},
    {"col", ELEMENT_BLOCK | ELEMENT_VOID},
    {"colgroup", ELEMENT_BLOCK | ELEMENT_TABLE},
    {"data", 0},
    {"datalist", ELEMENT_BLOCK},
    {"dd", ELEMENT_BLOCK},
    {"del", 0},
    {"details", BLOCK},
    {"dfn", 0},
    {"dialog", BLOCK},
    {"div", BLOCK},
    {"dl", BLOCK},
    {"dt", ELEMENT_BLOCK},
    {"em", ELEMENT_INLINE},
    {"fieldset", BLOCK},
    {"figcaption", BLOCK},
    {"figure", BLOCK},
    {"footer", BLOCK},
    {"form", BLOCK},
    {"h1", BLOCK},
    {"h2", BLOCK},
    {"h3", BLOCK},
    {"h4", BLOCK},
    {"h5", BLOCK},
    {"h6", BLOCK},
    {"header", BLOCK},
    {"hgroup", BLOCK},
    {"hr", BLOCK | ELEMENT_VOID},
    {"i", 0},
    {"iframe", ELEMENT_ONLY_TEXT},
    {"img", ELEMENT_VOID},
    {"input", ELEMENT_VOID},
    {"ins", 0},
    {"kbd", 0},
    {"label", 0},
    {"legend", ELEMENT_BLOCK},
    {"li", ELEMENT_ITEM},
    {"link", ELEMENT_BLOCK | ELEMENT_VOID},
    {"main", BLOCK},
    {"mark", 0},
    {"menu", BLOCK},
    {"meta", ELEMENT_BLOCK | ELEMENT_VOID},
    {"meter", 0},
    {"nav", BLOCK},
    {"ol", BLOCK},
    {"optgroup", ELEMENT_BLOCK},
    {"option", ELEMENT_BLOCK},
    {"output", 0},
    {"p", BLOCK},
    {"picture", 0},
    {"pre", BLOCK | ELEMENT_KEEPS_SPACE},
    {"progress", 0},
    {"q", 0},
    {"rp", 0},
    {"rt", 0},
    {"ruby", 0},
    {"s", 0},
    {"samp", 0},
    {"script", ELEMENT_ONLY_TEXT},
    {"search", BLOCK},
    {"section", BLOCK},
    {"select", ELEMENT_ITEM},
    {"small", ELEMENT_INLINE},
    {"source", ELEMENT_VOID},
    {"span", ELEMENT_INLINE},
    {"strong", ELEMENT_INLINE},
    {"sub", 0},
    {"summary", ELEMENT_BLOCK},
    {"sup", 0},
    {"svg", ELEMENT_ITEM},
    {"table", BLOCK | ELEMENT_TABLE},
    {"tbody", ELEMENT_BLOCK | ELEMENT_TABLE},
    {"td", ELEMENT_BLOCK},
    {"template", ELEMENT_BLOCK},
    {"textarea", ELEMENT_ONLY_TEXT | ELEMENT_KEEPS_SPACE},
    {"tfoot", ELEMENT_BLOCK | ELEMENT_TABLE},
    {"th", ELEMENT_BLOCK},
    {"thead", ELEMENT_BLOCK | ELEMENT_TABLE},
    {"time", ELEMENT_INLINE},
    {"tr", ELEMENT_BLOCK | ELEMENT_TABLE},
    {"track", ELEMENT_VOID},
    {"u", 0},
    {"ul", BLOCK},
    {"var", 0},
    {"video", 0},
    {"wbr", ELEMENT_VOID},
    {"circle", ELEMENT_FOREIGN},
    {"clipPath", ELEMENT_FOREIGN},
    {"defs", ELEMENT_FOREIGN},
    {"desc", ELEMENT_FOREIGN},
    {"ellipse", ELEMENT_FOREIGN},
    {"g", ELEMENT_FOREIGN},
    {"line", ELEMENT_FOREIGN},
    {"linearGradient", ELEMENT_FOREIGN},
    {"marker", ELEMENT_FOREIGN},
    {"mask", ELEMENT_FOREIGN},
    {"path", ELEMENT_FOREIGN},
    {"pattern", ELEMENT_FOREIGN},
    {"polygon", ELEMENT_FOREIGN},
    {"polyline", ELEMENT_FOREIGN},
    {"radialGradient", ELEMENT_FOREIGN},
    {"rect", ELEMENT_FOREIGN},
    {"stop", ELEMENT_FOREIGN},
    {"symbol", ELEMENT_FOREIGN},
    {"text", ELEMENT_FOREIGN},
    {"title", ELEMENT_FOREIGN},
    {"tspan", ELEMENT_FOREIGN},
    {"use", ELEMENT_FOREIGN},
};

typedef struct Refusal {
    const char *name, *why;
} Refusal;

static const Refusal refused_elements[] = {
    {"style", "styles stand in the style sheet, not in templates: the content security policy forbids <style>"},
    {"html", "the frame writes <html>: a template holds the content of <main> only"},
    {"head", "the frame writes <head>: a template holds the content of <main> only"},
    {"body", "the frame writes <body>: a template holds the content of <main> only"},
    {"title", "write {{title}}...{{/title}} behind the model"},
    {"base", "<base> would change every address of the page"},
    {"object", "<object> runs what its address holds: link to it, or use <img>, <video> or <audio>"},
    {"embed", "<embed> runs what its address holds: link to it, or use <img>, <video> or <audio>"},
    {"noscript", "<noscript> is read in two ways by browsers: let every page work without script instead"},
    {"foreignObject", "HTML inside of SVG has its own rules of reading: put it beside the drawing"},
    {"animate", "<animate> can change addresses: animate by the style sheet"},
    {"animateTransform", "<animateTransform> is refused: animate by the style sheet"},
    {"animateMotion", "<animateMotion> is refused: animate by the style sheet"},
    {"set", "<set> can change addresses: animate by the style sheet"},
    {"math", "<math> has its own rules of reading"},
};

static const Element *find_element(Text name, bool foreign) {
    for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
        if (text_equal(name, text_of(elements[i].name))) {
            const bool in_both = text_equal(name, TEXT("a")) || text_equal(name, TEXT("title"));
            return ((elements[i].traits & ELEMENT_FOREIGN) != 0) == foreign || (foreign && in_both) ? &elements[i]
                                                                                                    : NULL;
        }
    }
    return NULL;
}

unsigned element_check(const Template *template, size_t line, Text name, bool foreign) {
    const Element *element = find_element(name, foreign);
    if (element != NULL) {
        return element->traits;
    }
    for (size_t i = 0; i < sizeof(refused_elements) / sizeof(refused_elements[0]); i++) {
        if (text_equal_ignoring_case(name, text_of(refused_elements[i].name))) {
            template_refuse(template, line, "%s", refused_elements[i].why);
        }
    }
    if (!foreign && memchr(name.data, '-', name.size) != NULL) {
        return 0;
    }
    template_refuse(template, line, "<%.*s> is no element that htmlgen knows%s: mend its spelling (HTML in lower case)",
                    TEXT_ARG(name), foreign ? " inside <svg>" : "");
}

unsigned element_traits(Text name) {
    for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
        if (text_equal(name, text_of(elements[i].name))) {
            return elements[i].traits;
        }
    }
    return 0;
}

static bool is_open(const Template *template, const char *name) {
    for (size_t i = 0; i < template->open.count; i++) {
        if (text_equal(template->open.items[i], text_of(name))) {
            return true;
        }
    }
    return false;
}

typedef struct Parent {
    const char *child, *parents; /**< with a blank before and behind each */
} Parent;

/** Elsewhere the browser drops these, moves them or adds elements around them. */
static const Parent parents[] = {
    {"tr", " tbody thead tfoot "},
    {"td", " tr "},
    {"th", " tr "},
    {"tbody", " table "},
    {"thead", " table "},
    {"tfoot", " table "},
    {"caption", " table "},
    {"colgroup", " table "},
    {"col", " colgroup "},
    {"li", " ul ol menu "},
    {"dt", " dl div "},
    {"dd", " dl div "},
    {"option", " select datalist optgroup "},
    {"optgroup", " select "},
    {"legend", " fieldset "},
    {"summary", " details "},
};

void element_check_place(const Template *template, size_t line, Text name, bool foreign) {
    static const char *const not_in_itself[] = {"a", "form", "button", "label", "select", "option"};
    for (size_t i = 0; i < sizeof(not_in_itself) / sizeof(not_in_itself[0]); i++) {
        if (text_equal(name, text_of(not_in_itself[i])) && is_open(template, not_in_itself[i])) {
            template_refuse(template, line, "<%s> cannot stand inside another <%s>: close the outer one first",
                            not_in_itself[i], not_in_itself[i]);
        }
    }
    const unsigned traits = element_traits(name);
    if (!foreign && (traits & ELEMENT_ENDS_P) && is_open(template, "p")) {
        template_refuse(template, line, "<%.*s> cannot stand inside <p>: the browser would end the paragraph before it",
                        TEXT_ARG(name));
    }
    if (template->open.count == 0) {
        return; /* a part may begin anywhere */
    }
    const Text parent = template->open.items[template->open.count - 1];
    for (size_t i = 0; i < sizeof(parents) / sizeof(parents[0]); i++) {
        char wanted[40] = " ";
        if (text_equal(name, text_of(parents[i].child)) && parent.size < sizeof(wanted) - 2) {
            memcpy(wanted + 1, parent.data, parent.size);
            wanted[parent.size + 1] = ' ';
            if (strstr(parents[i].parents, wanted) == NULL && !text_equal(parent, TEXT("template"))) {
                template_refuse(template, line, "<%.*s> stands directly inside one of:%sonly, not inside <%.*s>",
                                TEXT_ARG(name), parents[i].parents, TEXT_ARG(parent));
            }
            return;
        }
    }
    if ((element_traits(parent) & ELEMENT_TABLE) && !text_equal(name, TEXT("template")) &&
        !text_equal(name, TEXT("script"))) {
        template_refuse(template, line,
                        "<%.*s> cannot stand directly inside <%.*s>: the browser would move it out of the "
                        "table",
                        TEXT_ARG(name), TEXT_ARG(parent));
    }
}

static bool is_one_of(Text name, const char *list) {
    char wanted[40] = " ";
    if (name.size + 3 > sizeof(wanted)) {
        return false;
    }
    memcpy(wanted + 1, name.data, name.size);
    wanted[name.size + 1] = ' ';
    return strstr(list, wanted) != NULL;
}

/** HTML does not tell letters apart by case, so that checks by name need one spelling; SVG's own names are the
 * exceptions. */
static void check_case(const Template *template, size_t line, Text name) {
    if (is_one_of(name,
                  " viewBox preserveAspectRatio gradientUnits gradientTransform patternUnits patternContentUnits "
                  "patternTransform clipPathUnits maskUnits maskContentUnits markerWidth markerHeight markerUnits "
                  "refX refY textLength lengthAdjust pathLength spreadMethod ")) {
        return;
    }
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] >= 'A' && name.data[i] <= 'Z') {
            template_refuse(template, line, "write the attribute %.*s in lower case", TEXT_ARG(name));
        }
    }
}

AttributeKind attribute_check(const Template *template, size_t line, Text element, Text name) {
    if (text_equal_ignoring_case(name, TEXT("style"))) {
        template_refuse(
            template, line,
            "the style attribute is forbidden by the content security policy: use a class of the style sheet");
    }
    if (name.size > 2 && text_equal_ignoring_case(text_slice(name, 0, 2), TEXT("on"))) {
        template_refuse(template, line,
                        "%.*s runs script, which the content security policy forbids: use a script file",
                        TEXT_ARG(name));
    }
    if (text_equal_ignoring_case(name, TEXT("srcdoc"))) {
        template_refuse(template, line, "srcdoc holds a whole page in an attribute: give the page its own address");
    }
    if (text_equal_ignoring_case(name, TEXT("http-equiv"))) {
        template_refuse(template, line, "http-equiv can send the reader elsewhere: set the header in the handler");
    }
    check_case(template, line, name);
    if (is_one_of(name, " href src action formaction poster cite xlink:href manifest background ping ")) {
        return ATTRIBUTE_URL;
    }
    if (is_one_of(name, " srcset imagesrcset ")) {
        return ATTRIBUTE_URL_LIST;
    }
    if (is_one_of(name, " alt title placeholder label abbr aria-label aria-description aria-roledescription "
                        "aria-valuetext data-label data-confirm ")) {
        return ATTRIBUTE_MESSAGE;
    }
    if (text_equal(name, TEXT("data")) && text_equal(element, TEXT("object"))) {
        return ATTRIBUTE_URL;
    }
    return ATTRIBUTE_PLAIN;
}

void attribute_check_url(const Template *template, size_t line, Text url) {
    url = text_trim(url);
    for (size_t i = 0; i < url.size && url.data[i] != '/' && url.data[i] != '?' && url.data[i] != '#'; i++) {
        if (url.data[i] != ':') {
            continue;
        }
        static const char *const schemes[] = {"http", "https", "mailto", "tel"};
        for (size_t scheme = 0; scheme < sizeof(schemes) / sizeof(schemes[0]); scheme++) {
            if (text_equal(text_slice(url, 0, i), text_of(schemes[scheme]))) {
                return;
            }
        }
        template_refuse(template, line,
                        "the address begins with \"%.*s:\": only http, https, mailto, tel and paths are allowed",
                        TEXT_ARG(text_slice(url, 0, i)));
    }
}
