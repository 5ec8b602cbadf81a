/** Forms: one table of fields says name, words, limits and kind; pages draw it, requests (HTML and JSON) are read by
 * it. */
#ifndef TRADEPOST_HTML_FORM_H
#define TRADEPOST_HTML_FORM_H

#include "base/arena.h"
#include "base/clock.h"
#include "html/message.h"

typedef struct Form Form;
typedef struct FormValues FormValues;

/** What a field holds, how it is drawn and read, and the C type in the bound struct. */
typedef enum FieldKind {
    FIELD_TEXT,      /**< one line; Text */
    FIELD_LONG_TEXT, /**< several lines, CRLF becomes LF; Text */
    FIELD_EMAIL,     /**< one address (RFC 5321 Mailbox without quoted local part), domain lower-cased; Text */
    FIELD_PASSWORD,  /**< never shown again; Text */
    FIELD_INTEGER,   /**< between `minimum` and `maximum`; int64_t */
    FIELD_DECIMAL,   /**< "12.5": at most 12 digits before and 6 behind the point, comma taken as point; normalised Text
                      */
    FIELD_DATE,      /**< ISO 8601 date; Time */
    FIELD_CHOICE,    /**< one of `options`; Text */
    FIELD_CHECK,     /**< a tick; bool */
    FIELD_COUNTRY,   /**< ISO 3166-1 alpha-2, upper case, existing; Text */
    FIELD_HS_CODE,   /**< 4, 6, 8 or 10 digits, dots and blanks dropped; Text */
    FIELD_UNIT,      /**< UNECE Rec 20 code; Text */
    FIELD_FILE,      /**< an upload of at most `limit` bytes; Upload */
    FIELD_HIDDEN,    /**< carried along; Text */
    FIELD_GROUP      /**< rows of `group`, at most `limit`; struct { T *items; size_t count; } */
} FieldKind;

/** A file as it came. Its name and type are claims of the sender. */
typedef struct Upload {
    Text name, type, bytes;
} Upload;

typedef struct FieldOption {
    Text value;
    Message label;
} FieldOption;

typedef struct Field {
    const char *name; /**< lower case with underscores; in rows the request says "lines[0].name" */
    FieldKind kind;
    Message section; /**< html_fields draws it as a heading above the field; none: the section goes on */
    Message label, hint;
    Message missing;              /**< what to do when it is required and empty: "Enter the consignee's name" */
    Message row_label, add_label; /**< FIELD_GROUP: "Line {number}", "Add another line" */
    bool required;
    size_t limit; /**< code points; bytes of a file; rows of a group; 0 means the kind's default (200; 2000 long; 25 MB;
                     200 rows) */
    int64_t minimum, maximum; /**< FIELD_INTEGER; minimum of rows in a group */
    size_t decimals; /**< FIELD_DECIMAL: digits behind the point that a finished text has at least, as of money */
    const FieldOption *options;
    size_t option_count;
    const Form *group;
    const char *autocomplete; /**< HTML autocomplete token or NULL */
    size_t offset;            /**< place in the bound struct */
    bool bound;               /**< has a place in the bound struct */
} Field;

/** A rule over several fields, after each field alone is valid; marks errors with form_error. */
typedef void FormRule(const Form *form, FormValues *values, const void *bound);

struct Form {
    const char *name;
    const Field *fields;
    size_t count;
    size_t size; /**< of the bound struct; 0: values only, as for forms that are data (document types) */
    FormRule *rule;
};

typedef struct FormRows {
    FormValues *items;
    size_t count;
    size_t capacity; /**< of items; kept by form_add_row, 0 where the rows were made otherwise */
} FormRows;

/** One field's value: as typed, with what is wrong about it. */
typedef struct FormValue {
    Text text;         /**< as typed, valid UTF-8; normalised once valid */
    Upload upload;     /**< FIELD_FILE */
    FormRows rows;     /**< FIELD_GROUP */
    Message error;     /**< .english is NULL when there is none */
    Text error_detail; /**< fills {detail} in the message */
} FormValue;

struct FormValues {
    const Form *form;
    FormValue *items; /**< parallel to form->fields */
    bool invalid;     /**< some field, here or in a row, carries an error */
    Message error;    /**< about the whole form */
};

/** The field table's macros: FORM_FIELD(ApplyForm, consignee, .kind = FIELD_TEXT, .label = MESSAGE("Consignee")). */
#define FORM_FIELD(Struct, member, ...)                                                                                \
    { .name = #member, .offset = offsetof(Struct, member), .bound = true, __VA_ARGS__ }
#define FORM(Struct, field_table, ...)                                                                                 \
    {                                                                                                                  \
        .name = #Struct, .fields = (field_table), .count = sizeof(field_table) / sizeof((field_table)[0]),             \
        .size = sizeof(Struct), __VA_ARGS__                                                                            \
    }

/** Empty values of a form, groups with their minimum of rows. */
FormValues *form_empty(Arena *arena, const Form *form);
/** Values that show `bound`, a struct of form->size. */
FormValues *form_of_struct(Arena *arena, const Form *form, const void *bound);
/** The value of a field by name; asserts that the form has it. */
FormValue *form_value(const FormValues *values, const char *name);
/** Its text. */
Text form_text(const FormValues *values, const char *name);
/** Marks a field (name NULL: the whole form) as wrong. */
void form_error(FormValues *values, const char *name, Message error);
/** Appends an empty row to a group. @return STATUS_TOO_LARGE past the limit */
MUST_USE Status form_add_row(Arena *arena, FormValues *values, const char *group, FormValues **ret_row);
/** Removes row `at`, counted from 0; nothing happens when there is none. */
void form_remove_row(FormValues *values, const char *group, size_t at);

/** Checks every value by its field's rules, normalises, marks errors; then, if all are valid and form->size > 0, fills
 * `bound`. */
void form_check(Arena *arena, FormValues *values, void *bound);

/** What is wrong about a field in words, its holes filled; empty when nothing is. */
Text form_error_words(Arena *arena, const Language *language, const Field *field, const FormValue *value);

/** One thing that is wrong. */
typedef struct FormProblem {
    Text name;  /**< as the request names the field: "lines[2].hs_code"; empty: the whole form */
    Text id;    /**< of the control on the page: "lines-2-hs_code" */
    Text place; /**< the rows' labels around it, "Line 3"; empty outside of rows */
    Text words;
} FormProblem;
typedef struct FormProblems {
    FormProblem *items;
    size_t count;
} FormProblems;
/** Everything that is wrong, in the order of the fields; at most 200 of it. */
FormProblems form_problems(Arena *arena, const Language *language, const FormValues *values);

/** JSON of the values as an object of strings, numbers, booleans and arrays of rows; files and passwords are left out.
 */
Text form_to_json(Arena *arena, const FormValues *values);
/** Reads what form_to_json wrote, or an API client's body. Unknown members are errors. The values lie in part in
 * `json`, which must live as long. @return STATUS_INVALID with the place when it is no such JSON, STATUS_TOO_LARGE when
 * a group has more rows than it takes */
MUST_USE Status form_of_json(Arena *arena, const Form *form, Text json, FormValues **ret_values);

#endif
