/** The audit chain on pages: read, downloaded, checked. */
#include "base/log.h"
#include "capabilities/chambers/chambers_inside.h"
#include "chambers_views.h"
#include "html/list.h"

enum { PAGE_EVENTS = 100, CSV_EVENTS = 100000 };
#define CSV_BYTES ((size_t)64 << 20)

typedef struct AuditFilter {
    int64_t before;
} AuditFilter;
static const Field audit_fields[] = {
    FORM_FIELD(AuditFilter, before, .kind = FIELD_INTEGER, .label = MESSAGE_INIT("Before"), .minimum = 0,
               .maximum = INT64_MAX),
};
const Form chambers_audit_form = FORM(AuditFilter, audit_fields);

/* The page of what an event is about: acts say in their first word which kind of thing it is. */
static Text address_of(Arena *arena, const ChamberEventLine *event) {
    char id[ID_TEXT_SIZE + 1];
    id_write(event->subject, id);
    if (text_starts_with(event->act, TEXT("documents."))) {
        return arena_format(arena, "/documents/%s", id);
    }
    return text_starts_with(event->act, TEXT("members.")) ? arena_format(arena, "/members/%s", id) : (Text){NULL, 0};
}

/** What a check of the chain came to. */
typedef struct Verdict {
    Text words;
    int64_t events;
} Verdict;

static Status show_audit(Request *request, int64_t before, const Verdict *verdict) {
    ChambersAuditBeforeRows rows = {0};
    TRY(chambers_audit_before(request->connection, request->arena, request->chamber.id, before > 0 ? before : INT64_MAX,
                              PAGE_EVENTS + 1, &rows));
    const bool more = rows.count > PAGE_EVENTS;
    rows.count = more ? PAGE_EVENTS : rows.count;
    const ChamberEventLines events = chambers_event_lines(request->arena, &rows);
    ChambersAuditPage *page = arena_new(request->arena, ChambersAuditPage);
    page->tabs.current = TEXT("audit");
    page->nothing = form_empty(request->arena, &chambers_nothing_form);
    page->events.items = arena_new_array(request->arena, ChambersAuditLine, events.count + 1);
    page->events.count = events.count;
    for (size_t i = 0; i < events.count; i++) {
        page->events.items[i] = (ChambersAuditLine){events.items[i], address_of(request->arena, &events.items[i])};
    }
    if (more) {
        page->older =
            arena_format(request->arena, "/chamber/audit?before=%lld", (long long)rows.items[rows.count - 1].sequence);
    }
    if (verdict != NULL) {
        page->verdict = verdict->words;
        page->checked = verdict->events;
    }
    return show(request, chambers_audit_view(page));
}

Status chambers_audit_show(Request *request) {
    return show_audit(request, FORM_OF(AuditFilter, request)->before, NULL);
}

Status chambers_audit_csv_show(Request *request) {
    ChambersAuditBeforeRows rows = {0};
    Text bytes = {NULL, 0};
    char id[ID_TEXT_SIZE + 1];
    const int64_t before = FORM_OF(AuditFilter, request)->before;
    TRY(chambers_audit_before(request->connection, request->arena, request->chamber.id, before > 0 ? before : INT64_MAX,
                              CSV_EVENTS, &rows));
    Buffer buffer = buffer_make(request->arena, CSV_BYTES);
    csv_begin(&buffer);
    CSV_LINE(&buffer, TEXT("sequence"), TEXT("at"), TEXT("person"), TEXT("act"), TEXT("subject"), TEXT("detail"));
    for (size_t i = 0; i < rows.count; i++) {
        const ChambersAuditBeforeRow *row = &rows.items[i];
        id_write(row->subject, id);
        CSV_LINE(&buffer, arena_format(request->arena, "%lld", (long long)row->sequence),
                 time_rfc3339(request->arena, row->at), row->name, row->act, text_of(id), row->detail);
    }
    TRY(buffer_take(&buffer, &bytes));
    return answer_bytes(request, CSV_MEDIA_TYPE, TEXT("audit.csv"), bytes);
}

/* The chain may be long: it is walked in a reading transaction, so that nobody who writes has to wait. */
static Status check_chain(Connection *connection, void *context) {
    const Request *request = context;
    Verdict *verdict = request->prepared;
    const Status status = chambers_audit_check(connection, request->arena, request->chamber.id, &verdict->events);
    if (status == STATUS_CORRUPT) {
        size_t at = 0;
        Text words = failure_take();
        /* The words end with the number of the first event that does not fit. */
        while (text_find(words, TEXT(" "), &at)) {
            words = text_slice(words, at + 1, words.size);
        }
        (void)text_find(words, TEXT("."), &at);
        verdict->words = TEXT("broken");
        return text_to_int(text_slice(words, 0, at), &verdict->events);
    }
    verdict->words = TEXT("whole");
    return status;
}

Status chambers_check_prepare(Request *request) {
    request->prepared = arena_new(request->arena, Verdict);
    return request_read(request, check_chain, request);
}

Status chambers_check_submit(Request *request) {
    return show_audit(request, 0, request->prepared);
}
