-- Purpose: nothing but the way there and back.
-- Grants: none. Versions: all.
select 1 as one
