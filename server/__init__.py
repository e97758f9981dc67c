"""The county server: HTTP in, models.sync and models.services out. It decides nothing of its own."""
