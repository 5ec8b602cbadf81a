/** Headers of tar files. */
#include "program/tar.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

enum { NAME_SIZE = 100, NUMBER_SIZE = 12 };

/** The layout of POSIX.1-1988, section 10.1.1. */
typedef struct Header {
    char name[NAME_SIZE], mode[8], owner[8], group[8], size[NUMBER_SIZE], changed[NUMBER_SIZE], checksum[8], kind,
        link[100];
    char magic[6], version[2], owner_name[32], group_name[32], device[16], prefix[155], unused[12];
} Header;
_Static_assert(sizeof(Header) == TAR_BLOCK, "a tar header is one block");

static unsigned checksum_of(const Header *header) {
    Header copy = *header;
    unsigned sum = 0;
    memset(copy.checksum, ' ', sizeof copy.checksum);
    for (size_t i = 0; i < sizeof copy; i++) {
        sum += ((const unsigned char *)&copy)[i];
    }
    return sum;
}

/* Eleven octal digits hold 8 GB; beyond, the first bit says that the rest is a binary number. */
static void write_number(char field[NUMBER_SIZE], int64_t number) {
    if (number < INT64_C(1) << 33) {
        (void)snprintf(field, NUMBER_SIZE, "%011llo", (unsigned long long)number);
        return;
    }
    for (int i = NUMBER_SIZE - 1; i > 0; i--) {
        field[i] = (char)(number & 0xFF);
        number >>= 8;
    }
    field[0] = (char)0x80;
}

MUST_USE static Status read_number(const char field[NUMBER_SIZE], int64_t *ret_number) {
    uint64_t number = 0;
    const bool binary = (unsigned char)field[0] == 0x80;
    for (int i = binary ? 1 : 0; i < NUMBER_SIZE && (binary || (field[i] != '\0' && field[i] != ' ')); i++) {
        if ((!binary && (field[i] < '0' || field[i] > '7')) || number >> 54 != 0) {
            return fail(STATUS_INVALID, "the tar file has a number that is none");
        }
        number = binary ? number << 8 | (unsigned char)field[i] : number << 3 | (uint64_t)(field[i] - '0');
    }
    *ret_number = (int64_t)number;
    return STATUS_OK;
}

void tar_write_header(char header[TAR_BLOCK], Text name, int64_t size, Time changed) {
    Header fields;
    memset(&fields, 0, sizeof fields);
    memcpy(fields.name, name.data, name.size < NAME_SIZE ? name.size : NAME_SIZE);
    (void)snprintf(fields.mode, sizeof fields.mode, "%07o", 0600);
    (void)snprintf(fields.owner, sizeof fields.owner, "%07o", 0);
    (void)snprintf(fields.group, sizeof fields.group, "%07o", 0);
    write_number(fields.size, size);
    write_number(fields.changed, changed.microseconds / TIME_SECOND);
    fields.kind = '0';
    memcpy(fields.magic, "ustar", sizeof fields.magic);
    memcpy(fields.version, "00", sizeof fields.version);
    (void)snprintf(fields.checksum, sizeof fields.checksum, "%06o", checksum_of(&fields));
    fields.checksum[7] = ' ';
    memcpy(header, &fields, sizeof fields);
}

static bool is_empty(const Header *header) {
    for (size_t i = 0; i < sizeof *header; i++) {
        if (((const char *)header)[i] != '\0') {
            return false;
        }
    }
    return true;
}

Status tar_read_header(const char header[TAR_BLOCK], Text *ret_name, int64_t *ret_size) {
    Header fields;
    int64_t checksum = 0, size = 0;
    char field[NUMBER_SIZE] = "";
    memcpy(&fields, header, sizeof fields);
    if (is_empty(&fields)) {
        *ret_name = (Text){NULL, 0};
        *ret_size = 0;
        return STATUS_OK;
    }
    memcpy(field, fields.checksum, sizeof fields.checksum);
    TRY(read_number(field, &checksum));
    if (checksum != (int64_t)checksum_of(&fields)) {
        return fail(STATUS_INVALID, "this is no tar file, or it is damaged");
    }
    if (fields.kind != '0' || fields.prefix[0] != '\0') {
        return fail(STATUS_INVALID, "the tar file holds something else than the files of a backup");
    }
    TRY(read_number(fields.size, &size));
    *ret_name = (Text){header, strnlen(fields.name, NAME_SIZE)};
    *ret_size = size;
    return STATUS_OK;
}
