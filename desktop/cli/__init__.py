"""The command line beside the window, on the same services. Qt is imported only by what draws.

Exit status 0, or 1 and a Chinese sentence on stderr, or 2 for a wrong call.
"""

from desktop.cli.main import main

__all__ = ["main"]
