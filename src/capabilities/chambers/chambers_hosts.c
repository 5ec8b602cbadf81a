/** Settings: the host names that stand for a chamber. */
#include "capabilities/chambers/chambers_key.h"
#include "capabilities/chambers/chambers_settings.h"
#include "http/url.h"

enum { HOSTS = 20 };

typedef struct ChamberHostForm {
    Text host;
} ChamberHostForm;
static const Field host_fields[] = {
    FORM_FIELD(ChamberHostForm, host, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Host name"),
               .hint = MESSAGE_INIT("For example documents.chamber.example. Its DNS entry must point to this server."),
               .missing = MESSAGE_INIT("Enter a host name"), .required = true, .limit = 253),
};
const Form chambers_host_form = FORM(ChamberHostForm, host_fields);

static Status written(Request *request, const char *what, Text host) {
    Buffer words = buffer_make(request->arena, 400);
    buffer_format(&words, "%s %.*s", what, TEXT_ARG(host));
    TRY(chambers_settings_audit(request, "chambers.hosts", &words));
    request_after_commit(request, chambers_forget);
    notice(request, MESSAGE("Saved."));
    return redirect(request, "/chamber");
}

Status chambers_host_submit(Request *request) {
    const ChamberHostForm *form = FORM_OF(ChamberHostForm, request);
    ChambersHostsRows rows = {0};
    Text host = {NULL, 0}, port = {NULL, 0};
    if (url_read_host(request->arena, form->host, &host, &port) != STATUS_OK || port.size > 0) {
        return refuse_field(
            request, "host",
            MESSAGE("Enter a host name alone, such as documents.chamber.example, without https:// or port"));
    }
    TRY(chambers_hosts(request->connection, request->arena, request->chamber.id, &rows));
    if (rows.count >= HOSTS) {
        return refuse_field(request, "host", MESSAGE("Twenty host names are enough. Remove one first"));
    }
    const Status status = chambers_insert_host(request->connection, request->chamber.id, host);
    if (status == STATUS_CONFLICT) {
        return refuse_field(request, "host", MESSAGE("This host name already belongs to a chamber"));
    }
    TRY(status);
    return written(request, "added", host);
}

Status chambers_host_remove_submit(Request *request) {
    const Text host = request_path_text(request, "host");
    int64_t changed = 0;
    if (text_equal(host, request->host)) {
        return refuse(request, STATUS_CONFLICT,
                      MESSAGE("You are using this host name right now. Open the site by another one, then remove it."));
    }
    TRY(chambers_remove_host(request->connection, request->chamber.id, host, &changed));
    return changed == 1 ? written(request, "removed", host) : STATUS_NOT_FOUND;
}
