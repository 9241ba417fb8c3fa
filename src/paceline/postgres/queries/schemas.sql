-- Purpose: the schemas that belong to users.
-- Grants: none. Versions: all.
select nspname::text as name
from pg_namespace
where nspname <> 'information_schema' and nspname !~ '^pg_'
order by nspname
