-- Purpose: the clients of the whole server by state.
-- Grants: pg_read_all_stats (in pg_monitor); without it the states of other roles are null. Versions: all.
select
    count(*) filter (where state = 'active')::int as active,
    count(*) filter (where state = 'idle')::int as idle,
    count(*) filter (where state = 'idle in transaction')::int as idle_in_transaction,
    count(*) filter (where state = 'idle in transaction (aborted)')::int as idle_in_transaction_aborted,
    count(*) filter (
        where state is null
            or state not in ('active', 'idle', 'idle in transaction', 'idle in transaction (aborted)')
    )::int as other,
    count(*)::int as total
from pg_stat_activity
where backend_type = 'client backend'
