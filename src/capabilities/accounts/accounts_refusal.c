/** Which passwords are refused: short ones, those that everybody tries first, and those that stand on the door. */
#include <unicode/ucasemap.h>

#include "capabilities/accounts/accounts_password.h"

/* Of eight letters and more, since shorter ones are refused anyway; in lower case, sorted by bytes for the search. */
static const char *const common[] = {
    "00000000",     "000000000",         "0000000000",    "01012000",       "01234567",     "012345678",
    "0123456789",   "0987654321",        "11111111",      "111111111",      "1111111111",   "11223344",
    "1122334455",   "112233445566",      "12121212",      "121212121",      "123123123",    "123321123",
    "12341234",     "12344321",          "1234512345",    "123454321",      "12345678",     "123456789",
    "1234567890",   "123456789a",        "123456789q",    "12345678a",      "1234567a",     "123456ab",
    "123456abc",    "123456qwerty",      "12345abc",      "12345qwert",     "1234abcd",     "1234qwer",
    "123abc123",    "123qwe123",         "123qweasd",     "19701970",       "19801980",     "19901990",
    "1a2b3c4d",     "1q2w3e4r",          "1q2w3e4r5t",    "1q2w3e4r5t6y",   "1qaz2wsx",     "1qaz2wsx3edc",
    "1qazxsw2",     "20002000",          "20202020",      "20242024",       "20252025",     "20262026",
    "22222222",     "31121999",          "33333333",      "44444444",       "5201314520",   "55555555",
    "66666666",     "77777777",          "87654321",      "88888888",       "987654321",    "99999999",
    "a1234567",     "a12345678",         "a123456789",    "a1b2c3d4",       "a1b2c3d4e5",   "aa123456",
    "aaaaaaaa",     "aaaaaaaaaa",        "abc12345",      "abc123456",      "abc123abc",    "abcabcabc",
    "abcd1234",     "abcd12345",         "abcdabcd",      "abcdefgh",       "abcdefghi",    "access123",
    "access14",     "admin123",          "admin1234",     "admin12345",     "admin123456",  "admin@123",
    "adminadmin",   "administrador",     "administrator", "administrator1", "alejandra",    "alejandro",
    "aleksandar",   "aleksandra",        "alexander",     "alexander1",     "alexandra",    "alianzalima",
    "arsenal1",     "arsenal123",        "asd123asd",     "asdasdasd",      "asdf1234",     "asdfasdf",
    "asdfghjk",     "asdfghjkl",         "asdfqwer",      "ashley12",       "autumn2024",   "autumn2025",
    "autumn2026",   "azerty123",         "azertyuiop",    "barcelona",      "barcelona1",   "baseball",
    "baseball1",    "basketball",        "batman123",     "benjamin",       "benjamin1",    "beograd1",
    "beograd123",   "besiktas",          "business",      "business1",      "business123",  "butterfly",
    "certificate",  "certificate1",      "chamber1",      "chamber123",     "chamber2024",  "chamber2025",
    "chamber2026",  "chamberofcommerce", "changeit",      "changeme",       "changeme1",    "changeme123",
    "charlie1",     "charlie123",        "cheese12",      "chelsea1",       "chelsea123",   "chevrolet",
    "chocolate",    "chocolate1",        "christian",     "christine",      "commerce",     "commerce1",
    "commerce123",  "company1",          "company123",    "computer",       "computer1",    "contrasena",
    "contrasena1",  "contraseña",        "contraseña1",   "corvette",       "cowboys1",     "creative",
    "cristal123",   "crystal1",          "cupcake1",      "daniel12",       "daniel123",    "december",
    "december1",    "default1",          "default123",    "demo1234",       "demodemo",     "diamond1",
    "document",     "document1",         "documents",     "dolphin1",       "dolphins",     "dragon12",
    "dragon123",    "elephant",          "elizabeth",     "estrella",       "estrella1",    "example1",
    "example123",   "export123",         "exporter",      "exporter1",      "facebook",     "facebook1",
    "february",     "fenerbahce",        "fernando",      "ferrari1",       "fjalekalim",   "football",
    "football1",    "football123",       "fortnite",      "gabriela",       "galatasaray",  "gladiator",
    "google123",    "guest123",          "guest1234",     "harare123",      "harley123",    "hercules",
    "ilovegod",     "iloveme1",          "iloveyou",      "iloveyou1",      "iloveyou123",  "iloveyou2",
    "instagram",    "internet",          "internet1",     "internet123",    "ironman123",   "isabella",
    "istanbul",     "istanbul1",         "istanbul34",    "january1",       "jennifer",     "jennifer1",
    "jessica1",     "jonathan",          "juventus",      "juventus1",      "keyboard",     "lakers123",
    "letmein!",     "letmein1",          "letmein123",    "linkedin",       "liverpool",    "liverpool1",
    "login123",     "loginlogin",        "love1234",      "lovelove",       "loveyou1",     "loveyou123",
    "lozinka1",     "lozinka123",        "lozinka1234",   "macedonia",      "macedonia1",   "makedonija",
    "makedonija1",  "makedonija123",     "manager1",      "manager123",     "manchester",   "margarita",
    "master123",    "mastermaster",      "maverick",      "mercedes",       "mercedes1",    "mexico123",
    "michael1",     "michael123",        "michelle",      "michelle1",      "microsoft",    "midnight",
    "midnight1",    "minecraft",         "mohammed",      "mohammed1",      "monkey12",     "monkey123",
    "muhammad",     "mustang1",          "mylove123",     "mypassword",     "newpassword",  "nicholas",
    "november",     "november1",         "office123",     "office365",      "p@ssw0rd",     "p@ssword",
    "pa55word",     "passw0rd",          "passwd123",     "password",       "password!",    "password01",
    "password1",    "password1!",        "password12",    "password123",    "password1234", "password12345",
    "password2023", "password2024",      "password2025",  "password2026",   "passwort",     "passwort1",
    "patricia",     "patriots",          "peru1234",      "phoenix1",       "platinum",     "pokemon1",
    "pokemon123",   "porsche1",          "princess",      "princess1",      "princess123",  "q12345678",
    "q1w2e3r4",     "q1w2e3r4t5",        "qazwsx123",     "qazwsxedc",      "qazwsxedcrfv", "qq123456",
    "qwe123qwe",    "qweasd123",         "qweasdzxc",     "qweqweqwe",      "qwerqwer",     "qwerty12",
    "qwerty123",    "qwerty1234",        "qwerty12345",   "qwerty123456",   "qwertyui",     "qwertyuiop",
    "qwertz123",    "qwertzuiop",        "rainbow1",      "rainbow123",     "realmadrid",   "roblox123",
    "root1234",     "rootroot",          "samantha",      "samantha1",      "sample123",    "samsung1",
    "samsung123",   "sebastian",         "secret12",      "secret123",      "security",     "security1",
    "september",    "september1",        "service1",      "shadow12",       "shadow123",    "sifre123",
    "sifre1234",    "skopje123",         "skopje1234",    "snowball",       "snowflake",    "spiderman",
    "spring2024",   "spring2025",        "spring2026",    "srbija123",      "starwars",     "starwars1",
    "steelers",     "stephanie",         "strawberry",    "summer2023",     "summer2024",   "summer2025",
    "summer2026",   "sunshine",          "sunshine1",     "sunshine123",    "superman",     "superman1",
    "superman123",  "support1",          "support123",    "taipei101",      "taiwan123",    "teamo123",
    "teamomucho",   "temp1234",          "temporary",     "tequiero",       "tequiero1",    "test1234",
    "test12345",    "tester123",         "testing1",      "testing123",     "testtest",     "tigger12",
    "tirana123",    "topsecret",         "trade123",      "tradepost",      "tradepost1",   "tradepost123",
    "trustno1",     "turkiye1",          "twitter1",      "universitario",  "user1234",     "user12345",
    "username",     "username1",         "vardar123",     "victoria",       "victoria1",    "volleyball",
    "welcome!",     "welcome1",          "welcome12",     "welcome123",     "welcome1234",  "welcome2023",
    "welcome2024",  "welcome2025",       "welcome2026",   "whatever",       "whatever1",    "whatsapp",
    "windows1",     "windows10",         "winter2023",    "winter2024",     "winter2025",   "winter2026",
    "woaini123",    "woaini1314",        "woaini520",     "yamaha123",      "yankees1",     "yourpassword",
    "zaq12wsx",     "zaq1zaq1",          "zimbabwe",      "zimbabwe1",      "zxcvbnm,",     "zxcvbnm1",
    "zxcvbnm123",   "zxczxczxc",         "zz123456",
};

/* Folded for comparison: letters in one case, whatever the script. */
static Text folded(Arena *arena, Text text) {
    UErrorCode error = U_ZERO_ERROR;
    UCaseMap *map = ucasemap_open("", U_FOLD_CASE_DEFAULT, &error);
    if (U_FAILURE(error)) {
        return text;
    }
    const size_t room = text.size * 3 + 1; /* folding makes no UTF-8 text longer than that */
    char *letters = arena_allocate(arena, room);
    const int32_t size =
        ucasemap_utf8FoldCase(map, letters, (int32_t)room, text.size > 0 ? text.data : "", (int32_t)text.size, &error);
    ucasemap_close(map);
    return U_FAILURE(error) ? text : (Text){letters, (size_t)size};
}

bool accounts_password_is_common(Arena *arena, Text password) {
    const Text key = folded(arena, password);
    size_t from = 0, to = sizeof(common) / sizeof(common[0]);
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        const int order = text_compare(key, text_of(common[middle]));
        if (order == 0) {
            return true;
        }
        if (order < 0) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    return false;
}

/* One letter many times over. */
static bool is_one_letter(Text password) {
    Text rest = password;
    const uint32_t first = text_next_code_point(&rest);
    while (rest.size > 0) {
        if (text_next_code_point(&rest) != first) {
            return false;
        }
    }
    return true;
}

Message accounts_password_refusal(Arena *arena, Text password, const PasswordContext *context) {
    Text rest = context->email;
    const Text local_part = text_cut(&rest, '@');
    const Text words[] = {context->email, local_part, context->name, context->chamber};
    const size_t length = text_length(password);
    if (length < PASSWORD_SHORTEST) {
        return MESSAGE("The password must have at least 8 characters");
    }
    if (length > PASSWORD_LONGEST) {
        return MESSAGE("The password may have at most 200 characters");
    }
    const Text key = folded(arena, password);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (text_equal(key, folded(arena, words[i]))) {
            return MESSAGE("The password must not be your name, your e-mail address or the name of the chamber");
        }
    }
    if (is_one_letter(password) || accounts_password_is_common(arena, password)) {
        return MESSAGE("This is one of the passwords that strangers try first. Choose another one");
    }
    return NO_MESSAGE;
}
