/**
 * htmlgen: compiles templates to C.
 *
 * htmlgen --room NAME --header OUT.h --source OUT.c TEMPLATE...   writes the views of a room
 * htmlgen --extract OUT.pot TEMPLATE...                           writes their messages
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"

typedef struct Options {
    const char *room, *header, *source, *extract;
    char **paths;
    size_t count;
} Options;

static _Noreturn void usage(void) {
    fprintf(stderr, "usage: htmlgen --room NAME --header OUT.h --source OUT.c TEMPLATE...\n"
                    "       htmlgen --extract OUT.pot TEMPLATE...\n");
    exit(2);
}

static _Noreturn void die(const char *path, const char *reason) {
    fprintf(stderr, "htmlgen: %s: %s\n", path, reason);
    exit(1);
}

static Options read_options(int count, char **arguments) {
    Options options = {NULL, NULL, NULL, NULL, NULL, 0};
    int at = 1;
    for (; at < count && strncmp(arguments[at], "--", 2) == 0; at += 2) {
        const char *value = at + 1 < count ? arguments[at + 1] : NULL;
        const char **place = strcmp(arguments[at], "--room") == 0      ? &options.room
                             : strcmp(arguments[at], "--header") == 0  ? &options.header
                             : strcmp(arguments[at], "--source") == 0  ? &options.source
                             : strcmp(arguments[at], "--extract") == 0 ? &options.extract
                                                                       : NULL;
        if (place == NULL || value == NULL) {
            usage();
        }
        *place = value;
    }
    options.paths = arguments + at;
    options.count = (size_t)(count - at);
    const bool views = options.room != NULL && options.header != NULL && options.source != NULL;
    if (views == (options.extract != NULL)) {
        usage();
    }
    return options;
}

static Text read_file(Arena *arena, const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        die(path, strerror(errno));
    }
    char *bytes = arena_allocate(arena, TEMPLATE_MAXIMUM_BYTES + 1);
    const size_t size = fread(bytes, 1, TEMPLATE_MAXIMUM_BYTES + 1, file);
    if (ferror(file) || size > TEMPLATE_MAXIMUM_BYTES) {
        die(path, size > TEMPLATE_MAXIMUM_BYTES ? "larger than a megabyte" : "cannot be read");
    }
    fclose(file);
    return (Text){bytes, size};
}

static void write_file(const char *path, const Buffer *buffer) {
    FILE *file = fopen(path, "wb");
    const bool written = file != NULL && fwrite(buffer->data, 1, buffer->size, file) == buffer->size;
    if (file == NULL || fclose(file) != 0 || !written || buffer->overflow) {
        die(path, "cannot be written");
    }
}

/** The name of a template is its file's name: "apply" of "documents/apply.html". */
static void name_template(Template *template) {
    const char *slash = strrchr(template->path, '/');
    Text name = text_of(slash == NULL ? template->path : slash + 1);
    template->json = text_ends_with(name, TEXT(".json"));
    if (!template->json && !text_ends_with(name, TEXT(".html"))) {
        die(template->path, "a template's name ends in .html or .json");
    }
    name = text_slice(name, 0, name.size - 5);
    for (size_t i = 0; i < name.size; i++) {
        const char letter = name.data[i];
        if (!(letter >= 'a' && letter <= 'z') && letter != '_' && !(i > 0 && letter >= '0' && letter <= '9')) {
            die(template->path, "a template's name has small letters, digits and _ only");
        }
    }
    template->name = name;
}

static Template *read_template(Arena *arena, const Options *options, const char *path) {
    Template *template = arena_new(arena, Template);
    template->arena = arena;
    template->path = path;
    template->room = text_of(options->room != NULL ? options->room : "room");
    name_template(template);
    template->source = read_file(arena, path);
    template_read(template);
    return template;
}

static const Template *find_twin(Template *const *templates, size_t count, const Template *template) {
    for (size_t i = 0; i < count; i++) {
        if (templates[i] != template && text_equal(templates[i]->name, template->name)) {
            return templates[i];
        }
    }
    return NULL;
}

/** Whether the template is the one that its view is made for: an HTML page, or JSON without HTML. */
static bool makes_view(const Template *template, const Template *twin) {
    return template->json ? twin == NULL : template->page;
}

static void check_twins(const Template *template, const Template *twin) {
    if (twin != NULL && twin->json == template->json) {
        template_refuse(template, 1, "two templates have the same name, the other is %s", twin->path);
    }
    if (twin != NULL && !text_equal(twin->model, template->model)) {
        template_refuse(template, 1, "its model is %.*s, but that of %s is %.*s: both views of a page show one model",
                        TEXT_ARG(template->model), twin->path, TEXT_ARG(twin->model));
    }
}

static void write_view(Buffer *out, const Template *template, const Template *twin) {
    const Text room = template->room, name = template->name;
    const Template *json = template->json ? template : twin;
    if (json != NULL) {
        buffer_format(out,
                      "static void %.*s_%.*s_model_json(Writer *writer, const void *model) {\n"
                      "    %.*s_%.*s_json(writer, model);\n}\n\n",
                      TEXT_ARG(room), TEXT_ARG(name), TEXT_ARG(room), TEXT_ARG(name));
    }
    buffer_format(out, "static const View %.*s_%.*s_shown = {\"%.*s_%.*s\", ", TEXT_ARG(room), TEXT_ARG(name),
                  TEXT_ARG(room), TEXT_ARG(name));
    if (template->json) {
        buffer_append(out, TEXT("NULL, "));
    } else {
        buffer_format(out, "%.*s_%.*s_html, ", TEXT_ARG(room), TEXT_ARG(name));
    }
    if (json != NULL) {
        buffer_format(out, "%.*s_%.*s_model_json};\n\n", TEXT_ARG(room), TEXT_ARG(name));
    } else {
        buffer_append(out, TEXT("NULL};\n\n"));
    }
    buffer_format(out, "Shown %.*s_%.*s_view(const %.*s *page) {\n    return (Shown){&%.*s_%.*s_shown, page};\n}\n\n",
                  TEXT_ARG(room), TEXT_ARG(name), TEXT_ARG(template->model), TEXT_ARG(room), TEXT_ARG(name));
}

static void write_header(Arena *arena, const Options *options, Template *const *templates) {
    Buffer out = buffer_make(arena, OUTPUT_MAXIMUM_BYTES);
    buffer_format(&out, "/** The views of %s, made by htmlgen from its templates. */\n", options->room);
    buffer_format(&out, "#ifndef TRADEPOST_%s_VIEWS_H\n#define TRADEPOST_%s_VIEWS_H\n\n#include \"html/view.h\"\n",
                  options->room, options->room);
    for (size_t i = 0; i < options->count; i++) {
        bool known = false;
        for (size_t before = 0; before < i; before++) {
            known = known || text_equal(templates[before]->header, templates[i]->header);
        }
        if (!known) {
            buffer_format(&out, "#include \"%.*s\"\n", TEXT_ARG(templates[i]->header));
        }
    }
    buffer_append_byte(&out, '\n');
    for (size_t i = 0; i < options->count; i++) {
        const Template *template = templates[i];
        if (!template->page) {
            buffer_format(&out, "void %.*s_%.*s_%s(Writer *writer, const %.*s *page);\n", TEXT_ARG(template->room),
                          TEXT_ARG(template->name), template->json ? "json" : "html", TEXT_ARG(template->model));
        }
        if (makes_view(template, find_twin(templates, options->count, template))) {
            buffer_format(&out, "Shown %.*s_%.*s_view(const %.*s *page);\n", TEXT_ARG(template->room),
                          TEXT_ARG(template->name), TEXT_ARG(template->model));
        }
    }
    buffer_append(&out, TEXT("\n#endif\n"));
    write_file(options->header, &out);
}

static bool includes_html(const Node *node) {
    for (; node != NULL; node = node->next) {
        if ((node->kind == NODE_INCLUDE && text_starts_with(node->name, TEXT("html/"))) ||
            includes_html(node->children) || includes_html(node->otherwise)) {
            return true;
        }
    }
    return false;
}

static void write_source(Arena *arena, const Options *options, Template *const *templates) {
    Buffer out = buffer_make(arena, OUTPUT_MAXIMUM_BYTES), functions = buffer_make(arena, OUTPUT_MAXIMUM_BYTES);
    MessageUses uses = {NULL, &uses.first};
    size_t counter = 0;
    bool html_parts = false;
    for (size_t i = 0; i < options->count; i++) {
        html_parts = html_parts || includes_html(templates[i]->body);
        emit_template(templates[i], &functions, &counter, &uses);
    }
    for (size_t i = 0; i < options->count; i++) {
        const Template *twin = find_twin(templates, options->count, templates[i]);
        if (makes_view(templates[i], twin)) {
            write_view(&functions, templates[i], twin);
        }
    }
    buffer_format(&out, "/** The views of %s, made by htmlgen from its templates. */\n#include \"%s_views.h\"\n\n",
                  options->room, options->room);
    if (html_parts && strcmp(options->room, "html") != 0) {
        buffer_append(&out, TEXT("#include \"html_views.h\"\n"));
    }
    buffer_append(&out, TEXT("#include \"html/form.h\"\n#include \"html/writer.h\"\n\n"));
    buffer_append(&out, (Text){functions.data, functions.size});
    out.overflow = out.overflow || functions.overflow;
    write_file(options->source, &out);
}

static int write_messages(Arena *arena, const Options *options, Template *const *templates) {
    MessageUses uses = {NULL, &uses.first};
    for (size_t i = 0; i < options->count; i++) {
        size_t counter = 0;
        Buffer functions = buffer_make(arena, OUTPUT_MAXIMUM_BYTES);
        emit_template(templates[i], &functions, &counter, &uses);
    }
    return extract_write(arena, &uses, options->extract) ? 0 : 1;
}

int main(int argument_count, char **arguments) {
    const Options options = read_options(argument_count, arguments);
    Arena *arena = arena_open(SIZE_MAX);
    Template **templates = arena_new_array(arena, Template *, options.count + 1);
    for (size_t i = 0; i < options.count; i++) {
        templates[i] = read_template(arena, &options, options.paths[i]);
    }
    int code = 0;
    if (options.extract != NULL) {
        code = write_messages(arena, &options, templates);
    } else {
        for (size_t i = 0; i < options.count; i++) {
            check_twins(templates[i], find_twin(templates, options.count, templates[i]));
        }
        write_header(arena, &options, templates);
        write_source(arena, &options, templates);
    }
    arena_close(arena);
    return code;
}
