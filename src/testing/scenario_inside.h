/** The state of a scenario's run, shared by its reader and its steps. */
#ifndef TRADEPOST_TESTING_SCENARIO_INSIDE_H
#define TRADEPOST_TESTING_SCENARIO_INSIDE_H

#include "testing/http_client.h"
#include "testing/scenario.h"

#define PERSONS_MAX  32
#define CAPTURES_MAX 64
#define FIELDS_MAX   512

typedef struct ScenarioPerson {
    Text name;
    HttpClient client;
    Text page; /**< the last HTML page, for its form token */
} ScenarioPerson;

typedef struct ScenarioCapture {
    Text name, value;
} ScenarioCapture;

/** A request that is being gathered from its lines. */
typedef struct ScenarioRequest {
    Text method, path;
    HttpField fields[FIELDS_MAX];
    size_t field_count;
    Text json;
    bool has_token;
} ScenarioRequest;

typedef struct ScenarioRun {
    const ScenarioSetup *setup;
    void *world;
    Arena *arena;
    const char *name; /**< of the file */
    const char *engine;
    size_t line;
    int port;
    Text host, language, accept, token;
    ScenarioPerson persons[PERSONS_MAX];
    size_t person_count;
    ScenarioPerson *person;
    ScenarioCapture captures[CAPTURES_MAX];
    size_t capture_count;
    ScenarioRequest request;
    bool pending;  /**< a request waits to be sent */
    bool answered; /**< there is an answer, and its status is yet to be checked */
    Text what;     /**< the request line, for the report */
    HttpAnswer answer;
    bool skipping; /**< this engine is not meant */
    int count, failed;
} ScenarioRun;

/** Carries out one line. @return STATUS_INVALID with the reason when what it expects is not so */
MUST_USE Status scenario_line(ScenarioRun *run, Text line);
/** Sends what waits and checks the status that nobody checked: at a new request and at the end. */
MUST_USE Status scenario_finish(ScenarioRun *run);
/** Cuts the next word and the blanks behind it off. */
Text scenario_word(Text *rest);
/** "PATH = VALUE" of a JSON answer. */
MUST_USE Status scenario_json(ScenarioRun *run, Text rest);
/** Whether a JSON answer has the members of an example. */
MUST_USE Status scenario_shape(ScenarioRun *run, Text rest);
/** The text with its {captures} filled in. @return STATUS_INVALID for a name that was not captured */
MUST_USE Status scenario_fill(ScenarioRun *run, Text text, Text *ret_text);

#endif
