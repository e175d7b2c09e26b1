/**
 * A counter is one string per key: a MessagePack array of when the block ends (`false` without one) and then, oldest
 * first, pairs of an instant and the units taken by then. A window is remembered in 100 steps, so that its length
 * does not grow with the number of takes. Times are doubles in epoch milliseconds.
 */

/**
 * Takes of all keys or of none, in one go: nothing runs in between on a Redis server.
 *
 * KEYS: one per budget. ARGV: units wanted; the caller's time, or nothing to go by the server's; how many
 * milliseconds keys are kept for longer than they are needed; then units and window of each budget.
 * Answers with the milliseconds to wait, 0 when taken, and the server's time.
 */
export const TAKE: string = `
local wanted, keep = tonumber(ARGV[1]), tonumber(ARGV[3])
local time = redis.call('TIME')
local server = time[1] * 1000 + time[2] / 1000
local now = tonumber(ARGV[2]) or server
local wait, counters = 0, {}

local function store(i, counter, until_ms)
  local ttl = math.max(until_ms, counter[1] or until_ms) - now + keep
  redis.call('SET', KEYS[i], cmsgpack.pack(counter), 'PX', string.format('%.0f', math.ceil(ttl)))
end

for i = 1, #KEYS do
  local limit, window = tonumber(ARGV[2 * i + 2]), tonumber(ARGV[2 * i + 3])
  local stored = redis.call('GET', KEYS[i])
  local old = stored and cmsgpack.unpack(stored) or { false }
  -- A clock set back: the old time may be far away, and nobody shall wait for it.
  local set_back = #old > 1 and old[#old - 1] > now + window
  local counter, used = { old[1] }, 0
  for s = 2, #old, 2 do
    local at = set_back and math.min(old[s], now) or old[s]
    if at > now - window then
      counter[#counter + 1] = at
      counter[#counter + 1] = old[s + 1]
      used = used + old[s + 1]
    end
  end
  if set_back then store(i, counter, now + window) end
  if counter[1] then wait = math.max(wait, counter[1] - now) end
  for s = 2, #counter, 2 do
    if used + wanted <= limit then break end
    wait = math.max(wait, counter[s] + window - now)
    used = used - counter[s + 1]
  end
  counters[i] = counter
end

if wait <= 0 then
  for i = 1, #KEYS do
    local window, counter = tonumber(ARGV[2 * i + 3]), counters[i]
    local step, last = window / 100, #counter - 1
    -- An older reading of the clock: what is taken with it was still taken after the last one.
    local at = last > 1 and math.max(now, counter[last]) or now
    if last > 1 and math.floor(counter[last] / step) == math.floor(at / step) then
      counter[last] = at
      counter[last + 1] = counter[last + 1] + wanted
    else
      counter[#counter + 1] = at
      counter[#counter + 1] = wanted
    end
    store(i, counter, at + window)
  end
end
return { string.format('%.0f', math.ceil(wait)), string.format('%.17g', server) }
`

/**
 * Blocks one key. KEYS: it. ARGV: until when, by the clock that takes go by; the same by the server's clock; how many
 * milliseconds the key is kept for longer.
 */
export const BLOCK: string = `
local time = redis.call('TIME')
local server = time[1] * 1000 + time[2] / 1000
local stored = redis.call('GET', KEYS[1])
local counter = stored and cmsgpack.unpack(stored) or { false }
local until_ms = tonumber(ARGV[1])
if not counter[1] or counter[1] < until_ms then counter[1] = until_ms end
local ttl = math.max(math.ceil(tonumber(ARGV[2]) - server), 0) + tonumber(ARGV[3])
ttl = math.max(ttl, redis.call('PTTL', KEYS[1]))
redis.call('SET', KEYS[1], cmsgpack.pack(counter), 'PX', string.format('%.0f', ttl))
`
