"""Signal sources: what the process, its host and its statements tell about themselves.

May live here: readers and probes that measure and hand on values; they run inside the host application, so nothing
may raise out of them, block for long or keep more than a bounded amount. May not: anything that changes the
application's behaviour or the database, and any import of a driver, a framework or another third-party module: a
probe attaches only to what the application has imported itself. Standard library only.
"""
