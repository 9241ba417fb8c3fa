"""The switchboard: brings stores, judges and remedies together and answers what users ask.

May live here: the service that answers every question from the store, the ranking of findings, jobs, the journal,
live control of the workers, duties, and proofs. May not: anything about HTTP, terminals or host frameworks, anything
that runs inside a request of the application, and measuring itself, which belongs to `observe` and `telemetry`.
"""
