"""The endpoints that customers use: one file per subject, each with its own router.

A handler reads and answers; what is wrong on purpose is one visible branch on `ShopOptions`. Nothing here may
create tables or rows of sample data.
"""
