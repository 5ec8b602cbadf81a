/** Messages in a reader's language: looked up, filled, counted. */
#include "html/message.h"

#include <assert.h>
#include <string.h>

#include "html/language.h"
#include "html/writer.h"

uint64_t message_hash(const char *english, size_t size) {
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ (unsigned char)english[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

const CatalogueEntry *language_entry(const Language *language, uint64_t hash) {
    const Catalogue *catalogue = language->catalogue;
    if (catalogue == NULL || catalogue->size == 0) {
        return NULL;
    }
    for (size_t i = 0; i < catalogue->size; i++) {
        const CatalogueEntry *entry = &catalogue->entries[(hash + i) & (catalogue->size - 1)];
        if (entry->forms[0] == NULL) {
            return NULL;
        }
        if (entry->hash == hash) {
            return entry;
        }
    }
    return NULL;
}

static Text translate(const Language *language, uint64_t hash, Text english) {
    const CatalogueEntry *entry = language_entry(language, hash);
    return entry == NULL ? english : text_of(entry->forms[0]);
}

static Text choose_plural(const Language *language, uint64_t hash, Text one, Text other, int64_t count) {
    const CatalogueEntry *entry = language_entry(language, hash);
    if (entry != NULL) {
        const uint64_t size = count < 0 ? 0 - (uint64_t)count : (uint64_t)count;
        const int form = language->catalogue->plural(size);
        if (form >= 0 && form < CATALOGUE_FORMS_MAXIMUM && entry->forms[form] != NULL) {
            return text_of(entry->forms[form]);
        }
    }
    return count == 1 ? one : other;
}

Text message_text(const Language *language, Message message) {
    const Text english = text_of(message.english);
    return language->catalogue == NULL ? english
                                       : translate(language, message_hash(english.data, english.size), english);
}

/** The value of the hole that starts at `at` ("{name}") and its size; false when no hole starts there. */
static bool find_hole(Text pattern, size_t at, const MessageValue *values, size_t count, Text *ret_value,
                      size_t *ret_size) {
    size_t end = 0;
    if (!text_find(text_slice(pattern, at, pattern.size), TEXT("}"), &end)) {
        return false;
    }
    const Text name = text_slice(pattern, at + 1, at + end);
    *ret_value = (Text){NULL, 0};
    *ret_size = end + 1;
    for (size_t i = 0; i < count; i++) {
        if (text_equal(name, text_of(values[i].name))) {
            *ret_value = values[i].value;
        }
    }
    return true;
}

/** Copies the pattern with its holes filled to `target`, or only measures it (NULL). */
static size_t fill_to(char *target, Text pattern, const MessageValue *values, size_t count) {
    size_t size = 0;
    for (size_t at = 0; at < pattern.size;) {
        Text value = text_slice(pattern, at, at + 1);
        size_t taken = 1;
        if (pattern.data[at] != '{' || !find_hole(pattern, at, values, count, &value, &taken)) {
            value = text_slice(pattern, at, at + 1);
        }
        if (target != NULL && value.size > 0) {
            memcpy(target + size, value.data, value.size);
        }
        size += value.size;
        at += taken;
    }
    return size;
}

static Text fill(Arena *arena, Text pattern, const MessageValue *values, size_t count) {
    const size_t size = fill_to(NULL, pattern, values, count);
    void *target = NULL;
    if (arena_try_allocate(arena, size + 1, &target) != STATUS_OK) {
        return pattern;
    }
    (void)fill_to(target, pattern, values, count);
    return (Text){target, size};
}

Text message_format(Arena *arena, const Language *language, Message message, const MessageValue *values, size_t count) {
    return fill(arena, message_text(language, message), values, count);
}

Text message_plural(Arena *arena, const Language *language, Message one, Message other, int64_t count) {
    const Text english = text_of(one.english);
    const Text pattern =
        choose_plural(language, message_hash(english.data, english.size), english, text_of(other.english), count);
    const MessageValue value = {"count", format_number(arena, language, count)};
    return fill(arena, pattern, &value, 1);
}

Text message_lookup(Writer *writer, uint64_t hash, const char *english, size_t size) {
    return translate(writer->language, hash, (Text){english, size});
}

Text message_lookup_plural(Writer *writer, uint64_t hash, const char *one, size_t one_size, const char *other,
                           size_t other_size, int64_t count) {
    return choose_plural(writer->language, hash, (Text){one, one_size}, (Text){other, other_size}, count);
}
