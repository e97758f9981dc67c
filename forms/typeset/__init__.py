"""Chinese typesetting to PDF: fonts, chains, line breaking, the GB/T 9704 grid, tables.

The PDF is written here and not by a library: 16-bit glyph codes in one font object a face, a correct text map above
U+FFFF, fonts that stay on disk until a glyph is asked of them, and the same bytes for the same sheets.
"""
