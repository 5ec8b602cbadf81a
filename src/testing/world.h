/** The world of the scenarios: two chambers on one server, their staff, firms in each state, people with and without
 * rights. */
#ifndef TRADEPOST_TESTING_WORLD_H
#define TRADEPOST_TESTING_WORLD_H

#include "testing/scenario.h"

/**
 * Who is there (the password of each is WORLD_PASSWORD):
 *
 * chamber TST, host 127.0.0.1: admin@test.example, officer@test.example, officer2@test.example;
 * firm "Vardar Vino DOO" (1001), admitted: owner@vino.example, applicant@vino.example;
 * firm "Strumica Pepper" (1002), admitted: owner@pepper.example;
 * firm "Ohrid Honey" (1003), applied: owner@honey.example; nobody@test.example has no firm.
 *
 * chamber OTH, host other.example: admin@other.example, officer@other.example; firm "Lima Alpaca" (1001), admitted:
 * owner@alpaca.example.
 */
extern const ScenarioSetup world_setup;
#define WORLD_PASSWORD "a long test password"

/** The same world for tests in C. */
typedef struct World {
    Arena *arena;
    Database *database;
    struct Outside *outside;
    ChamberId chamber, other_chamber;
    FirmId vino, pepper, honey, alpaca;
} World;
/** The world that world_setup.begin made. */
const World *world_of(const void *world);

#endif
