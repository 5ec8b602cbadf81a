/** The daily cleaning: sessions, links, invitations and API tokens that are over. */
#ifndef TRADEPOST_CAPABILITIES_ACCOUNTS_ACCOUNTS_WORK_H
#define TRADEPOST_CAPABILITIES_ACCOUNTS_ACCOUNTS_WORK_H

#include "work/work.h"

enum { ACCOUNTS_JOBS = 1 };
extern const JobKind accounts_jobs[ACCOUNTS_JOBS];

/** Asks for the daily cleaning of a chamber, inside the caller's transaction; once it is asked for it goes on. */
MUST_USE Status accounts_plan_cleaning(Connection *connection, ChamberId chamber);

#endif
