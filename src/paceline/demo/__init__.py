"""The sample shop: an ordinary service on PostgreSQL with mistakes that one can switch, to see paceline at work.

Here live the shop's schema, data, routes, mistakes and its traffic as plain data, and what starts them together.
The shop itself never imports paceline's monitoring: it stands for the code of a user. Nothing in paceline may
import this room, the command line apart.
"""
