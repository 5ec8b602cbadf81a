/** Build-time program: writes asset files, their hashes and compressed forms into one C file (src/base/asset.h). */
#include <libdeflate.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASSET_BYTES_MAX ((size_t)16 << 20)

typedef struct EmbedInput {
    const char *path;
    const char *name;
    char sha256[65];
    unsigned char *bytes, *gzip;
    size_t size, gzip_size;
} EmbedInput;

typedef struct EmbedMedia {
    const char *extension, *type;
    bool compresses;
} EmbedMedia;

static const EmbedMedia media_types[] = {
    {"css", "text/css; charset=utf-8", true},
    {"js", "text/javascript; charset=utf-8", true},
    {"mjs", "text/javascript; charset=utf-8", true},
    {"json", "application/json", true},
    {"webmanifest", "application/manifest+json", true},
    {"sql", "text/plain; charset=utf-8", true},
    {"txt", "text/plain; charset=utf-8", true},
    {"xml", "application/xml", true},
    {"svg", "image/svg+xml", true},
    {"ico", "image/x-icon", true},
    {"wasm", "application/wasm", true},
    {"png", "image/png", false},
    {"jpg", "image/jpeg", false},
    {"webp", "image/webp", false},
    {"woff2", "font/woff2", false},
};

static _Noreturn void embed_fail(const char *path, const char *reason) {
    fprintf(stderr, "embed: %s: %s\n", path, reason);
    exit(1);
}

static const char *embed_extension(const EmbedInput *input) {
    const char *dot = strrchr(input->name, '.');
    if (dot == NULL || dot == input->name || dot[1] == '\0') {
        embed_fail(input->path, "the name has no extension, so its media type is not known");
    }
    return dot + 1;
}

static const EmbedMedia *embed_media(const EmbedInput *input) {
    const char *extension = embed_extension(input);
    for (size_t i = 0; i < sizeof(media_types) / sizeof(media_types[0]); i++) {
        if (strcmp(extension, media_types[i].extension) == 0) {
            return &media_types[i];
        }
    }
    embed_fail(input->path, "no media type is known for this extension; add it to tools/embed.c");
}

/** Names stand in URLs and C strings unescaped. */
static void embed_check_name(const EmbedInput *input) {
    for (const char *letter = input->name; *letter != '\0'; letter++) {
        if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-_.", *letter) == NULL) {
            embed_fail(input->path, "a name has only the letters a-z 0-9 - _ and .");
        }
    }
}

static void embed_read(EmbedInput *input) {
    FILE *file = fopen(input->path, "rb");
    if (file == NULL) {
        embed_fail(input->path, "cannot be opened");
    }
    input->bytes = malloc(ASSET_BYTES_MAX + 1);
    if (input->bytes == NULL) {
        embed_fail(input->path, "out of memory");
    }
    input->size = fread(input->bytes, 1, ASSET_BYTES_MAX + 1, file);
    const bool broken = ferror(file) != 0;
    if (fclose(file) != 0 || broken) {
        embed_fail(input->path, "cannot be read");
    }
    if (input->size > ASSET_BYTES_MAX) {
        embed_fail(input->path, "is larger than 16 MB");
    }
}

static void embed_hash(EmbedInput *input) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (EVP_Digest(input->bytes, input->size, digest, &size, EVP_sha256(), NULL) != 1) {
        embed_fail(input->path, "cannot be hashed");
    }
    for (unsigned int i = 0; i < size; i++) {
        snprintf(input->sha256 + (size_t)2 * i, 3, "%02x", digest[i]);
    }
}

/** Keeps the compressed form only where it is a tenth smaller. */
static void embed_compress(EmbedInput *input) {
    if (!embed_media(input)->compresses) {
        return;
    }
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(12);
    if (compressor == NULL) {
        embed_fail(input->path, "out of memory");
    }
    const size_t bound = libdeflate_gzip_compress_bound(compressor, input->size);
    input->gzip = malloc(bound);
    if (input->gzip == NULL) {
        embed_fail(input->path, "out of memory");
    }
    input->gzip_size = libdeflate_gzip_compress(compressor, input->bytes, input->size, input->gzip, bound);
    libdeflate_free_compressor(compressor);
    if (input->gzip_size > input->size - input->size / 10) {
        input->gzip_size = 0;
    }
}

static void embed_write_bytes(FILE *out, const char *prefix, size_t number, const unsigned char *bytes, size_t size) {
    fprintf(out, "static const char %s_%zu[] =\n    \"", prefix, number);
    for (size_t i = 0; i < size; i++) {
        if (i > 0 && i % 32 == 0) {
            fputs("\"\n    \"", out);
        }
        fprintf(out, "\\%03o", bytes[i]);
    }
    fputs("\";\n", out);
}

static void embed_write_text(FILE *out, const char *prefix, size_t number, size_t size) {
    if (size > 0) {
        fprintf(out, ", {%s_%zu, %zu}", prefix, number, size);
    } else {
        fputs(", {NULL, 0}", out);
    }
}

static void embed_write(FILE *out, const EmbedInput *inputs, size_t count) {
    fputs("/** Embedded assets; written by tools/embed. */\n#include \"base/asset.h\"\n\n", out);
    for (size_t i = 0; i < count; i++) {
        if (inputs[i].size > 0) {
            embed_write_bytes(out, "bytes", i, inputs[i].bytes, inputs[i].size);
        }
        if (inputs[i].gzip_size > 0) {
            embed_write_bytes(out, "gzip", i, inputs[i].gzip, inputs[i].gzip_size);
        }
    }
    fputs("\nconst Asset assets[] = {\n", out);
    for (size_t i = 0; i < count; i++) {
        const char *extension = embed_extension(&inputs[i]);
        const int stem = (int)(extension - 1 - inputs[i].name);
        fprintf(out, "    {\"%s\", \"/assets/%.*s.%.8s.%s\", \"%s\", \"%s\"", inputs[i].name, stem, inputs[i].name,
                inputs[i].sha256, extension, embed_media(&inputs[i])->type, inputs[i].sha256);
        embed_write_text(out, "bytes", i, inputs[i].size);
        embed_write_text(out, "gzip", i, inputs[i].gzip_size);
        fputs("},\n", out);
    }
    fputs("    {NULL, NULL, NULL, NULL, {NULL, 0}, {NULL, 0}},\n};\n", out);
    fprintf(out, "const size_t asset_count = %zu;\n", count);
}

static int embed_compare(const void *left, const void *right) {
    return strcmp(((const EmbedInput *)left)->name, ((const EmbedInput *)right)->name);
}

int main(int argument_count, char **arguments) {
    if (argument_count < 3 || strcmp(arguments[1], "--source") != 0) {
        fputs("use: embed --source OUT.c FILE...\n", stderr);
        return 2;
    }
    const size_t count = (size_t)argument_count - 3;
    EmbedInput *inputs = calloc(count + 1, sizeof(EmbedInput));
    if (inputs == NULL) {
        embed_fail(arguments[2], "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        inputs[i].path = arguments[i + 3];
        const char *slash = strrchr(inputs[i].path, '/');
        inputs[i].name = slash == NULL ? inputs[i].path : slash + 1;
        embed_check_name(&inputs[i]);
        embed_read(&inputs[i]);
        embed_hash(&inputs[i]);
        embed_compress(&inputs[i]);
    }
    qsort(inputs, count, sizeof(EmbedInput), embed_compare);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(inputs[i - 1].name, inputs[i].name) == 0) {
            embed_fail(inputs[i].path, "another asset has this name");
        }
    }
    FILE *out = fopen(arguments[2], "wb");
    if (out == NULL) {
        embed_fail(arguments[2], "cannot be opened");
    }
    embed_write(out, inputs, count);
    const bool broken = ferror(out) != 0;
    if (fclose(out) != 0 || broken) {
        embed_fail(arguments[2], "cannot be written");
    }
    for (size_t i = 0; i < count; i++) {
        free(inputs[i].bytes);
        free(inputs[i].gzip);
    }
    free(inputs);
    return 0;
}
