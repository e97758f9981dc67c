"""The verbs, one module per noun. Each takes a Desk (an open workspace and who sits at it) and plain values, runs one
transaction, and returns frozen records. No service imports Qt, FastAPI or a form's drawing code but printing.
"""
