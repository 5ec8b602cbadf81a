/** Loading, writing and recording documents. */
#include "capabilities/documents/documents_store.h"

#include "base/log.h"
#include "capabilities/chambers/chambers.h"
#include "capabilities/documents/documents.h"
#include "capabilities/documents/documents_witness.h"
#include "html/list.h"

bool documents_may_review(const Actor *actor) {
    return (actor->roles & DOCUMENTS_REVIEW.roles) != 0;
}

Status documents_load(Request *request, DocumentId document, DocumentsRow *ret_document) {
    DocumentsRow row = {0};
    TRY(documents_by_id(request->connection, request->arena, request->chamber.id, document, &row));
    const bool own = row.firm_id.value != 0 && row.firm_id.value == request->actor.firm.value;
    const bool staff = (request->actor.roles & ((unsigned)ROLE_OFFICER | (unsigned)ROLE_ADMINISTRATOR)) != 0;
    const bool handed_in = time_is_set(row.submitted_at); /* a draft that was withdrawn never was */
    if (!own && !(handed_in && staff)) {
        return STATUS_NOT_FOUND;
    }
    *ret_document = row;
    return STATUS_OK;
}

Status documents_type_of(const DocumentsRow *document, const DocumentType **ret_type) {
    const DocumentType *type = document_type(document->type);
    if (type == NULL) {
        return fail(STATUS_UNSUPPORTED, "This installation has no document type \"%.*s\" any more.",
                    TEXT_ARG(document->type));
    }
    *ret_type = type;
    return STATUS_OK;
}

Status documents_values(Arena *arena, const DocumentType *type, Text body, FormValues **ret_values) {
    return form_of_json(arena, &type->form, body, ret_values) == STATUS_OK
               ? STATUS_OK
               : fail(STATUS_CORRUPT, "a stored application cannot be read");
}

static Text column(const FormValues *values, const char *name) {
    return name == NULL ? (Text){NULL, 0} : form_text(values, name);
}

void documents_columns(Arena *arena, const DocumentType *type, const FormValues *values, DocumentColumns *ret_columns) {
    DocumentColumns columns = {
        .body = form_to_json(arena, values),
        .exporter = column(values, type->exporter),
        .consignee = column(values, type->consignee),
        .origin = column(values, type->origin),
        .destination = column(values, type->destination),
        .reference = column(values, type->reference),
    };
    columns.search = search_folded(arena, arena_format(arena, "%.*s %.*s %.*s", TEXT_ARG(columns.exporter),
                                                       TEXT_ARG(columns.consignee), TEXT_ARG(columns.reference)));
    *ret_columns = columns;
}

DocumentActor documents_actor(const Request *request) {
    return (DocumentActor){request->actor.account, request->actor.name};
}

Status documents_create(Connection *connection, Arena *arena, ChamberId chamber, FirmId firm, const DocumentType *type,
                        const FormValues *values, DocumentId replaces, const DocumentActor *actor,
                        DocumentId *ret_document) {
    const DocumentId document = {id_make()};
    DocumentColumns columns = {0};
    documents_columns(arena, type, values, &columns);
    TRY(documents_insert(connection, &(DocumentsInsert){.chamber = chamber,
                                                        .document = document,
                                                        .firm = firm,
                                                        .type = type->name,
                                                        .body = columns.body,
                                                        .exporter = columns.exporter,
                                                        .consignee = columns.consignee,
                                                        .origin = columns.origin,
                                                        .destination = columns.destination,
                                                        .reference = columns.reference,
                                                        .search = columns.search,
                                                        .created = clock_now(),
                                                        .account = actor->account,
                                                        .replaces = replaces}));
    TRY(documents_record(connection, arena, chamber, document, actor, "create", (Text){NULL, 0}));
    *ret_document = document;
    return STATUS_OK;
}

Status documents_record(Connection *connection, Arena *arena, ChamberId chamber, DocumentId document,
                        const DocumentActor *actor, const char *act, Text words) {
    TRY(documents_insert_event(connection, &(DocumentsInsertEvent){.chamber = chamber,
                                                                   .document = document,
                                                                   .event = {id_make()},
                                                                   .now = clock_now(),
                                                                   .account = actor->account,
                                                                   .person = actor->name,
                                                                   .act = text_of(act),
                                                                   .words = words}));
    DocumentsRow row = {0};
    Sha256 witness = {{0}};
    TRY(documents_by_id(connection, arena, chamber, document, &row));
    TRY(documents_witness(connection, arena, chamber, &row, &witness));
    const AuditEvent event = {.chamber = chamber,
                              .account = actor->account,
                              .act = arena_format(arena, "documents.%s", act).data,
                              .subject = document.value,
                              .detail = text_head(words, 500),
                              .witness = sha256_text(&witness)};
    return chambers_audit(connection, arena, &event);
}

Message documents_state_label(Text state) {
    static const struct {
        const char *state;
        Message label;
    } labels[] = {
        {"draft", MESSAGE_INIT("Draft")},         {"submitted", MESSAGE_INIT("Submitted")},
        {"returned", MESSAGE_INIT("Returned")},   {"refused", MESSAGE_INIT("Refused")},
        {"withdrawn", MESSAGE_INIT("Withdrawn")}, {"approved", MESSAGE_INIT("Approved, being issued")},
        {"issued", MESSAGE_INIT("Issued")},       {"replaced", MESSAGE_INIT("Replaced")},
        {"cancelled", MESSAGE_INIT("Cancelled")},
    };
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        if (text_equal(state, text_of(labels[i].state))) {
            return labels[i].label;
        }
    }
    return NO_MESSAGE;
}

DocumentTitles documents_titles(Arena *arena) {
    const DocumentTypes types = document_types();
    DocumentTitles titles = {arena_new_array(arena, DocumentTitle, types.count + 1), types.count};
    for (size_t i = 0; i < types.count; i++) {
        titles.items[i] = (DocumentTitle){types.items[i].name, types.items[i].title};
    }
    return titles;
}

DocumentSeriesList documents_series(Arena *arena) {
    const DocumentTypes types = document_types();
    DocumentSeriesList series = {arena_new_array(arena, DocumentSeries, types.count + 1), 0};
    for (size_t i = 0; i < types.count; i++) {
        bool known = false;
        for (size_t k = 0; k < series.count; k++) {
            known |= text_equal(series.items[k].name, types.items[i].series);
        }
        if (!known) {
            series.items[series.count++] =
                (DocumentSeries){types.items[i].series, types.items[i].numbering, types.items[i].title};
        }
    }
    return series;
}
