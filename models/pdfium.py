"""pdfium knows nothing of threads: whoever opens a PDF with it holds this lock until the document is closed."""

from __future__ import annotations

import threading

PDFIUM = threading.Lock()
