"""Control: what reaches all workers of a service, whoever was asked.

A command is a row in the store (`commands`), which every process reads at each flush and answers (`answering`). Live
settings are commands that stay (`tuning`): each process applies them (`applying`), and whoever judges judges by them
(`thresholds`). May live here: that, and clearing, which is one of them. May not: what changes the application.
"""
