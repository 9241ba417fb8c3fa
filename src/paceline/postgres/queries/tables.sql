-- Purpose: tables, partitioned tables and materialised views of users with sizes, estimated rows and upkeep.
-- Grants: none. Versions: 13 and newer.
-- pg_table_size and its sisters lock what they measure; one table that somebody alters or rewrites must not stop the
-- whole list, so its sizes are null.
with locked as (
    select coalesce(t.oid, i.indrelid, l.relation) as oid
    from pg_locks l
    left join pg_index i on i.indexrelid = l.relation
    left join pg_class t on t.reltoastrelid = coalesce(i.indrelid, l.relation)
    where l.mode = 'AccessExclusiveLock' and l.relation is not null
        and l.database = (select oid from pg_database where datname = current_database())
        and l.pid <> pg_backend_pid()
),
measured as (
    select
        n.nspname::text as schema,
        c.relname::text as name,
        case c.relkind when 'p' then 'partitioned table' when 'm' then 'materialized view' else 'table' end as kind,
        c.relispartition as is_partition,
        case when c.reltuples >= 0 then c.reltuples::bigint end as rows,
        case when not exists (select from locked where locked.oid = c.oid) then
            array[
                pg_table_size(c.oid) - coalesce(pg_total_relation_size(c.reltoastrelid), 0),
                pg_indexes_size(c.oid),
                coalesce(pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0)
            ]
        end as sizes,
        s.n_dead_tup as dead_rows,
        greatest(s.last_vacuum, s.last_autovacuum) as last_vacuum,
        greatest(s.last_analyze, s.last_autoanalyze) as last_analyze
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_stat_all_tables s on s.relid = c.oid
    where c.relkind in ('r', 'p', 'm') and c.relpersistence <> 't'
        and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
        and (%(schema)s::text is null or n.nspname = %(schema)s)
)
select
    schema, name, kind, is_partition, rows, dead_rows, last_vacuum, last_analyze,
    sizes[1] as table_bytes, sizes[2] as index_bytes, sizes[3] as toast_bytes,
    sizes[1] + sizes[2] + sizes[3] as total_bytes,
    count(*) over () as total
from measured
order by total_bytes desc nulls first, schema, name
limit %(limit)s
