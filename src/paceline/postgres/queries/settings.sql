-- Purpose: the settings that matter for speed, and where each comes from.
-- Grants: none; pg_read_all_settings (in pg_monitor) for shared_preload_libraries. Versions: all; a setting that this
-- server does not know has no row. reset_val is what a session begins with, whatever ours has changed.
select name, reset_val as value, unit, source
from pg_settings
where name in (
    'autovacuum', 'autovacuum_analyze_scale_factor', 'autovacuum_max_workers', 'autovacuum_naptime',
    'autovacuum_vacuum_cost_delay', 'autovacuum_vacuum_cost_limit', 'autovacuum_vacuum_insert_scale_factor',
    'autovacuum_vacuum_max_threshold', 'autovacuum_vacuum_scale_factor', 'checkpoint_completion_target',
    'checkpoint_timeout', 'default_statistics_target', 'effective_cache_size', 'effective_io_concurrency', 'fsync',
    'full_page_writes', 'hash_mem_multiplier', 'huge_pages', 'idle_in_transaction_session_timeout', 'io_method', 'jit',
    'maintenance_work_mem', 'max_connections', 'max_parallel_workers', 'max_parallel_workers_per_gather',
    'max_wal_size', 'max_worker_processes', 'random_page_cost', 'seq_page_cost', 'shared_buffers',
    'shared_preload_libraries', 'synchronous_commit', 'temp_buffers', 'track_io_timing', 'wal_buffers',
    'wal_compression', 'wal_level', 'work_mem'
)
order by name
