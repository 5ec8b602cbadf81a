/** A layer that includes what it may not. */
#include "base/text.h"
#include "capabilities/apples/apples.h"
#include "database/database.h"
#include "outside/mail.h"
#include "route.h"
#include <curl/curl.h>
#include <microhttpd.h>
