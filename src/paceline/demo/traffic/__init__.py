"""The visitors of the shop as plain data: who comes, what they ask for one after the other, how often. Pure.

The same seed and population give the same requests. Nothing here sends anything (`sending` does), and nothing here
imports the shop's handlers, which the sending process does not need.
"""
