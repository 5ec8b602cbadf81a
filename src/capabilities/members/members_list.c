/** The chamber's list of firms, on pages and as CSV. */
#include "capabilities/members/members_inside.h"
#include "html/list.h"
#include "http/url.h"
#include "members_views.h"

enum { PAGE_FIRMS = 50, CSV_FIRMS = 50000 };
#define CSV_BYTES ((size_t)64 << 20)

typedef struct ListFilter {
    Text search, state, sort;
    int64_t page;
} ListFilter;
static const Field list_fields[] = {
    FORM_FIELD(ListFilter, search, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Name, town or number"), .limit = 100),
    FORM_FIELD(ListFilter, state, .kind = FIELD_TEXT, .label = MESSAGE_INIT("State"), .limit = 20),
    FORM_FIELD(ListFilter, sort, .kind = FIELD_TEXT, .label = MESSAGE_INIT("Order"), .limit = 20),
    FORM_FIELD(ListFilter, page, .kind = FIELD_INTEGER, .label = MESSAGE_INIT("Page"), .minimum = 1, .maximum = 100000),
};
const Form members_list_form = FORM(ListFilter, list_fields);

static MembersChoices choices(Arena *arena, const FieldOption *options, size_t count, Text chosen) {
    MembersChoice *items = arena_new_array(arena, MembersChoice, count);
    for (size_t i = 0; i < count; i++) {
        items[i] = (MembersChoice){options[i].value, options[i].label, text_equal(options[i].value, chosen)};
    }
    return (MembersChoices){items, count};
}

static const FieldOption states[] = {
    {TEXT_INIT(""), MESSAGE_INIT("All")},
    {TEXT_INIT("waiting"), MESSAGE_INIT("Waiting for a decision")},
    {TEXT_INIT("admitted"), MESSAGE_INIT("Members")},
    {TEXT_INIT("suspended"), MESSAGE_INIT("Suspended")},
    {TEXT_INIT("refused"), MESSAGE_INIT("Not admitted")},
};
static const FieldOption sorts[] = {
    {TEXT_INIT("name"), MESSAGE_INIT("By name")},
    {TEXT_INIT("newest"), MESSAGE_INIT("Newest first")},
    {TEXT_INIT("oldest"), MESSAGE_INIT("Oldest first")},
};

/* The filter as asked for, with what an absent or unknown word means. */
static ListFilter filter_of(const Request *request) {
    ListFilter filter = *FORM_OF(ListFilter, request);
    bool known = false;
    for (size_t i = 0; i < sizeof sorts / sizeof sorts[0]; i++) {
        known |= text_equal(filter.sort, sorts[i].value);
    }
    if (!known) {
        filter.sort = text_equal(filter.state, TEXT("waiting")) ? TEXT("oldest") : TEXT("name");
    }
    filter.page = filter.page < 1 ? 1 : filter.page;
    return filter;
}

static Status find(Request *request, const ListFilter *filter, int64_t limit, int64_t skip,
                   MembersFirmLines *ret_firms) {
    MembersFirmsRows rows = {0};
    TRY(members_firms(request->connection, request->arena,
                      &(MembersFirms){.chamber = request->chamber.id,
                                      .state = filter->state,
                                      .search = search_pattern(request->arena, filter->search),
                                      .sort = filter->sort,
                                      .limit = limit,
                                      .skip = skip},
                      &rows));
    MembersFirmFacts *items = arena_new_array(request->arena, MembersFirmFacts, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++) {
        const MembersFirmsRow *row = &rows.items[i];
        items[i] = (MembersFirmFacts){.id = row->firm_id,
                                      .name = row->name,
                                      .registration_number = row->registration_number,
                                      .tax_number = row->tax_number,
                                      .street = row->street,
                                      .postcode = row->postcode,
                                      .city = row->city,
                                      .country = row->country,
                                      .email = row->email,
                                      .phone = row->phone,
                                      .website = row->website,
                                      .state = row->state,
                                      .tone = members_state_tone(row->state),
                                      .state_label = members_state_label(row->state),
                                      .applied = row->applied_at,
                                      .decided = row->decided_at,
                                      .change_waits = row->change_waits != 0};
    }
    *ret_firms = (MembersFirmLines){items, rows.count};
    return STATUS_OK;
}

Status members_list_show(Request *request) {
    const ListFilter filter = filter_of(request);
    MembersCountRow count = {0};
    MembersCountWaitingRow waiting = {0};
    MembersListPage *page = arena_new(request->arena, MembersListPage);
    TRY(find(request, &filter, PAGE_FIRMS, (filter.page - 1) * PAGE_FIRMS, &page->firms));
    TRY(members_count(request->connection, request->arena, request->chamber.id, filter.state,
                      search_pattern(request->arena, filter.search), &count));
    TRY(members_count_waiting(request->connection, request->arena, request->chamber.id, &waiting));
    const Text others = url_query_without(request->arena, request->query, TEXT("page"));
    page->search = filter.search;
    page->states = choices(request->arena, states, sizeof states / sizeof states[0], filter.state);
    page->sorts = choices(request->arena, sorts, sizeof sorts / sizeof sorts[0], filter.sort);
    page->filtered = filter.search.size > 0 || filter.state.size > 0;
    page->waiting = waiting.total;
    page->paging = (Paging){.address = arena_format(request->arena, "/members?%.*s", TEXT_ARG(others)),
                            .page = filter.page,
                            .size = PAGE_FIRMS,
                            .total = count.total};
    page->csv = arena_format(request->arena, "/members.csv?%.*s", TEXT_ARG(others));
    return show(request, members_list_view(page));
}

Status members_csv_show(Request *request) {
    const ListFilter filter = filter_of(request);
    MembersFirmLines firms = {0};
    Text bytes = {NULL, 0};
    TRY(find(request, &filter, CSV_FIRMS, 0, &firms));
    Buffer buffer = buffer_make(request->arena, CSV_BYTES);
    csv_begin(&buffer);
    CSV_LINE(&buffer, TEXT("name"), TEXT("registration_number"), TEXT("tax_number"), TEXT("street"), TEXT("postcode"),
             TEXT("city"), TEXT("country"), TEXT("email"), TEXT("phone"), TEXT("website"), TEXT("state"),
             TEXT("applied"), TEXT("decided"));
    for (size_t i = 0; i < firms.count; i++) {
        const MembersFirmFacts *firm = &firms.items[i];
        CSV_LINE(&buffer, firm->name, firm->registration_number, firm->tax_number, firm->street, firm->postcode,
                 firm->city, firm->country, firm->email, firm->phone, firm->website, firm->state,
                 time_rfc3339(request->arena, firm->applied),
                 time_is_set(firm->decided) ? time_rfc3339(request->arena, firm->decided) : (Text){NULL, 0});
    }
    TRY(buffer_take(&buffer, &bytes));
    return answer_bytes(request, CSV_MEDIA_TYPE, TEXT("members.csv"), bytes);
}
