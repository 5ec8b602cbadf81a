/** The least a program must do to answer one of our pages: libmicrohttpd, one prepared statement, bytes appended. */
#include <errno.h>
#include <microhttpd.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * The page was answered by the real server. It is cut once, where values of its rows stand in it, into fixed pieces and
 * places of values; each request runs the statement for its own parameters and appends the pieces with its own rows'
 * values between them. So it gives the same bytes as the server, but for what is made anew for each answer.
 */

enum { ROWS_MOST = 50, VALUES_MOST = 16, PIECES_MOST = 2048, PAGE_MOST = 1 << 20, PARAMETER_ROW = -1 };

/** Escaped, with a zero byte behind. */
typedef struct Value {
    const char *text;
    size_t size;
} Value;

/** The id, the time in each way in which a page writes it, and the other columns. */
typedef struct Row {
    Value values[VALUES_MOST];
    size_t count;
} Row;

/** The rows of one page. One thread serves all requests, so there is only one of these. */
typedef struct Rows {
    Row items[ROWS_MOST];
    size_t count;
    char room[PAGE_MOST]; /* of the values */
    size_t used;
} Rows;
static Rows rows;

/** A piece of the page as it is, then a value: of a row, or the request's parameter. */
typedef struct Piece {
    const char *literal;
    size_t size;
    int row;
    size_t value;
} Piece;

/** What the two pages differ in: how they are asked for, and what they read. */
typedef struct PageKind {
    const char *path;
    const char *sql;
} PageKind;

/* The first column is the id, the second the time; the others stand in the page as they are. */
static const PageKind kinds[] = {
    {"/verify/", "SELECT document_id, issued_at, number, code, officer_name, exporter_name, consignee_name, reference "
                 "FROM documents_document WHERE chamber_id = ?1 AND number = ?2 AND code = ?3 LIMIT 2"},
    {"/register?before=",
     "SELECT document_id, issued_at, number, exporter_name, consignee_name, origin_country, "
     "destination_country FROM documents_document "
     "WHERE chamber_id = ?1 AND issued_at > 0 AND issued_at < ?2 ORDER BY issued_at DESC LIMIT 51"},
};

/* Each page belongs to the chamber of its host. */
static const char chamber_sql[] = "SELECT c.chamber_id, c.name, c.languages FROM chambers_host h "
                                  "JOIN chambers_chamber c ON c.chamber_id = h.chamber_id WHERE h.host = ?1";

typedef struct Floor {
    const PageKind *kind;
    sqlite3 *database;
    sqlite3_stmt *begin, *chamber, *select, *end;
    const char *host;
    char *page;
    size_t page_size;
    Piece pieces[PIECES_MOST];
    size_t piece_count;
} Floor;

static void give_up(const char *what) {
    (void)fprintf(stderr, "floor_page: %s\n", what);
    exit(1);
}

static void append(char *target, size_t *size, const char *bytes, size_t count) {
    memcpy(target + *size, bytes, count);
    *size += count;
}

static void append_escaped(char *target, size_t *size, const char *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        switch (bytes[i]) {
        case '&':
            append(target, size, "&amp;", 5);
            break;
        case '<':
            append(target, size, "&lt;", 4);
            break;
        case '>':
            append(target, size, "&gt;", 4);
            break;
        case '"':
            append(target, size, "&quot;", 6);
            break;
        case '\'':
            append(target, size, "&#39;", 5);
            break;
        default:
            target[(*size)++] = bytes[i];
        }
    }
}

static void add_value(Row *row, const char *bytes, size_t size) {
    if (rows.used + size * 6 + 1 > sizeof(rows.room)) {
        give_up("the rows are too long");
    }
    const size_t start = rows.used;
    append_escaped(rows.room, &rows.used, bytes, size);
    row->values[row->count++] = (Value){rows.room + start, rows.used - start};
    rows.room[rows.used++] = '\0';
}

static void add_id(Row *row, sqlite3_int64 id) {
    static const char letters[] = "0123456789abcdefghjkmnpqrstvwxyz";
    char text[13];
    for (int i = 12; i >= 0; i--, id >>= 5) {
        text[i] = letters[id & 31];
    }
    add_value(row, text, sizeof(text));
}

static void add_time(Row *row, sqlite3_int64 microseconds) {
    static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                         "July",    "August",   "September", "October", "November", "December"};
    const time_t seconds = microseconds / 1000000;
    struct tm parts;
    char text[64];
    (void)gmtime_r(&seconds, &parts);
    const int year = parts.tm_year + 1900;
    const char *month = months[parts.tm_mon];
    add_value(row, text,
              (size_t)snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ", year, parts.tm_mon + 1,
                               parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec));
    add_value(row, text,
              (size_t)snprintf(text, sizeof(text), "%d %s %d, %02d:%02d UTC", parts.tm_mday, month, year, parts.tm_hour,
                               parts.tm_min));
    add_value(row, text, (size_t)snprintf(text, sizeof(text), "%d %s %d", parts.tm_mday, month, year));
    add_value(row, text, (size_t)snprintf(text, sizeof(text), "%lld", (long long)microseconds));
}

static void read_row(sqlite3_stmt *select, Row *row) {
    row->count = 0;
    add_id(row, sqlite3_column_int64(select, 0));
    add_time(row, sqlite3_column_int64(select, 1));
    for (int i = 2; i < sqlite3_column_count(select); i++) {
        add_value(row, (const char *)sqlite3_column_text(select, i), (size_t)sqlite3_column_bytes(select, i));
    }
}

/** Reads the rows of a page; `parameter` is what stands behind the path of its kind. */
static void read_rows(Floor *floor, const char *parameter) {
    const char *slash = strchr(parameter, '/');
    rows.count = rows.used = 0;
    (void)sqlite3_step(floor->begin);
    (void)sqlite3_reset(floor->begin);
    (void)sqlite3_bind_text(floor->chamber, 1, floor->host, -1, SQLITE_STATIC);
    (void)sqlite3_step(floor->chamber);
    (void)sqlite3_bind_int64(floor->select, 1, sqlite3_column_int64(floor->chamber, 0));
    (void)sqlite3_reset(floor->chamber);
    if (slash != NULL) {
        (void)sqlite3_bind_text(floor->select, 2, parameter, (int)(slash - parameter), SQLITE_STATIC);
        (void)sqlite3_bind_text(floor->select, 3, slash + 1, -1, SQLITE_STATIC);
    } else {
        (void)sqlite3_bind_int64(floor->select, 2, strtoll(parameter, NULL, 10));
    }
    while (sqlite3_step(floor->select) == SQLITE_ROW) {
        if (rows.count < ROWS_MOST) {
            read_row(floor->select, &rows.items[rows.count++]);
        }
    }
    (void)sqlite3_reset(floor->select);
    (void)sqlite3_step(floor->end);
    (void)sqlite3_reset(floor->end);
}

/** Takes `value` for the next place when it stands earlier, or as early and is longer. */
static void find_value(const char *from, const Value *value, Piece candidate, Piece *best, size_t *best_size) {
    const char *place = value->size < 3 ? NULL : strstr(from, value->text);
    if (place == NULL) {
        return;
    }
    candidate.size = (size_t)(place - from);
    if (candidate.size < best->size || (candidate.size == best->size && value->size > *best_size)) {
        *best = candidate;
        *best_size = value->size;
    }
}

/** Cuts the sample page. Rows stand in their order, each behind its id. */
static void cut(Floor *floor, const char *parameter) {
    const char *at = floor->page, *end = floor->page + floor->page_size;
    const Value own = {parameter, strlen(parameter)};
    size_t row = 0;
    read_rows(floor, parameter);
    if (rows.count == 0) {
        give_up("the sample page has no rows");
    }
    for (;;) {
        Piece best = {at, (size_t)(end - at), PARAMETER_ROW, VALUES_MOST};
        size_t size = 0;
        find_value(at, &own, (Piece){at, 0, PARAMETER_ROW, 0}, &best, &size);
        for (size_t i = 0; i < rows.items[row].count; i++) {
            find_value(at, &rows.items[row].values[i], (Piece){at, 0, (int)row, i}, &best, &size);
        }
        if (row + 1 < rows.count) {
            find_value(at, &rows.items[row + 1].values[0], (Piece){at, 0, (int)row + 1, 0}, &best, &size);
        }
        if (floor->piece_count == PIECES_MOST) {
            give_up("the page has too many values");
        }
        floor->pieces[floor->piece_count++] = best;
        if (size == 0) {
            break;
        }
        row = best.row > (int)row ? (size_t)best.row : row;
        at += best.size + size;
    }
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_size, void **request) {
    static int seen;
    Floor *floor = context;
    (void)method;
    (void)version;
    (void)upload;
    (void)upload_size;
    if (*request == NULL) {
        *request = &seen;
        return MHD_YES;
    }
    const char *before = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "before");
    const char *parameter = before != NULL ? before : url + strlen(floor->kind->path);
    read_rows(floor, parameter);
    char *body = malloc(PAGE_MOST);
    size_t size = 0;
    for (size_t i = 0; body != NULL && i < floor->piece_count; i++) {
        const Piece *piece = &floor->pieces[i];
        append(body, &size, piece->literal, piece->size);
        if (piece->row >= 0 && (size_t)piece->row < rows.count) {
            const Value *value = &rows.items[piece->row].values[piece->value];
            append(body, &size, value->text, value->size);
        } else if (piece->value == 0) {
            append(body, &size, parameter, strlen(parameter));
        }
    }
    struct MHD_Response *response = MHD_create_response_from_buffer(size, body, MHD_RESPMEM_MUST_FREE);
    (void)MHD_add_response_header(response, "Content-Type", "text/html; charset=utf-8");
    const enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

static sqlite3_stmt *prepare(sqlite3 *database, const char *sql) {
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) {
        give_up(sqlite3_errmsg(database));
    }
    return statement;
}

static void open_database(Floor *floor, const char *path) {
    if (sqlite3_open_v2(path, &floor->database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
        sqlite3_exec(floor->database, "PRAGMA query_only=ON; PRAGMA mmap_size=268435456", NULL, NULL, NULL) !=
            SQLITE_OK) {
        give_up(sqlite3_errmsg(floor->database));
    }
    floor->begin = prepare(floor->database, "BEGIN");
    floor->chamber = prepare(floor->database, chamber_sql);
    floor->select = prepare(floor->database, floor->kind->sql);
    floor->end = prepare(floor->database, "ROLLBACK");
}

static void read_page(Floor *floor, const char *path) {
    FILE *file = fopen(path, "rb");
    floor->page = calloc(1, PAGE_MOST);
    if (file == NULL || floor->page == NULL) {
        give_up("no page");
    }
    floor->page_size = fread(floor->page, 1, PAGE_MOST - 1, file);
    (void)fclose(file);
}

int main(int count, char **arguments) {
    static Floor floor;
    if (count != 6) {
        give_up("use: floor_page PORT DATABASE HOST PATH PAGE: answers as PAGE, which the server answered to PATH");
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strncmp(arguments[4], kinds[i].path, strlen(kinds[i].path)) == 0) {
            floor.kind = &kinds[i];
        }
    }
    if (floor.kind == NULL) {
        give_up("no such kind of page");
    }
    floor.host = arguments[3];
    open_database(&floor, arguments[2]);
    read_page(&floor, arguments[5]);
    cut(&floor, arguments[4] + strlen(floor.kind->path));
    sigset_t signals;
    int number = 0;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, (uint16_t)strtol(arguments[1], NULL, 10), NULL, NULL, answer,
                         &floor, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)8 << 10, MHD_OPTION_END);
    if (daemon == NULL) {
        give_up("the port is taken");
    }
    (void)sigwait(&signals, &number);
    MHD_stop_daemon(daemon);
    (void)sqlite3_finalize(floor.begin);
    (void)sqlite3_finalize(floor.chamber);
    (void)sqlite3_finalize(floor.select);
    (void)sqlite3_finalize(floor.end);
    (void)sqlite3_close(floor.database);
    free(floor.page);
    return 0;
}
