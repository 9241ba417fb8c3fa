"""One file per resource; each holds a router whose handlers ask the service and nothing else.

No store, no arithmetic and no authentication here: the guard stands before the whole application.
"""
