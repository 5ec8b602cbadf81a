/** A PDF while it is being sealed: a copy beside its place, which grows by revisions and is put there whole at the end.
 * It is mapped, never read into memory, and strangers' structure is read in a jail. */
#ifndef TRADEPOST_PROGRAM_SEAL_FILE_H
#define TRADEPOST_PROGRAM_SEAL_FILE_H

#include "trust/pades.h"

typedef struct SealFile SealFile;

/**
 * Copies the file `from` to a temporary one in the folder of `to`.
 *
 * @return STATUS_NOT_FOUND, STATUS_UNSUPPORTED when it is no regular file, STATUS_INVALID when it is empty, STATUS_FULL
 */
MUST_USE Status seal_file_open(Arena *arena, Text from, Text to, SealFile **ret_file);
/** Its bytes; borrowed until it changes. */
Text seal_file_bytes(const SealFile *file);
/** Reads its structure in a jail; lives as long as the file. */
const PadesReader *seal_file_reader(const SealFile *file);
/** Appends bytes. @return STATUS_FULL */
MUST_USE Status seal_file_append(SealFile *file, Text bytes);
/** Replaces some bytes by as many others. @return STATUS_FULL */
MUST_USE Status seal_file_patch(SealFile *file, const PadesPatch *patch);
/** Makes it durable and puts it in its place, instead of what was there. @return STATUS_FULL */
MUST_USE Status seal_file_finish(SealFile *file);

#endif
