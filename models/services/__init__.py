"""The verbs, one module per noun. Each takes a Desk (an open workspace and who sits at it) and plain values, runs one
transaction, and returns frozen records. No service imports Qt, FastAPI or a form's drawing code but printing.
"""

import os

# openpyxl asks for this when it is first imported. lxml is none of our packages; where something else has brought it (the bench's
# peers do), it would write the sheets, and tell of a full disk by an error of its own, which nobody here would know.
os.environ["OPENPYXL_LXML"] = "False"
