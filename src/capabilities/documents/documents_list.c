/** A firm's documents, the officers' queue, the register: pages of them, and all of them as CSV. */
#include "capabilities/documents/documents_list.h"

#include "capabilities/accounts/accounts.h"
#include "capabilities/documents/documents_head.h"
#include "capabilities/documents/documents_issue_progress.h"
#include "documents_views.h"
#include "html/list.h"
#include "http/url.h"

enum { FIRM_LINES = 25, QUEUE_LINES = 50, REGISTER_LINES = 50, CSV_LINES = 10000 };
#define CSV_BYTES ((size_t)32 << 20)

typedef struct ListFilter {
    Text search, state;
    int64_t page;
} ListFilter;
static const Field list_fields[] = {
    FORM_FIELD(ListFilter, search, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Number, consignee or invoice"),
               .limit = 100),
    FORM_FIELD(ListFilter, state, .kind = FIELD_TEXT, .label = MESSAGE_INIT("State"), .limit = 20),
    FORM_FIELD(ListFilter, page, .kind = FIELD_INTEGER, .label = MESSAGE_INIT("Page"), .minimum = 1, .maximum = 100000),
};
const Form documents_list_form = FORM(ListFilter, list_fields);

static const Field queue_fields[] = {
    FORM_FIELD(ListFilter, search, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Firm, consignee or invoice"),
               .limit = 100),
    FORM_FIELD(ListFilter, state, .kind = FIELD_TEXT, .label = MESSAGE_INIT("State"), .limit = 20),
    FORM_FIELD(ListFilter, page, .kind = FIELD_INTEGER, .label = MESSAGE_INIT("Page"), .minimum = 1, .maximum = 100000),
};
const Form documents_queue_form = FORM(ListFilter, queue_fields);

/* One page of a list that is counted, or of its CSV. */
typedef struct Part {
    Text search, pattern, state;
    int64_t page, size, total;
    DocumentsListRows rows;
    const char *address; /**< of the page without filters */
} Part;

static Part part_of(const Request *request, const char *address, int64_t size) {
    const ListFilter *filter = FORM_OF(ListFilter, request);
    return (Part){.search = filter->search,
                  .pattern = search_pattern(request->arena, filter->search),
                  .state = filter->state,
                  .page = filter->page < 1 ? 1 : filter->page,
                  .size = size,
                  .address = address};
}

static Text address_of(Request *request, const char *address, const char *ending) {
    const Text others = url_query_without(request->arena, request->query, TEXT("page"));
    return arena_format(request->arena, "%s%s%s%.*s", address, ending, others.size > 0 ? "?" : "", TEXT_ARG(others));
}

static DocumentsListPage *page_of(Request *request, const Part *part) {
    DocumentsListPage *page = arena_new(request->arena, DocumentsListPage);
    page->search = part->search;
    page->lines = documents_lines(request, &part->rows);
    page->filtered = part->search.size > 0;
    page->paging = (Paging){.address = address_of(request, part->address, ""),
                            .page = part->page,
                            .size = part->size,
                            .total = part->total};
    page->csv = address_of(request, part->address, ".csv");
    return page;
}

/** Says where the rest of a CSV file is, when it does not hold all (RFC 8288). */
static void link_next(Request *request, Text address) {
    answer_header(request, "Link", arena_format(request->arena, "<%.*s>; rel=\"next\"", TEXT_ARG(address)));
}

static Status answer_csv(Request *request, const Buffer *buffer, const char *name) {
    Text bytes = {NULL, 0};
    TRY(buffer_take(buffer, &bytes));
    return answer_bytes(request, CSV_MEDIA_TYPE, text_of(name), bytes);
}

static Text moment(Arena *arena, Time time) {
    return time_is_set(time) ? time_rfc3339(arena, time) : (Text){NULL, 0};
}

static Text id_text(Arena *arena, DocumentId document) {
    char id[ID_TEXT_SIZE + 1];
    id_write(document.value, id);
    return arena_copy(arena, text_of(id));
}

static Status list_csv(Request *request, const Part *part, const char *name) {
    Arena *arena = request->arena;
    Buffer buffer = buffer_make(arena, CSV_BYTES);
    csv_begin(&buffer);
    CSV_LINE(&buffer, TEXT("id"), TEXT("type"), TEXT("state"), TEXT("number"), TEXT("exporter"), TEXT("consignee"),
             TEXT("destination"), TEXT("reference"), TEXT("changed"), TEXT("submitted"), TEXT("issued"));
    for (size_t i = 0; i < part->rows.count; i++) {
        const DocumentsListRow *row = &part->rows.items[i];
        CSV_LINE(&buffer, id_text(arena, row->document_id), row->type, row->state, row->number, row->exporter_name,
                 row->consignee_name, row->destination_country, row->reference, moment(arena, row->changed_at),
                 moment(arena, row->submitted_at), moment(arena, row->issued_at));
    }
    if (part->total > part->page * part->size) {
        const Text address = address_of(request, part->address, ".csv");
        link_next(request,
                  arena_format(arena, "%.*s%spage=%lld", TEXT_ARG(address),
                               text_find(address, TEXT("?"), &(size_t){0}) ? "&" : "?", (long long)part->page + 1));
    }
    return answer_csv(request, &buffer, name);
}

/* A firm's own. */

static Status find_of_firm(Request *request, Part *part) {
    DocumentsCountOfFirmRow count = {0};
    TRY(documents_of_firm(request->connection, request->arena,
                          &(DocumentsOfFirm){.chamber = request->chamber.id,
                                             .firm = request->actor.firm,
                                             .state = part->state,
                                             .search = part->pattern,
                                             .limit = part->size,
                                             .skip = (part->page - 1) * part->size},
                          &part->rows));
    TRY(documents_count_of_firm(
        request->connection, request->arena,
        &(DocumentsCountOfFirm){
            .chamber = request->chamber.id, .firm = request->actor.firm, .state = part->state, .search = part->pattern},
        &count));
    part->total = count.total;
    return STATUS_OK;
}

Status documents_list_show(Request *request) {
    Part part = part_of(request, "/documents", FIRM_LINES);
    TRY(find_of_firm(request, &part));
    DocumentsListPage *page = page_of(request, &part);
    page->states = documents_states(request->arena, part.state);
    page->filtered |= part.state.size > 0;
    return show(request, documents_list_view(page));
}

Status documents_list_csv_show(Request *request) {
    Part part = part_of(request, "/documents", CSV_LINES);
    TRY(find_of_firm(request, &part));
    return list_csv(request, &part, "documents.csv");
}

/* The queue. */

static Status count_of(Request *request, Text state, Text search, int64_t *ret_count) {
    DocumentsCountQueueRow row = {0};
    TRY(documents_count_queue(request->connection, request->arena, request->chamber.id, state, search, &row));
    *ret_count = row.total;
    return STATUS_OK;
}

/** Who works on what: names of the officers whose locks hold. */
static Status name_locks(Request *request, const DocumentsListRows *rows, DocumentsLineList *lines) {
    People staff = {0};
    TRY(accounts_people(request->connection, request->arena, request->chamber.id, (FirmId){0}, &staff));
    for (size_t i = 0; i < rows->count; i++) {
        for (size_t k = 0; k < staff.count && lines->items[i].locked; k++) {
            if (staff.items[k].account.value == rows->items[i].locked_by.value) {
                lines->items[i].locked_name = staff.items[k].name;
            }
        }
    }
    return STATUS_OK;
}

static Status find_queue(Request *request, Part *part) {
    part->state = part->state.size == 0 ? TEXT("submitted") : part->state;
    TRY(documents_queue(request->connection, request->arena,
                        &(DocumentsQueue){.chamber = request->chamber.id,
                                          .state = part->state,
                                          .search = part->pattern,
                                          .limit = part->size,
                                          .skip = (part->page - 1) * part->size},
                        &part->rows));
    return count_of(request, part->state, part->pattern, &part->total);
}

Status documents_queue_show(Request *request) {
    Part part = part_of(request, "/review", QUEUE_LINES);
    const Text all = {NULL, 0};
    TRY(find_queue(request, &part));
    DocumentsListPage *page = page_of(request, &part);
    page->states = documents_handed_in_states(request->arena, part.state);
    TRY(name_locks(request, &part.rows, &page->lines));
    TRY(count_of(request, TEXT("submitted"), all, &page->waiting));
    TRY(count_of(request, TEXT("approved"), all, &page->issuing));
    TRY(documents_show_outages(request, &page->outages));
    TRY(chambers_warnings(request->connection, request->arena, request->chamber.id, &page->warnings));
    return show(request, documents_queue_view(page));
}

Status documents_queue_csv_show(Request *request) {
    Part part = part_of(request, "/review", CSV_LINES);
    TRY(find_queue(request, &part));
    return list_csv(request, &part, "queue.csv");
}

/* The register: paged by the last line of the page before, so that its last page costs no more than its first. */

typedef struct RegisterFilter {
    Text search, after;
    int64_t before;
} RegisterFilter;
static const Field register_fields[] = {
    FORM_FIELD(RegisterFilter, search, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Number, firm, consignee or invoice"),
               .limit = 100),
    FORM_FIELD(RegisterFilter, before, .kind = FIELD_INTEGER, .label = MESSAGE_INIT("Before"), .minimum = 0,
               .maximum = INT64_MAX),
    FORM_FIELD(RegisterFilter, after, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Before"), .limit = ID_TEXT_SIZE),
};
const Form documents_register_form = FORM(RegisterFilter, register_fields);

/** At most `limit` rows behind the place that the address names; `ret_more` is the address of what follows, if any. */
static Status find_register(Request *request, const char *address, int64_t limit, DocumentsRegisterRows *ret_rows,
                            Text *ret_more) {
    const RegisterFilter *filter = FORM_OF(RegisterFilter, request);
    const Time before = {filter->before > 0 ? filter->before : INT64_MAX};
    DocumentsRegisterRows rows = {0};
    DocumentId behind = {INT64_MAX};
    if (filter->after.size > 0 && id_read(filter->after, &behind.value) != STATUS_OK) {
        return refuse(request, STATUS_NOT_FOUND, NO_MESSAGE);
    }
    TRY(documents_register(request->connection, request->arena,
                           &(DocumentsRegister){.chamber = request->chamber.id,
                                                .before = before,
                                                .behind = behind,
                                                .search = search_pattern(request->arena, filter->search),
                                                .limit = limit + 1},
                           &rows));
    if (rows.count > (size_t)limit) {
        const DocumentsRegisterRow *last = &rows.items[limit - 1];
        const Text place = url_query_without(request->arena, request->query, TEXT("before"));
        const Text others = url_query_without(request->arena, place, TEXT("after"));
        *ret_more = arena_format(request->arena, "%s?%.*s%sbefore=%lld&after=%.*s", address, TEXT_ARG(others),
                                 others.size > 0 ? "&" : "", (long long)last->issued_at.microseconds,
                                 TEXT_ARG(id_text(request->arena, last->document_id)));
        rows.count = (size_t)limit;
    }
    *ret_rows = rows;
    return STATUS_OK;
}

Status documents_register_show(Request *request) {
    DocumentsRegisterRows rows = {0};
    DocumentsRegisterPage *page = arena_new(request->arena, DocumentsRegisterPage);
    TRY(find_register(request, "/register", REGISTER_LINES, &rows, &page->older));
    page->search = FORM_OF(RegisterFilter, request)->search;
    page->csv = address_of(request, "/register", ".csv");
    page->lines.items = arena_new_array(request->arena, DocumentsRegisterLine, rows.count + 1);
    page->lines.count = rows.count;
    for (size_t i = 0; i < rows.count; i++) {
        const DocumentsRegisterRow *row = &rows.items[i];
        const DocumentType *type = document_type(row->type);
        page->lines.items[i] = (DocumentsRegisterLine){.id = row->document_id,
                                                       .type = type == NULL ? NO_MESSAGE : type->title,
                                                       .type_name = row->type,
                                                       .state = row->state,
                                                       .state_label = documents_state_label(row->state),
                                                       .number = row->number,
                                                       .exporter = row->exporter_name,
                                                       .consignee = row->consignee_name,
                                                       .origin = row->origin_country,
                                                       .destination = row->destination_country,
                                                       .officer = row->officer_name,
                                                       .issued = row->issued_at};
    }
    return show(request, documents_register_view(page));
}

Status documents_register_csv_show(Request *request) {
    Arena *arena = request->arena;
    DocumentsRegisterRows rows = {0};
    Text more = {NULL, 0};
    TRY(find_register(request, "/register.csv", CSV_LINES, &rows, &more));
    Buffer buffer = buffer_make(arena, CSV_BYTES);
    csv_begin(&buffer);
    CSV_LINE(&buffer, TEXT("id"), TEXT("number"), TEXT("type"), TEXT("state"), TEXT("exporter"), TEXT("consignee"),
             TEXT("origin"), TEXT("destination"), TEXT("reference"), TEXT("officer"), TEXT("issued"));
    for (size_t i = 0; i < rows.count; i++) {
        const DocumentsRegisterRow *row = &rows.items[i];
        CSV_LINE(&buffer, id_text(arena, row->document_id), row->number, row->type, row->state, row->exporter_name,
                 row->consignee_name, row->origin_country, row->destination_country, row->reference, row->officer_name,
                 moment(arena, row->issued_at));
    }
    if (more.size > 0) {
        link_next(request, more);
    }
    return answer_csv(request, &buffer, "register.csv");
}
