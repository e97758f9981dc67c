"""Chinese typesetting to PDF: fonts, chains, line breaking, the GB/T 9704 grid, tables.

The file is written by ReportLab's canvas (pdf.py), its fonts and texts are ours: 16-bit glyph codes in one font object a
face, a correct text map above U+FFFF, fonts that stay on disk until a glyph is asked of them, and the same bytes for the
same sheets.
"""
