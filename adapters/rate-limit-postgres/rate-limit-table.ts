import { databaseFailed, type PostgresClientLike } from './postgres-client.ts'

/** Any number that stays: setting up is done by one process at a time. */
const SETUP_LOCK = 4_117_220_316

/**
 * A counter is one row per key: instants, oldest first, and the units taken by each. A window is remembered in 100
 * steps, so that a row does not grow with the number of takes. Times are in epoch milliseconds.
 *
 * Unlogged: after a crash of the server the counts begin anew, and a take does not wait for the disk. Half of each
 * page is left free, so that a row that changes with every take stays on its page and needs no vacuum.
 */
const TABLE = `
  CREATE UNLOGGED TABLE IF NOT EXISTS appointment_sync_rate_limits (
    key text COLLATE "C" PRIMARY KEY,
    taken_at float8[] NOT NULL DEFAULT '{}',
    taken_units float8[] NOT NULL DEFAULT '{}',
    blocked_until float8 NOT NULL DEFAULT '-Infinity',
    -- From then on the row is as good as none.
    idle_at float8 NOT NULL DEFAULT '-Infinity'
  ) WITH (fillfactor = 50);`

/**
 * Takes of all budgets or of none. A function, because each of its statements sees what the transaction that it
 * waited for has committed; a single statement would decide on what it saw before it waited.
 */
const TAKE = `
  CREATE OR REPLACE FUNCTION appointment_sync_take_units(
    budget_keys text[], budget_units float8[], budget_windows float8[], wanted float8, caller_ms float8
  ) RETURNS TABLE (wait_ms float8, server_ms float8) LANGUAGE plpgsql VOLATILE AS $take$
  DECLARE
    places int[];
    place int;
    slot int;
    counter appointment_sync_rate_limits;
    counters appointment_sync_rate_limits[];
    ats float8[];
    amounts float8[];
    used float8;
    window_ms float8;
    now_ms float8;
    moment float8;
    waiting float8 := 0;
  BEGIN
    -- Always locked in the same order, so that no two takes wait for each other.
    SELECT array_agg(p ORDER BY budget_keys[p] COLLATE "C") INTO places
      FROM generate_subscripts(budget_keys, 1) AS p;
    FOREACH place IN ARRAY places LOOP
      LOOP
        SELECT * INTO counter FROM appointment_sync_rate_limits t
          WHERE t.key = budget_keys[place] FOR UPDATE;
        EXIT WHEN FOUND;
        INSERT INTO appointment_sync_rate_limits (key) VALUES (budget_keys[place]) ON CONFLICT DO NOTHING;
      END LOOP;
      counters[place] := counter;
    END LOOP;
    -- Read once the locks are held: it is then no earlier than what others recorded.
    server_ms := extract(epoch FROM clock_timestamp()) * 1000;
    now_ms := coalesce(caller_ms, server_ms);

    FOREACH place IN ARRAY places LOOP
      counter := counters[place];
      window_ms := budget_windows[place];
      ats := counter.taken_at;
      amounts := counter.taken_units;
      -- A clock set back: the old time may be far away, and nobody shall wait for it.
      IF ats[cardinality(ats)] > now_ms + window_ms THEN
        ats := ARRAY(SELECT least(a.at, now_ms) FROM unnest(ats) WITH ORDINALITY AS a(at, nr) ORDER BY a.nr);
        UPDATE appointment_sync_rate_limits t SET taken_at = ats WHERE t.key = budget_keys[place];
      END IF;
      slot := 1;
      WHILE ats[slot] <= now_ms - window_ms LOOP slot := slot + 1; END LOOP;
      ats := ats[slot:];
      amounts := amounts[slot:];
      waiting := greatest(waiting, counter.blocked_until - now_ms);
      used := coalesce((SELECT sum(amount) FROM unnest(amounts) AS amount), 0);
      slot := 1;
      WHILE used > 0 AND used + wanted > budget_units[place] LOOP
        waiting := greatest(waiting, ats[slot] + window_ms - now_ms);
        used := used - amounts[slot];
        slot := slot + 1;
      END LOOP;
      counter.taken_at := ats;
      counter.taken_units := amounts;
      counters[place] := counter;
    END LOOP;

    IF waiting <= 0 THEN
      FOREACH place IN ARRAY places LOOP
        counter := counters[place];
        window_ms := budget_windows[place];
        ats := counter.taken_at;
        amounts := counter.taken_units;
        slot := cardinality(ats);
        -- An older reading of the clock: what is taken with it was still taken after the last one.
        moment := greatest(now_ms, ats[slot]);
        IF slot > 0 AND floor(ats[slot] / (window_ms / 100)) = floor(moment / (window_ms / 100)) THEN
          ats[slot] := moment;
          amounts[slot] := amounts[slot] + wanted;
        ELSE
          ats := ats || moment;
          amounts := amounts || wanted;
        END IF;
        UPDATE appointment_sync_rate_limits t
          SET taken_at = ats,
              taken_units = amounts,
              idle_at = moment + window_ms
          WHERE t.key = budget_keys[place];
      END LOOP;
    END IF;
    wait_ms := ceil(waiting);
    RETURN NEXT;
  END
  $take$;`

/**
 * The table and the function of the rate limiter, as one statement for a migration of yours. Running it again
 * changes nothing. They are made in the first schema of the connection's `search_path`.
 */
export function rateLimitTable(): string {
  return `DO $setup$ BEGIN
  PERFORM pg_advisory_xact_lock(${SETUP_LOCK});${TABLE}${TAKE}
END $setup$;
`
}

/**
 * Makes the table and the function of the rate limiter where they are missing. Several processes may do so at once.
 * Needs the right to create in the schema. Throws `RATE_LIMITER_FAILED`.
 */
export async function ensureRateLimitTable(client: PostgresClientLike): Promise<void> {
  try {
    await client.query(rateLimitTable())
  } catch (error) {
    throw databaseFailed(error)
  }
}
