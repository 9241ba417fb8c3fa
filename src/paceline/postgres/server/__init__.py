"""The parts of a PostgreSQL server that we run ourselves: its folders, programs, data and process.

`embedded_postgres` is the door to them; nothing else imports this folder. Standard library only. Not here:
where the programs come from (the door knows the wheel) and questions to a running server.
"""
