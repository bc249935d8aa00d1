-- Deletes the newest turn: ARGV is the conversation's name, the user of the key, and the ending that saves a turn
-- from it. Answers the outcome.
local prefix = KEYS[1]
local id = visible(prefix, ARGV[1], ARGV[2])
if not id then return 'none' end
if open_conversations(prefix)[id] then return 'open' end
if is_held(prefix, id) then return 'held' end
local c, history = prefix .. 'c:' .. id, prefix .. 'h:' .. id
local turn_id = redis.call('ZREVRANGE', history, 0, 0)[1]
if not turn_id then return 'none' end
local t = prefix .. 't:' .. turn_id
local turn = redis.call('HMGET', t, 'number', 'ending', 'answer', 'key')
if ARGV[3] == '+' .. (turn[2] or '') then return 'left' end
if turn[1] == '1' then
    delete_conversation(prefix, id)
    return 'deleted'
end
local messages = messages_of(prefix, id)
local taken = (turn[3] and turn[3] ~= '') and 2 or 1
redis.call('HSET', c, 'turn_count', redis.call('HGET', c, 'turn_count') - 1, 'message_count', messages - taken)
if turn[4] and redis.call('HGET', prefix .. 'i:' .. turn[4], 'turn_id') == turn_id then
    redis.call('DEL', prefix .. 'i:' .. turn[4])
end
redis.call('ZREM', history, turn_id)
redis.call('DEL', t, prefix .. 'j:' .. turn_id)
return 'deleted'
