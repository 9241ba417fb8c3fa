"""The performance engineer that a team installs next to its Python web service on PostgreSQL."""

__version__ = "0.1.0"
