/**
 * The steps that must be atomic, in Lua. The server's clock counts, so that instances whose clocks differ agree; a test
 * may pass its own as ARGV[1]. Numbers that are kept are written with three decimals: Lua's own text has 14 digits only.
 */
import { createHash } from "node:crypto";

export interface Script {
  readonly text: string;
  readonly sha1: string;
}

const CLOCK = `
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + time[2] / 1000
end
`;

/** KEYS: buckets. ARGV: now, then limit, period, burst of each. Answers remaining, reset, retry of each, as text. */
export const TAKE = script(`${CLOCK}
local answer, kept, isRefused = {}, {}, false
for i, key in ipairs(KEYS) do
  local interval = tonumber(ARGV[3 * i]) / tonumber(ARGV[3 * i - 1])
  local burst = tonumber(ARGV[3 * i + 1])
  local fullAt = math.max(tonumber(redis.call('GET', key) or '0') or 0, now)
  local nextFullAt = fullAt + interval
  local wait = nextFullAt - burst * interval - now
  if wait > 0.01 then
    isRefused = true
    answer[3 * i - 2] = '0'
    answer[3 * i - 1] = string.format('%.3f', fullAt - now)
    answer[3 * i] = string.format('%.3f', wait)
  else
    kept[i] = nextFullAt
    local remaining = math.max(0, math.floor((now + burst * interval - nextFullAt) / interval + 0.001))
    answer[3 * i - 2] = string.format('%d', remaining)
    answer[3 * i - 1] = string.format('%.3f', nextFullAt - now)
    answer[3 * i] = '0'
  end
end
if not isRefused then
  for i, key in ipairs(KEYS) do
    redis.call('SET', key, string.format('%.3f', kept[i]), 'PX', math.max(1, math.ceil(kept[i] - now)))
  end
end
return answer`);

/** KEYS: one. ARGV: now, free, first delay, longest delay, forget after. Answers how long to wait, as text. */
export const ATTEMPT = script(`${CLOCK}
local known = redis.call('GET', KEYS[1])
local count, blockedUntil = 0, 0
if known then
  local a, b = string.match(known, '^(%d+):([%d.]+)$')
  count, blockedUntil = tonumber(a) or 0, tonumber(b) or 0
end
if blockedUntil > now then return string.format('%.3f', blockedUntil - now) end
count = count + 1
local delay = 0
if count >= tonumber(ARGV[2]) then
  delay = math.min(tonumber(ARGV[4]), tonumber(ARGV[3]) * 2 ^ (count - tonumber(ARGV[2])))
end
redis.call('SET', KEYS[1], string.format('%d:%.3f', count, now + delay),
  'PX', string.format('%d', math.ceil(delay + tonumber(ARGV[5]))))
return '0'`);

/** KEYS: one. ARGV: amount, time to live. */
export const INCREMENT = script(`
local sum = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return sum`);

/** KEYS: one. ARGV: field, value, time to live. Answers all fields and values in turn. */
export const PUT_FIELD = script(`
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return redis.call('HGETALL', KEYS[1])`);

function script(text: string): Script {
  return { text, sha1: createHash("sha1").update(text).digest("hex") };
}
