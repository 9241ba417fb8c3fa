"""Database drivers: when a statement ran and how long, into the current request's record.

One file per driver, named after it and the only one that imports it; attached only to a driver that the application has
already imported. May not: change a statement, a result or an error.
"""
