"""The service: everything that can be asked of paceline, in any process; REST, the command line and Python ask it.

Answers are typed values (`answers`), and a method has the name of its path.
"""

from __future__ import annotations

from paceline import errors
from paceline.engine import database

NotFound = errors.NotFound
NotYet = database.NotYet


class Service(database.DatabaseQuestions):
    """All questions and operations of one service. Any thread may call any method."""
