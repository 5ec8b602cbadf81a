/** The routes of members: who may see and change firms. */
#include "capabilities/capability.h"
#include "capabilities/members/members.h"

const Permission MEMBERS_ADMIT = {"members.admit", ROLE_OFFICER | ROLE_ADMINISTRATOR};
const Permission MEMBERS_OWN_FIRM = {"members.own-firm", ROLE_FIRM_OWNER};

const Capability members_capability = {
    .name = "members",
};
