/**
 * Group commit. A commit waits for the disk; while it waits, other transactions could run. So a transaction that ends
 * while others wait for the writer leaves its changes in the open transaction, hands over, and sleeps until the last of
 * the group has committed for all. Nobody is told STATUS_OK before the disk has it.
 *
 * All SQL runs on the one connection by the thread that has the turn (`busy`), without the mutex; the mutex guards the
 * queues alone.
 */
#include <assert.h>

#include "base/clock.h"
#include "base/log.h"
#include "database/sqlite.h"

#define GROUP_MEMBERS_MAX      64
#define GROUP_MICROSECONDS_MAX 2000

static void queue_waiter(SqliteWriter *writer, SqliteWaiter *waiter) {
    if (writer->first_waiting == NULL) {
        writer->first_waiting = waiter;
    } else {
        writer->last_waiting->next = waiter;
    }
    writer->last_waiting = waiter;
}

static void unqueue_waiter(SqliteWriter *writer, const SqliteWaiter *waiter) {
    SqliteWaiter *before = NULL;
    for (SqliteWaiter *at = writer->first_waiting; at != NULL; before = at, at = at->next) {
        if (at != waiter) {
            continue;
        }
        if (before == NULL) {
            writer->first_waiting = at->next;
        } else {
            before->next = at->next;
        }
        if (writer->last_waiting == at) {
            writer->last_waiting = before;
        }
        return;
    }
}

/** Gives the turn to whom waits longest, or frees the writer. Needs the mutex. */
static void pass_turn(SqliteWriter *writer) {
    SqliteWaiter *next = writer->first_waiting;
    if (next == NULL) {
        writer->busy = false;
        return;
    }
    writer->first_waiting = next->next;
    next->done = true;
    pthread_cond_signal(&next->wake);
}

static Status take_turn(SqliteWriter *writer) {
    SqliteWaiter self = {.next = NULL};
    Status status = STATUS_OK;
    pthread_mutex_lock(&writer->mutex);
    if (!writer->busy) {
        writer->busy = true;
        pthread_mutex_unlock(&writer->mutex);
        return STATUS_OK;
    }
    condition_open(&self.wake);
    queue_waiter(writer, &self);
    const int64_t deadline = clock_monotonic() + CONNECTION_WAIT_SECONDS * TIME_SECOND;
    while (!self.done) {
        if (!condition_wait(&self.wake, &writer->mutex, deadline) && !self.done) {
            unqueue_waiter(writer, &self);
            status =
                fail(STATUS_UNAVAILABLE, "the writer of the database was busy for %d seconds", CONNECTION_WAIT_SECONDS);
            break;
        }
    }
    pthread_mutex_unlock(&writer->mutex);
    pthread_cond_destroy(&self.wake);
    return status;
}

/** Tells all members of the group how it ended. Needs the turn and the mutex. */
static void wake_members(SqliteWriter *writer, Status status) {
    SqliteWaiter *next = NULL;
    for (SqliteWaiter *member = writer->members; member != NULL; member = next) {
        next = member->next; /* the member's stack is gone once it has woken */
        member->status = status;
        member->done = true;
        pthread_cond_signal(&member->wake);
    }
    writer->members = NULL;
    writer->member_count = 0;
    writer->open = false;
}

static Status commit_group(SqliteWriter *writer) {
    sqlite3 *sqlite = writer->connection.sqlite;
    if (sqlite3_get_autocommit(sqlite) != 0) {
        /* A full disk can make SQLite roll back all by itself: the group's others are told to try again. */
        return writer->members == NULL ? STATUS_OK : STATUS_RETRY;
    }
    const Status status = sqlite_command(&writer->connection, SQLITE_COMMAND_COMMIT);
    sqlite_roll_back(&writer->connection);
    return status;
}

/** Commits what the group did, wakes its members and gives the turn away. Needs the turn. */
static Status end_group(SqliteWriter *writer) {
    const Status status = commit_group(writer);
    pthread_mutex_lock(&writer->mutex);
    wake_members(writer, status);
    pass_turn(writer);
    pthread_mutex_unlock(&writer->mutex);
    return status;
}

/** May the open transaction go on with the next one who waits? Needs the turn and the mutex. */
static bool may_hand_over(const SqliteWriter *writer) {
    return writer->first_waiting != NULL && writer->member_count + 1 < GROUP_MEMBERS_MAX &&
           clock_monotonic() - writer->started < GROUP_MICROSECONDS_MAX &&
           sqlite3_get_autocommit(writer->connection.sqlite) == 0;
}

Status sqlite_writer_begin(SqliteWriter *writer) {
    TRY(take_turn(writer));
    Status status = STATUS_OK;
    if (!writer->open) {
        status = sqlite_command(&writer->connection, SQLITE_COMMAND_BEGIN_IMMEDIATE);
        writer->open = status == STATUS_OK;
        writer->started = clock_monotonic();
    }
    if (status == STATUS_OK) {
        status = sqlite_command(&writer->connection, SQLITE_COMMAND_SAVEPOINT);
    }
    if (status == STATUS_OK) {
        return STATUS_OK;
    }
    if (writer->open) {
        const Status others = end_group(writer);
        return others != STATUS_OK ? others : status;
    }
    pthread_mutex_lock(&writer->mutex);
    pass_turn(writer);
    pthread_mutex_unlock(&writer->mutex);
    return status;
}

Status sqlite_writer_commit(SqliteWriter *writer) {
    const Status released = sqlite_command(&writer->connection, SQLITE_COMMAND_RELEASE);
    if (released != STATUS_OK) {
        sqlite_writer_roll_back(writer);
        return released;
    }
    pthread_mutex_lock(&writer->mutex);
    if (!may_hand_over(writer)) {
        pthread_mutex_unlock(&writer->mutex);
        return end_group(writer);
    }
    SqliteWaiter self = {.next = writer->members};
    condition_open(&self.wake);
    writer->members = &self;
    writer->member_count++;
    pass_turn(writer);
    while (!self.done) {
        pthread_cond_wait(&self.wake, &writer->mutex);
    }
    pthread_mutex_unlock(&writer->mutex);
    pthread_cond_destroy(&self.wake);
    if (self.status != STATUS_OK) {
        return fail(self.status, "the commit of this transaction's group failed");
    }
    return STATUS_OK;
}

void sqlite_writer_roll_back(SqliteWriter *writer) {
    SqliteConnection *connection = &writer->connection;
    if (sqlite3_get_autocommit(connection->sqlite) == 0 &&
        (sqlite_command(connection, SQLITE_COMMAND_ROLLBACK_TO) != STATUS_OK ||
         sqlite_command(connection, SQLITE_COMMAND_RELEASE) != STATUS_OK)) {
        /* Nothing of this transaction may stay, so the whole group goes; its others try again. */
        sqlite_roll_back(connection);
    }
    pthread_mutex_lock(&writer->mutex);
    const bool handed = may_hand_over(writer);
    const bool alone = writer->members == NULL;
    if (handed) {
        pass_turn(writer);
    }
    pthread_mutex_unlock(&writer->mutex);
    if (handed) {
        return;
    }
    if (alone) {
        sqlite_roll_back(connection);
    }
    end_group(writer);
}
