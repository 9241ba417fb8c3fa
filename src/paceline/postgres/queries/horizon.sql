-- Purpose: what holds back the oldest snapshot: VACUUM removes no row that died after it.
-- Grants: pg_read_all_stats (in pg_monitor) to see the sessions of others. Versions: all.
select * from (
    select 'session ' || pid as holder, age(backend_xmin) as xids,
        extract(epoch from now() - xact_start)::float8 as seconds
    from pg_stat_activity
    where backend_xmin is not null and pid <> pg_backend_pid() and backend_type = 'client backend'
    union all
    select 'a prepared transaction of ' || owner, age(transaction), extract(epoch from now() - prepared)::float8
    from pg_prepared_xacts
    union all
    select 'replication slot ' || slot_name, greatest(age(xmin), age(catalog_xmin)), null
    from pg_replication_slots
    where coalesce(xmin, catalog_xmin) is not null
) held
order by xids desc
limit 3
