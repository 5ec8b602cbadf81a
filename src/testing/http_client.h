/** A small HTTP client for tests: sends exactly the bytes it is given to 127.0.0.1, keeps cookies by name, reads the
 * answer whole. */
#ifndef TRADEPOST_TESTING_HTTP_CLIENT_H
#define TRADEPOST_TESTING_HTTP_CLIENT_H

#include "base/arena.h"

typedef struct HttpCookie {
    Text name, value;
} HttpCookie;

/** One browser: its cookies and what it sends with each request. */
typedef struct HttpClient {
    Arena *arena; /**< holds cookies and answers; never reset by the client */
    int port;
    Text host;   /**< of the Host header; empty: 127.0.0.1:PORT */
    Text accept; /**< empty: as a browser */
    Text language;
    Text bearer; /**< an API token; empty: none */
    HttpCookie cookies[16];
    size_t cookie_count;
} HttpClient;

typedef struct HttpField {
    Text name, value;
    bool is_file;
    Text file_name, type;
} HttpField;

typedef struct HttpAnswer {
    int code;        /**< 0: the connection was closed without an answer */
    Text head, body; /**< the body unzipped */
} HttpAnswer;

/** Sends `bytes` over a fresh connection and reads one answer. */
HttpAnswer http_raw(Arena *arena, int port, Text bytes);
/** A GET, HEAD or other request without body. `extra`: more header lines, each with CRLF. */
HttpAnswer http_get(HttpClient *client, const char *method, Text path, Text extra);
/** A POST of `body`. */
HttpAnswer http_post(HttpClient *client, Text path, Text type, Text body, Text extra);
/** A POST of fields: multipart when one is a file, else urlencoded. */
HttpAnswer http_post_fields(HttpClient *client, Text path, const HttpField *fields, size_t count);
/** A header of the answer; empty when absent. */
Text http_header(const HttpAnswer *answer, const char *name);
/** The first hidden form token in a page; empty when there is none. */
Text http_form_token(Text page);

#endif
