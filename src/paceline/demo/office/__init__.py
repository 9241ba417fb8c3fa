"""What the shop's staff and its machines ask for: reports, lists, files, the queue of messages, the log of events.

The same rules as in `routes`: one file per subject, and a mistake is one visible branch on `ShopOptions`.
"""
