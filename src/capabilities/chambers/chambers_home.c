/** The first page: for strangers, for exporters, for the chamber's staff. */
#include "capabilities/chambers/chambers_inside.h"
#include "capabilities/members/members.h"
#include "chambers_views.h"
#include "html/style_guide.h"
#include "work/work.h"

enum { WAITING_FIRMS = 5 };

const Form chambers_nothing_form = {.name = "ChambersNothing"};

static Status fill_exporter(Request *request, ChambersHomePage *page) {
    Firm firm = {0};
    ChambersDocumentsOfFirmRow row = {0};
    page->has_firm = request->actor.firm.value != 0;
    if (!page->has_firm) {
        return STATUS_OK;
    }
    TRY(members_firm(request->connection, request->arena, request->chamber.id, request->actor.firm, &firm));
    TRY(chambers_documents_of_firm(request->connection, request->arena, request->chamber.id, request->actor.firm,
                                   &row));
    page->firm_name = firm.name;
    page->firm_state = firm.state;
    page->drafts = row.drafts;
    page->returned = row.returned;
    page->submitted = row.submitted;
    page->issued = row.issued;
    return STATUS_OK;
}

static Status fill_staff(Request *request, ChambersHomePage *page) {
    ChambersQueueRow queue = {0};
    ChambersWaitingCountRow count = {0};
    ChambersWaitingRows rows = {0};
    TRY(chambers_queue(request->connection, request->arena, request->chamber.id, &queue));
    TRY(chambers_waiting_count(request->connection, request->arena, request->chamber.id, &count));
    TRY(chambers_waiting(request->connection, request->arena, request->chamber.id, WAITING_FIRMS, &rows));
    page->queue = queue.waiting;
    page->sealing = queue.sealing;
    page->oldest = queue.oldest;
    page->firm_count = count.total;
    page->firms.items = arena_new_array(request->arena, ChambersWaitingFirm, rows.count + 1);
    page->firms.count = rows.count;
    for (size_t i = 0; i < rows.count; i++) {
        page->firms.items[i] = (ChambersWaitingFirm){.id = rows.items[i].firm_id,
                                                     .name = rows.items[i].name,
                                                     .city = rows.items[i].city,
                                                     .since = rows.items[i].since};
    }
    if (page->administrator) {
        WorkItems items = {0};
        TRY(work_list(request->connection, request->arena, request->chamber.id, 1, &items));
        page->job_failed = items.count > 0 && items.items[0].state == WORK_FAILED;
    }
    return STATUS_OK;
}

Status chambers_home_show(Request *request) {
    const unsigned roles = request->actor.roles;
    ChambersHomePage *page = arena_new(request->arena, ChambersHomePage);
    page->chamber_name = request->chamber.name;
    page->person_name = request->actor.name;
    page->stranger = request->actor.account.value == 0;
    page->officer = (roles & ROLE_OFFICER) != 0;
    page->administrator = (roles & CHAMBERS_ADMINISTER.roles) != 0;
    page->staff = (roles & MEMBERS_ADMIT.roles) != 0;
    page->demonstration = request->demonstration;
    if (!page->stranger) {
        TRY(fill_exporter(request, page));
    }
    if (page->staff) {
        TRY(fill_staff(request, page));
    }
    return show(request, chambers_home_view(page));
}

Status chambers_style_guide_show(Request *request) {
    return show(request, style_guide_show(request->arena, request->now));
}
