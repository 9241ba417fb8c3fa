"""What users are told: frozen values, and the pure functions that make them from snapshots.

May live here: dataclasses with units in their field names, arithmetic, sorting and paging; what is told of requests and
of processes has a room each, what is told of both or shared by both stands beside them. May not: reading the store,
files or the clock (the service hands everything in), HTTP, and texts of statements that were not normalised.
"""
