"""Data that the program ships, each folder with its own loader. Nothing here imports models, forms or desktop.

Where every file came from: NOTICE.md.
"""
