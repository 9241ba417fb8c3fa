-- Purpose: sessions that hold a transaction open and do nothing, longest first.
-- Grants: pg_read_all_stats (in pg_monitor) to see other roles. Versions: all.
select
    pid,
    usename::text as role,
    datname::text as database,
    extract(epoch from clock_timestamp() - state_change)::float8 as idle_seconds
from pg_stat_activity
where state in ('idle in transaction', 'idle in transaction (aborted)') and backend_type = 'client backend'
order by idle_seconds desc
limit 20
