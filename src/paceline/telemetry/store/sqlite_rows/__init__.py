"""What stands in the SQLite store: writing and reading windows, roll-up and retention, the ledger and the lease.

May live here: one subject's statements per file, run on a link that is lent by `sqlite_file`. May not: opening files.
"""
