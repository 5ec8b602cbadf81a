-- For wrk: asks for the paths of a file in turn, as fast as answers come or, with a rate, so many a second.
-- wrk ... -s pages.lua URL -- PATHS HOST [COOKIE] [RATE]
local ffi = require("ffi")
ffi.cdef("typedef struct { long seconds, nanoseconds; } moment; int clock_gettime(int clock, moment *now);")

local requests, at, due, step = {}, 0, nil, nil

local function milliseconds()
    local now = ffi.new("moment")
    ffi.C.clock_gettime(1, now)
    return tonumber(now.seconds) * 1e3 + tonumber(now.nanoseconds) / 1e6
end

function init(arguments)
    local headers = {["Host"] = arguments[2], ["User-Agent"] = "wrk", ["Accept"] = "text/html"}
    if arguments[3] and arguments[3] ~= "" then
        headers["Cookie"] = arguments[3]
    end
    for path in io.lines(arguments[1]) do
        requests[#requests + 1] = wrk.format("GET", path, headers)
    end
    if arguments[4] then
        step = 1000 / tonumber(arguments[4])
        -- wrk asks for a delay before each request of each connection
        delay = function()
            local now = milliseconds()
            due = (due or now) + step
            return due > now and math.floor(due - now + 0.5) or 0
        end
    end
end

function request()
    at = at % #requests + 1
    return requests[at]
end
