-- Purpose: indexes with what REINDEX is judged by: valid or not, size, and an estimate of the pages they would need.
-- Grants: SELECT on a table for its estimate (null without), else none. Versions: 13 and newer.
-- The estimate is for plain btree columns: rows x (tuple header 8 + line pointer 4 + average widths, in steps of 8),
-- over pages filled to the fillfactor. It knows nothing of deduplication, so it errs towards too little bloat.
select
    i.indrelid::bigint as table_oid,
    c.oid::bigint as oid,
    n.nspname::text as schema,
    c.relname::text as name,
    quote_ident(n.nspname) || '.' || quote_ident(c.relname) as quoted,
    am.amname::text as method,
    i.indisvalid and i.indisready and i.indislive as valid,
    i.indisexclusion as exclusion,
    pg_relation_size(c.oid) as size_bytes,
    coalesce((
        select o.option_value::int from pg_options_to_table(c.reloptions) o where o.option_name = 'fillfactor'
    ), 90) as fillfactor,
    case
        when am.amname = 'btree' and c.reltuples > 0 and i.indexprs is null and w.known = i.indnatts
        then ceil(c.reltuples * (12 + 8 * ceil(w.bytes / 8.0)) / (
            (current_setting('block_size')::int - 40) * coalesce((
                select o.option_value::int from pg_options_to_table(c.reloptions) o where o.option_name = 'fillfactor'
            ), 90) / 100.0
        ))::float8 * current_setting('block_size')::int
    end as expected_bytes,
    pg_has_role(t.relowner, 'usage') or coalesce(has_table_privilege(t.oid, %(maintain)s::text), false)
        as may_reindex,
    (select min(p.pid) from pg_stat_progress_create_index p where p.index_relid = c.oid or p.relid = t.oid)
        as built_by
from pg_index i
join pg_class c on c.oid = i.indexrelid
join pg_class t on t.oid = i.indrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_am am on am.oid = c.relam
cross join lateral (
    select sum(s.avg_width)::float8 as bytes, count(s.avg_width) as known
    from unnest(i.indkey::int2[]) k (attnum)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
    left join pg_stats s on s.schemaname = n.nspname and s.tablename = t.relname and s.attname = a.attname
        and not s.inherited
) w
where c.relkind = 'i' and c.relpersistence <> 't'
    and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
    and (not i.indisvalid or not i.indisready or i.indrelid = any (%(tables)s::oid[])
        or c.relpages::bigint * current_setting('block_size')::int >= %(least_bytes)s)
    and not exists (
        select from pg_locks l
        where l.mode = 'AccessExclusiveLock' and l.relation in (c.oid, t.oid) and l.pid <> pg_backend_pid()
            and l.database = (select oid from pg_database where datname = current_database())
    )
order by size_bytes desc
