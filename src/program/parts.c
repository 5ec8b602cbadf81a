/** Gathers what the capabilities hand to the program. */
#include "program/parts.h"

#include "work/outbox.h"

static void gather_jobs(Arena *arena, Parts *parts) {
    size_t count = 1;
    for (size_t i = 0; i < capability_count; i++) {
        count += capabilities[i]->job_count;
    }
    parts->job_kinds = arena_new_array(arena, const JobKind *, count);
    parts->job_kinds[parts->job_kind_count++] = &outbox_job;
    for (size_t i = 0; i < capability_count; i++) {
        for (size_t j = 0; j < capabilities[i]->job_count; j++) {
            parts->job_kinds[parts->job_kind_count++] = &capabilities[i]->jobs[j];
        }
    }
}

static bool may_see(const NavigationLine *line, const Actor *actor) {
    return line->permission == NULL || (line->permission->roles & actor->roles) != 0;
}

/* A page below the line's own is its page too. */
static bool is_current(const NavigationLine *line, Text path) {
    const Text start = text_of(line->path);
    return text_equal(path, start) || (start.size > 1 && text_starts_with(path, start) && path.data[start.size] == '/');
}

/** A line with its place among the others. */
typedef struct Placed {
    const NavigationLine *line;
    int order;
} Placed;

static size_t place_lines(const Request *request, Placed *placed) {
    size_t count = 0;
    for (size_t i = 0; i < capability_count; i++) {
        for (size_t j = 0; j < capabilities[i]->navigation_count; j++) {
            const NavigationLine *line = &capabilities[i]->navigation[j];
            size_t at = count;
            if (!may_see(line, &request->actor)) {
                continue;
            }
            for (; at > 0 && placed[at - 1].order > line->order; at--) {
                placed[at] = placed[at - 1];
            }
            placed[at] = (Placed){line, line->order};
            count++;
        }
    }
    return count;
}

static Status fill_frame(Request *request, Frame *frame) {
    size_t all = 0;
    for (size_t i = 0; i < capability_count; i++) {
        all += capabilities[i]->navigation_count;
    }
    Placed *placed = arena_new_array(request->arena, Placed, all);
    const size_t count = place_lines(request, placed);
    FrameLink *links = arena_new_array(request->arena, FrameLink, count);
    for (size_t i = 0; i < count; i++) {
        const NavigationLine *line = placed[i].line;
        links[i] = (FrameLink){
            .label = line->label, .address = text_of(line->path), .current = is_current(line, request->path)};
        if (line->count != NULL) {
            TRY(line->count(request, &links[i].count));
        }
    }
    frame->navigation = (FrameLinks){links, count};
    return STATUS_OK;
}

Parts parts_gather(Arena *arena) {
    Parts parts = {.routes = arena_new_array(arena, const Routes *, capability_count)};
    for (size_t i = 0; i < capability_count; i++) {
        parts.routes[parts.route_count++] = &capabilities[i]->routes;
        if (capabilities[i]->hooks != NULL) {
            capabilities[i]->hooks(&parts.hooks);
        }
    }
    parts.hooks.fill_frame = fill_frame;
    gather_jobs(arena, &parts);
    return parts;
}

const Command *parts_command(Text name) {
    for (size_t i = 0; i < capability_count; i++) {
        for (size_t j = 0; j < capabilities[i]->command_count; j++) {
            if (text_equal(text_of(capabilities[i]->commands[j].name), name)) {
                return &capabilities[i]->commands[j];
            }
        }
    }
    return NULL;
}

Status parts_start(Database *database, Outside *outside) {
    for (size_t i = 0; i < capability_count; i++) {
        if (capabilities[i]->start != NULL) {
            TRY(capabilities[i]->start(database, outside));
        }
    }
    return STATUS_OK;
}

Status parts_serve(Database *database) {
    for (size_t i = 0; i < capability_count; i++) {
        if (capabilities[i]->serve != NULL) {
            TRY(capabilities[i]->serve(database));
        }
    }
    return STATUS_OK;
}
