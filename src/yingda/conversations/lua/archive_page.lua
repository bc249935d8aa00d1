-- A page: ARGV is tenant, dialect, user, status, "l" (last active) or "b" (begun), offset, limit, seconds of life.
-- Answers {total, summaries}.
local prefix = KEYS[1]
local tenant, dialect, user, status = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local order, offset, limit = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
user = user ~= '-' and string.sub(user, 2) or nil
local all, own = scopes_of(tenant, dialect, user)
clean(prefix, ARGV[8], all, own, user)
local shelf = prefix .. order .. ':' .. (own or all)

local function look()
    if status == '-' then
        return redis.call('ZCARD', shelf), redis.call('ZREVRANGE', shelf, offset, offset + limit - 1)
    end
    local with_status = prefix .. 's:' .. string.sub(status, 2) .. ':' .. all
    local found, ids = redis.call('ZINTER', 2, shelf, with_status, 'WEIGHTS', 1, 0), {}
    for n = #found - offset, math.max(1, #found - offset - limit + 1), -1 do ids[#ids + 1] = found[n] end
    return #found, ids
end

if limit < 1 then return {look(), {}} end
while true do
    local total, ids = look()
    local rows = {}
    for _, id in ipairs(ids) do
        if is_gone(prefix, id) then unshelve(prefix, id, all, own, user) else rows[#rows + 1] = summary_of(prefix, id) end
    end
    if #rows == #ids then return {total, rows} end
end
