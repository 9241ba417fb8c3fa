-- Purpose: tables, partitioned tables and materialised views of users with sizes, estimated rows and upkeep.
-- Grants: none. Versions: 13 and newer.
-- Measuring opens every file, which takes seconds with thousands of tables, so only the first by their estimated pages
-- are measured: three times as many as are asked for, and some. It also locks what it measures; one table that somebody
-- alters or rewrites must not stop the whole list, so its sizes are null.
with locked as (
    select coalesce(t.oid, i.indrelid, l.relation) as oid
    from pg_locks l
    left join pg_index i on i.indexrelid = l.relation
    left join pg_class t on t.reltoastrelid = coalesce(i.indrelid, l.relation)
    where l.mode = 'AccessExclusiveLock' and l.relation is not null
        and l.database = (select oid from pg_database where datname = current_database())
        and l.pid <> pg_backend_pid()
),
listed as (
    select
        c.oid, c.relname, c.relkind, c.relispartition, c.reltuples, c.reltoastrelid, n.nspname,
        count(*) over () as total,
        -- A table that was never vacuumed says 0 pages; a page holds some fifty rows of an ordinary width.
        greatest(c.relpages, pg_stat_get_live_tuples(c.oid) / 50)
            + coalesce((select t.relpages from pg_class t where t.oid = c.reltoastrelid), 0)
            + coalesce((
                select sum(x.relpages) from pg_index i join pg_class x on x.oid = i.indexrelid where i.indrelid = c.oid
            ), 0) as pages
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'm') and c.relpersistence <> 't'
        and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
        and (%(schema)s::text is null or n.nspname = %(schema)s)
    order by pages desc
    limit 3 * %(limit)s::int + 50
),
measured as (
    select
        l.*,
        case when not exists (select from locked where locked.oid = l.oid) then
            array[
                pg_table_size(l.oid) - coalesce(pg_total_relation_size(nullif(l.reltoastrelid, 0)), 0),
                pg_indexes_size(l.oid),
                coalesce(pg_total_relation_size(nullif(l.reltoastrelid, 0)), 0)
            ]
        end as sizes
    from listed l
)
select
    nspname::text as schema,
    relname::text as name,
    case relkind when 'p' then 'partitioned table' when 'm' then 'materialized view' else 'table' end as kind,
    relispartition as is_partition,
    case when reltuples >= 0 then reltuples::bigint end as rows,
    pg_stat_get_dead_tuples(oid) as dead_rows,
    greatest(pg_stat_get_last_vacuum_time(oid), pg_stat_get_last_autovacuum_time(oid)) as last_vacuum,
    greatest(pg_stat_get_last_analyze_time(oid), pg_stat_get_last_autoanalyze_time(oid)) as last_analyze,
    sizes[1] as table_bytes,
    sizes[2] as index_bytes,
    sizes[3] as toast_bytes,
    sizes[1] + sizes[2] + sizes[3] as total_bytes,
    total
from measured
order by total_bytes desc nulls first, schema, name
limit %(limit)s
