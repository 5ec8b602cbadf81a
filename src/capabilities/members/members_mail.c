/** What the mails to a firm's owners say. */
#include "capabilities/members/members_inside.h"
#include "work/outbox.h"

typedef struct MailText {
    Message subject, body;
} MailText;
static const MailText texts[] = {
    [MEMBERS_MAIL_ADMITTED] = {MESSAGE_INIT("{firm} is a member now"),
                               MESSAGE_INIT(
                                   "Dear {name},\n\nThe chamber has admitted {firm}. You can apply for documents "
                                   "now:\n{address}/documents/new\n\n{chamber}\n")},
    [MEMBERS_MAIL_REFUSED] =
        {MESSAGE_INIT("{firm} is not admitted"),
         MESSAGE_INIT("Dear {name},\n\nThe chamber cannot admit {firm}. The reason is:\n\n{words}\n\nYou can correct "
                      "the details and apply again:\n{address}/firm/edit\n\n{chamber}\n")},
    [MEMBERS_MAIL_SUSPENDED] =
        {MESSAGE_INIT("{firm} is suspended"),
         MESSAGE_INIT("Dear {name},\n\nThe chamber has suspended {firm}. It cannot apply for documents at present; "
                      "what was issued stays valid. The reason is:\n\n{words}\n\nYour firm's "
                      "page:\n{address}/firm\n\n{chamber}\n")},
    [MEMBERS_MAIL_READMITTED] = {MESSAGE_INIT("{firm} is a member again"),
                                 MESSAGE_INIT(
                                     "Dear {name},\n\n{firm} is no longer suspended. You can apply for documents "
                                     "again:\n{address}/documents/new\n\n{chamber}\n")},
    [MEMBERS_MAIL_CHANGED] =
        {MESSAGE_INIT("The details of {firm} are changed"),
         MESSAGE_INIT("Dear {name},\n\nThe chamber has agreed to the change of name, numbers or country that you "
                      "asked for. You can see it here:\n{address}/firm\n\n{chamber}\n")},
    [MEMBERS_MAIL_UNCHANGED] =
        {MESSAGE_INIT("The details of {firm} stay as they are"),
         MESSAGE_INIT("Dear {name},\n\nThe chamber cannot agree to the change that you asked for. The reason "
                      "is:\n\n{words}\n\nYour firm's page:\n{address}/firm\n\n{chamber}\n")},
};

static Status write_to(Request *request, const ChamberLetterhead *letterhead, const MembersFirmRow *firm,
                       const Person *person, MembersMail mail, Text words) {
    const Language *asked = language_of_tag(person->language);
    const Language *language = asked == NULL ? language_english() : asked;
    const MessageValue values[] = {{"name", person->name},
                                   {"firm", firm->name},
                                   {"words", words},
                                   {"address", letterhead->public_url},
                                   {"chamber", letterhead->name}};
    const size_t count = sizeof values / sizeof values[0];
    const Mail message = {.from_name = letterhead->mail_name,
                          .from_address = letterhead->mail_address,
                          .to_name = person->name,
                          .to_address = person->email,
                          .subject = message_format(request->arena, language, texts[mail].subject, values, count),
                          .body = message_format(request->arena, language, texts[mail].body, values, count)};
    return outbox_mail(request->connection, request->chamber.id, &message);
}

Status members_mail(Request *request, const MembersFirmRow *firm, MembersMail mail, Text words) {
    ChamberLetterhead letterhead = {0};
    People people = {0};
    TRY(chambers_letterhead(request->connection, request->arena, request->outside, request->chamber.id, &letterhead));
    TRY(accounts_people(request->connection, request->arena, request->chamber.id, firm->firm_id, &people));
    for (size_t i = 0; i < people.count; i++) {
        const Person *person = &people.items[i];
        if ((person->roles & ROLE_FIRM_OWNER) != 0 && !person->disabled) {
            TRY(write_to(request, &letterhead, firm, person, mail, words));
        }
    }
    return STATUS_OK;
}
