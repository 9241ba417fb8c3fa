"""The command line: one file per command, named like it, and what commands share.

Here live options, exit codes, tables and the words for failures. What a command does is done in the rooms below; no
judgement, no measurement and no SQL may live here, and nothing in paceline may import this room. Typer, Rich and
uvicorn may be imported; a command's file is imported only when that command runs.
"""
