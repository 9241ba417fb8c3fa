-- Purpose: indexes of users with size, scans and whether they are unique and valid.
-- Grants: none. Versions: 13 and newer.
-- The size is null while somebody has the index to himself (see tables.sql). The definition holds literals (predicates,
-- expressions); the reader takes them out before anybody sees it.
with locked as (
    select l.relation as oid
    from pg_locks l
    where l.mode = 'AccessExclusiveLock' and l.relation is not null
        and l.database = (select oid from pg_database where datname = current_database())
        and l.pid <> pg_backend_pid()
)
select
    n.nspname::text as schema,
    t.relname::text as table,
    c.relname::text as name,
    a.amname::text as method,
    pg_get_indexdef(c.oid) as definition,
    array(
        select case when k.attnum = 0 then null else (
            select at.attname::text from pg_attribute at where at.attrelid = i.indrelid and at.attnum = k.attnum
        ) end
        from unnest(i.indkey::int2[]) with ordinality k (attnum, place)
        where k.place <= i.indnkeyatts
        order by k.place
    ) as columns,
    i.indpred is not null as partial,
    i.indisunique as unique,
    i.indisprimary as primary,
    i.indisvalid as valid,
    case when not exists (select from locked where locked.oid in (c.oid, t.oid)) then pg_relation_size(c.oid) end
        as size_bytes,
    s.idx_scan as scans,
    count(*) over () as total
from pg_index i
join pg_class c on c.oid = i.indexrelid
join pg_class t on t.oid = i.indrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_am a on a.oid = c.relam
left join pg_stat_all_indexes s on s.indexrelid = c.oid
where t.relkind in ('r', 'p', 'm') and t.relpersistence <> 't'
    and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
    and (%(schema)s::text is null or n.nspname = %(schema)s)
order by size_bytes desc nulls first, schema, name
limit %(limit)s
