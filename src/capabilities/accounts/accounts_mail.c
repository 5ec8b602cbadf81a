/** What the mails of accounts say. */
#include "capabilities/accounts/accounts_inside.h"
#include "capabilities/chambers/chambers.h"
#include "work/outbox.h"

typedef struct MailText {
    Message subject, body;
} MailText;

/* Mails to addresses that nobody has confirmed carry no word that a stranger typed, so that they cannot serve to send
 * somebody else's advertisement. */
static const MailText texts[] = {
    [MAIL_SIGN_UP] = {MESSAGE_INIT("Confirm your e-mail address"),
                      MESSAGE_INIT(
                          "Good day,\n\nSomebody, we hope you, signed up at {chamber} with this e-mail address. "
                          "To confirm it, open this page within 24 hours and press the button:\n{address}\n\n"
                          "If it was not you, do nothing: without your confirmation there is no "
                          "account.\n\n{chamber}\n")},
    [MAIL_SIGN_UP_KNOWN] = {MESSAGE_INIT("You already have an account"),
                            MESSAGE_INIT("Dear {name},\n\nSomebody, we hope you, signed up at {chamber} with this "
                                         "e-mail address. You have an account already; nothing was changed.\n\nSign in "
                                         "here, or choose a new password if you forgot yours:\n{address}\n\nIf it was "
                                         "not you, you need not do anything.\n\n{chamber}\n")},
    [MAIL_RESET] = {MESSAGE_INIT("Choose a new password"),
                    MESSAGE_INIT("Dear {name},\n\nYou asked for a new password at {chamber}. Open this page within "
                                 "one hour and choose it:\n{address}\n\nIf you did not ask for it, do nothing: your "
                                 "password stays as it is.\n\n{chamber}\n")},
    [MAIL_RESET_UNKNOWN] = {MESSAGE_INIT("There is no account with this address"),
                            MESSAGE_INIT(
                                "Good day,\n\nSomebody, we hope you, asked for a new password at {chamber}. "
                                "There is no account with this e-mail address. You may have signed up with "
                                "another one.\n\nTo create an account, open this page:\n{address}\n\nIf it was "
                                "not you, you need not do anything.\n\n{chamber}\n")},
    [MAIL_PASSWORD_CHANGED] = {MESSAGE_INIT("Your password was changed"),
                               MESSAGE_INIT("Dear {name},\n\nThe password of your account at {chamber} was changed, "
                                            "and all other devices were signed out.\n\nIf it was not you, choose a new "
                                            "password at once and check your API tokens:\n{address}\n\n"
                                            "{chamber}\n")},
    [MAIL_INVITATION_FIRM] = {MESSAGE_INIT("Invitation to work for {firm}"),
                              MESSAGE_INIT("Good day,\n\n{inviter} invites you to work for {firm} at {chamber}. Your "
                                           "role: {role}.\n\nOpen this page within seven days to accept:\n{address}\n\n"
                                           "If you do not know who that is, do nothing.\n\n{chamber}\n")},
    [MAIL_INVITATION_CHAMBER] = {MESSAGE_INIT("Invitation to the staff of {chamber}"),
                                 MESSAGE_INIT(
                                     "Good day,\n\n{inviter} invites you to the staff of {chamber}. Your role: "
                                     "{role}.\n\nOpen this page within seven days to accept:\n{address}\n\n"
                                     "If you do not know who that is, do nothing.\n\n{chamber}\n")},
};

Status accounts_mail(Request *request, AccountsMail mail, const AccountsMailTo *to) {
    Arena *arena = request->arena;
    ChamberLetterhead letterhead;
    TRY(chambers_letterhead(request->connection, arena, request->outside, request->chamber.id, &letterhead));
    const Language *spoken = language_of_tag(to->language);
    const Language *language = spoken != NULL ? spoken : language_english();
    /* The chamber's own address, not the Host header: a stranger who forges that would send our links elsewhere. */
    const Text home = letterhead.public_url.size > 0 ? letterhead.public_url : request->public_url;
    const MessageValue values[] = {
        {"name", to->name},
        {"chamber", letterhead.name},
        {"address", arena_format(arena, "%.*s%.*s", TEXT_ARG(home), TEXT_ARG(to->path))},
        {"firm", to->firm},
        {"role", to->role},
        {"inviter", request->actor.name},
    };
    const size_t count = sizeof(values) / sizeof(values[0]);
    const Mail message = {.from_name = letterhead.mail_name,
                          .from_address = letterhead.mail_address,
                          .to_name = to->name,
                          .to_address = to->email,
                          .subject = message_format(arena, language, texts[mail].subject, values, count),
                          .body = message_format(arena, language, texts[mail].body, values, count)};
    return outbox_mail(request->connection, request->chamber.id, &message);
}
