"""Numbers over time: records of requests in flight, windows, snapshots, kept traces, and the store.

May live here: measuring arithmetic and its persistence. May not: anything that knows a driver, a framework or an upper
room. Standard library only: this room runs inside every request of the host application.
"""
