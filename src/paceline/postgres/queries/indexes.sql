-- Purpose: indexes of users with size, scans and whether they are unique and valid.
-- Grants: none. Versions: 13 and newer.
-- Only the first by their estimated pages are measured, and those that nobody has to himself (see tables.sql). The
-- definition holds literals (predicates, expressions); the reader takes them out before anybody sees it.
with locked as (
    select l.relation as oid
    from pg_locks l
    where l.mode = 'AccessExclusiveLock' and l.relation is not null
        and l.database = (select oid from pg_database where datname = current_database())
        and l.pid <> pg_backend_pid()
),
listed as (
    select
        c.oid, c.relname, n.nspname, t.relname as table_name, a.amname, i.indrelid, i.indkey, i.indnkeyatts,
        i.indpred is not null as partial, i.indisunique, i.indisprimary, i.indisvalid,
        count(*) over () as total
    from pg_index i
    join pg_class c on c.oid = i.indexrelid
    join pg_class t on t.oid = i.indrelid
    join pg_namespace n on n.oid = c.relnamespace
    join pg_am a on a.oid = c.relam
    where t.relkind in ('r', 'p', 'm') and t.relpersistence <> 't'
        and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
        and (%(schema)s::text is null or n.nspname = %(schema)s)
    order by c.relpages desc
    limit 3 * %(limit)s::int + 50
)
select
    nspname::text as schema,
    table_name::text as table,
    relname::text as name,
    amname::text as method,
    pg_get_indexdef(oid) as definition,
    array(
        select at.attname::text
        from unnest(indkey::int2[]) with ordinality k (attnum, place)
        left join pg_attribute at on at.attrelid = indrelid and at.attnum = k.attnum and k.attnum <> 0
        where k.place <= indnkeyatts
        order by k.place
    ) as columns,
    partial,
    indisunique as unique,
    indisprimary as primary,
    indisvalid as valid,
    case when not exists (select from locked where locked.oid in (listed.oid, indrelid)) then pg_relation_size(oid) end
        as size_bytes,
    pg_stat_get_numscans(oid) as scans,
    total
from listed
order by size_bytes desc nulls first, schema, name
limit %(limit)s
