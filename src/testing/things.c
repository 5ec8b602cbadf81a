/** Makes one firm's things by the acts of pages and of the demonstration. */
#include "testing/things.h"

#include "capabilities/documents/documents.h"

static const char values[] =
    "{\"consignor_name\":\"Vardar Vino DOO\",\"consignor_address\":\"Lozarska 12\",\"consignor_country\":\"MK\","
    "\"consignee_name\":\"%s\",\"consignee_address\":\"Hafen 1\",\"destination_country\":\"DE\",\"origin_country\":"
    "\"MK\",\"transport_details\":\"By %s\",\"invoice_number\":\"17\",\"invoice_date\":\"2024-05-06\",\"remarks\":"
    "\"%s\",\"lines\":[{\"description\":\"Wine\",\"marks\":\"%s\",\"quantity\":\"10\",\"unit\":\"LTR\"}]}";

int64_t things_account(const Site *site, const char *email) {
    return site_number(site, "SELECT account_id AS number FROM accounts_account WHERE email = '%s'", email);
}

static Target make_target(const Site *site, const char *state, const char *word) {
    const bool issued = text_equal(text_of(state), TEXT("issued")); /* its consignee is attested to strangers */
    const DocumentExample example = {
        .type = TEXT("certificate-of-origin"),
        .values = arena_format(site->arena, values, issued ? "Wein GmbH" : word, word, word, word),
        .state = text_of(state),
        .reason = arena_format(site->arena, "Not %s", word),
        .remark_field = TEXT("remarks"),
        .firm = site->world->vino,
        .applicant = {things_account(site, "owner@vino.example")},
        .officer = {things_account(site, "officer@test.example")},
        .applicant_name = TEXT("Ana Stojanova"),
        .officer_name = TEXT("Elena Petrovska"),
        .submitted = clock_now()}; /* from when on the seal has its certificates */
    CHECK_OK(documents_make_example(site->database, site->world->outside, site->arena, site->world->chamber, &example));
    clock_set((Time){0});
    Target target = {.state = state, .handed_in = !text_equal(text_of(word), TEXT("Dragonfruit"))};
    const char *where = arena_format(site->arena, "FROM documents_document WHERE state = '%s'", state).data;
    target.document = site_number(site, "SELECT document_id AS number %s", where);
    target.number = issued ? site_text(site, "SELECT number AS text %s", where) : TEXT("17");
    target.code = issued ? site_text(site, "SELECT code AS text %s", where) : TEXT("7KQ2-9XMD-4CRA");
    target.attachment =
        site_number(site, "SELECT attachment_id AS number FROM documents_attachment WHERE document_id = %lld",
                    (long long)target.document);
    site_sql(site, arena_format(site->arena, "UPDATE documents_attachment SET name = '%s.pdf' WHERE document_id = %lld",
                                word, (long long)target.document));
    return target;
}

static Text id_text(Arena *arena, int64_t id) {
    char text[ID_TEXT_SIZE + 1];
    id_write(id, text);
    return arena_copy(arena, text_of(text));
}

Text things_fill(const Things *things, Arena *arena, const Target *target, Text pattern) {
    const bool of_staff = text_starts_with(pattern, TEXT("/chamber"));
    const struct {
        const char *name;
        Text value;
    } names[] = {
        {"{document}", id_text(arena, target->document)},
        {"{attachment}", id_text(arena, target->attachment)},
        {"{firm}", id_text(arena, things->site->world->vino.value)},
        {"{person}", id_text(arena, of_staff ? things->staff_person : things->person)},
        {"{session}", id_text(arena, things->session)},
        {"{token}", id_text(arena, things->token)},
        {"{invitation}", id_text(arena, of_staff ? things->staff_invitation : things->invitation)},
        {"{subject}", id_text(arena, things->job)},
        {"{mail}", id_text(arena, things->mail)},
        {"{kind:text}", things->job_kind},
        {"{host:text}", TEXT("127.0.0.1")},
        {"{anchor:text}", TEXT("nobody-knows-this")},
        {"{version:text}", TEXT("nobody-knows-this")},
        {"{hash:text}", TEXT("nobody-knows-this")},
        {"{list:text}", TEXT("root.crl")},
        {"{certificate:text}", TEXT("root.cer")},
        {"{request:rest}", TEXT("AAAA")},
        {"{token:text}", TEXT("nobody-knows-this-secret")},
        {"{number:text}", target->number},
        {"{code:text}", target->code},
    };
    Buffer filled = buffer_make(arena, 4000);
    for (Text rest = pattern; rest.size > 0;) {
        size_t at = 0, end = 0, name = 0;
        if (!text_find(rest, TEXT("{"), &at) || !text_find(rest, TEXT("}"), &end)) {
            buffer_append(&filled, rest);
            break;
        }
        const Text hole = text_slice(rest, at, end + 1);
        while (name < sizeof names / sizeof names[0] && !text_equal(hole, text_of(names[name].name))) {
            name++;
        }
        if (name == sizeof names / sizeof names[0]) {
            test_fail(__FILE__, __LINE__, "%.*s: add what stands for %.*s to `names` in things_fill()",
                      TEXT_ARG(pattern), TEXT_ARG(hole));
        }
        buffer_append(&filled, text_slice(rest, 0, at));
        buffer_append(&filled, names[name].value);
        rest = text_slice(rest, end + 1, rest.size);
    }
    return arena_copy(arena, (Text){filled.data, filled.size});
}

Things *things_make(const Site *site) {
    Things *things = arena_new(site->arena, Things);
    things->site = site;
    HttpClient owner = site_person(site, "owner@vino.example", NULL);
    const Text token = site_form_token(&owner);
    Target *withdrawn = &things->targets[TARGET_WITHDRAWN];
    *withdrawn = make_target(site, "draft", "Dragonfruit");
    withdrawn->state = "withdrawn as a draft";
    CHECK_INT(site_send(&owner, things_fill(things, site->arena, withdrawn, TEXT("/documents/{document}/withdraw")),
                        token, "reason=Not+now")
                  .code,
              303);
    things->targets[TARGET_DRAFT] = make_target(site, "draft", "Dragonfruit");
    things->targets[TARGET_SUBMITTED] = make_target(site, "submitted", "Starfruit");
    things->targets[TARGET_RETURNED] = make_target(site, "returned", "Starfruit");
    things->targets[TARGET_ISSUED] = make_target(site, "issued", "Starfruit");
    CHECK_INT(site_send(&owner, TEXT("/firm/invite"), token, "email=guest%40vino.example&role=applicant").code, 303);
    things->person = things_account(site, "applicant@vino.example");
    things->staff_person = things_account(site, "officer2@test.example");
    things->invitation = site_number(site, "SELECT invitation_id AS number FROM accounts_invitation");
    HttpClient administrator = site_person(site, "admin@test.example", NULL);
    CHECK_INT(site_send(&administrator, TEXT("/chamber/staff/invite"), site_form_token(&administrator),
                        "email=guest%40test.example&role=officer")
                  .code,
              303);
    const char *jobs = "FROM work_job WHERE chamber_id = (SELECT chamber_id FROM chambers_chamber WHERE code = 'TST') "
                       "AND kind <> 'work.mail'";
    things->staff_invitation = site_number(site, "SELECT max(invitation_id) AS number FROM accounts_invitation");
    things->mail = site_number(site, "SELECT max(mail_id) AS number FROM work_mail");
    things->job = site_number(site, "SELECT max(subject) AS number %s", jobs);
    things->job_kind = site_text(site, "SELECT max(kind) AS text %s", jobs);
    site_sql(site, TEXT("UPDATE members_firm SET street = 'Pomegranate 7' WHERE name = 'Vardar Vino DOO'"));
    return things;
}
