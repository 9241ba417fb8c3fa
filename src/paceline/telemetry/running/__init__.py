"""The running window of one process: from finished records to a `Window`.

May live here: slots, folding, what is kept in full, encoding. May not: threads, locks, the store. Nothing in here is
thread-safe; `recorder` holds the lock.
"""
