"""The doctor: looks at everything that measuring stands on and says what is well, what is not, and what to do.

One file per subject, each a function from circumstances to lines; `examination` runs them in order, each bounded in
time. May live here: looking and judging. May not: repairing, writing to a store, printing, or asking the network.
"""
