-- Purpose: how old the oldest row of each database is, counted in transactions, and what autovacuum does about it.
-- Grants: none. Versions: 13 and newer; the failsafe settings came with 14 and are null before.
select
    datname::text as database,
    age(datfrozenxid)::bigint as xids,
    mxid_age(datminmxid)::bigint as multixacts,
    current_setting('autovacuum_freeze_max_age')::bigint as xids_trigger,
    current_setting('autovacuum_multixact_freeze_max_age')::bigint as multixacts_trigger,
    current_setting('vacuum_failsafe_age', true)::bigint as xids_failsafe,
    current_setting('vacuum_multixact_failsafe_age', true)::bigint as multixacts_failsafe
from pg_database
where datallowconn
order by greatest(age(datfrozenxid), mxid_age(datminmxid)) desc
