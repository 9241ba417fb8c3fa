"""The load generator: a precomputed schedule of arrivals, sent at its intended times whatever the server does.

May live here: schedules, scenarios, the HTTP client underneath, the engine that sends, and what it counted. May not:
verdicts over two runs (`prove.compare`), recording of production traffic (`prove.traffic`), any target but loopback.
"""
