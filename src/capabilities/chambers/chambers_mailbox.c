/** The mailbox of a demonstration: what would have been sent, with links that can be followed. */
#include <string.h>

#include "base/log.h"
#include "capabilities/chambers/chambers_inside.h"
#include "chambers_views.h"
#include "outside/outside.h"

enum { MAILS = 50, ADDRESSES = 100, PARTS = 200 };

/** Where links may lead: the public addresses of this installation's chambers. */
typedef struct Addresses {
    Text items[ADDRESSES];
    size_t count;
} Addresses;

static Status own_addresses(Request *request, Addresses *addresses) {
    ChambersRows rows = {0};
    TRY(chambers_rows(request->connection, request->arena, ADDRESSES - 1, &rows));
    addresses->items[addresses->count++] = request->public_url;
    for (size_t i = 0; i < rows.count; i++) {
        addresses->items[addresses->count++] = rows.items[i].public_url;
    }
    return STATUS_OK;
}

/* The length of the address that starts here; 0 when it is none of ours. */
static size_t link_size(const Addresses *addresses, Text text) {
    size_t size = 0;
    for (size_t i = 0; i < addresses->count && size == 0; i++) {
        const Text own = addresses->items[i];
        if (own.size > 0 && text.size > own.size && text_starts_with(text, own) && text.data[own.size] == '/') {
            size = own.size;
        }
    }
    while (size > 0 && size < text.size && (unsigned char)text.data[size] > ' ' &&
           strchr("\"<>", text.data[size]) == NULL) {
        size++;
    }
    return size;
}

static ChambersMailPart plain_part(Text text) {
    ChambersMailPart part = {.text = text};
    while (text_ends_with(part.text, TEXT("\n"))) {
        part.text.size--;
        part.breaks++;
    }
    return part;
}

ChambersMailParts chambers_mail_parts(Arena *arena, const Text *own, size_t own_count, Text body) {
    Addresses addresses = {.count = own_count < ADDRESSES ? own_count : ADDRESSES};
    memcpy(addresses.items, own, addresses.count * sizeof own[0]);
    ChambersMailPart *parts = arena_new_array(arena, ChambersMailPart, PARTS);
    size_t count = 0, plain = 0, at = 0;
    while (at < body.size && count + 2 < PARTS) {
        const size_t size = body.data[at] == 'h' ? link_size(&addresses, text_slice(body, at, body.size)) : 0;
        if (size == 0) {
            at++;
            continue;
        }
        if (at > plain) {
            parts[count++] = plain_part(text_slice(body, plain, at));
        }
        parts[count++] =
            (ChambersMailPart){.text = text_slice(body, at, at + size), .link = text_slice(body, at, at + size)};
        at += size;
        plain = at;
    }
    if (plain < body.size) {
        parts[count++] = plain_part(text_slice(body, plain, body.size));
    }
    return (ChambersMailParts){parts, count};
}

Status chambers_mailbox_show(Request *request) {
    SpooledMails mails = {0};
    Addresses addresses = {0};
    if (!request->demonstration) {
        return STATUS_NOT_FOUND;
    }
    TRY(own_addresses(request, &addresses));
    const Status status = mail_spool_list(request->outside->mailer, request->arena, MAILS, &mails);
    ChambersMailboxPage *page = arena_new(request->arena, ChambersMailboxPage);
    if (status == STATUS_UNSUPPORTED) {
        (void)failure_take();
        return show(request, chambers_mailbox_view(page));
    }
    TRY(status);
    page->spooled = true;
    page->mails.items = arena_new_array(request->arena, ChambersSpooledMail, mails.count + 1);
    page->mails.count = mails.count;
    for (size_t i = 0; i < mails.count; i++) {
        page->mails.items[i] = (ChambersSpooledMail){
            .to = mails.items[i].to,
            .subject = mails.items[i].subject,
            .date = mails.items[i].date,
            .parts = chambers_mail_parts(request->arena, addresses.items, addresses.count, mails.items[i].body)};
    }
    return show(request, chambers_mailbox_view(page));
}
