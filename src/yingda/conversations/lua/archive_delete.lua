-- Deletes one conversation: ARGV is its name and the user of the key. Answers {outcome, messages}.
local prefix = KEYS[1]
local id = visible(prefix, ARGV[1], ARGV[2])
if not id then return {'none', 0} end
if open_conversations(prefix)[id] then return {'open', 0} end
if is_held(prefix, id) then return {'held', 0} end
local messages = messages_of(prefix, id)
delete_conversation(prefix, id)
return {'deleted', messages}
