-- Purpose: indexes that no query uses and every write maintains: what a failed CREATE INDEX CONCURRENTLY leaves behind.
-- Grants: none. Versions: 13 and newer.
-- An index that is being built is invalid until it is done; a partitioned one until all partitions have theirs.
select
    quote_ident(n.nspname) || '.' || quote_ident(c.relname) as index,
    quote_ident(tn.nspname) || '.' || quote_ident(t.relname) as table,
    pg_relation_size(c.oid) as size_bytes,
    c.relname ~ '_cc(new|old)[0-9]*$' as left_over,
    i.indisunique as unique
from pg_index i
join pg_class c on c.oid = i.indexrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_class t on t.oid = i.indrelid
join pg_namespace tn on tn.oid = t.relnamespace
where c.relkind = 'i' and not (i.indisvalid and i.indisready and i.indislive)
    and not exists (
        select from pg_stat_progress_create_index p where p.index_relid = c.oid or p.relid = t.oid
    )
order by size_bytes desc, index
limit 100
