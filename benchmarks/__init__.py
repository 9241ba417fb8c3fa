"""Measured claims: what paceline costs, beside what it watches, in one process and one run. Never a test."""
