-- For wrk: sign-ins with a wrong password, so many a second, each from another address behind the trusted proxy.
-- wrk ... -s sign_ins.lua URL -- HOST RATE
local ffi = require("ffi")
ffi.cdef("typedef struct { long seconds, nanoseconds; } moment; int clock_gettime(int clock, moment *now);")

local host, step, due, count = nil, nil, nil, 0

function init(arguments)
    host, step = arguments[1], 1000 / tonumber(arguments[2])
end

function delay()
    local moment = ffi.new("moment")
    ffi.C.clock_gettime(1, moment)
    local now = tonumber(moment.seconds) * 1e3 + tonumber(moment.nanoseconds) / 1e6
    due = (due or now) + step
    return due > now and math.floor(due - now + 0.5) or 0
end

function request()
    count = count + 1
    return wrk.format("POST", "/sign-in", {
        ["Host"] = host,
        ["Accept"] = "application/json",
        ["Content-Type"] = "application/json",
        ["X-Forwarded-For"] = string.format("10.%d.%d.%d", count / 65536 % 256, count / 256 % 256, count % 256),
    }, string.format('{"email":"nobody%d@example.org","password":"not the password"}', count))
end

-- 422 is what a wrong password gets, after the hash.
function response(status)
    if status ~= 422 then
        io.stderr:write("sign-in answered ", status, "\n")
    end
end
