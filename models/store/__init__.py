"""The one writer: row, audit entry and outbox event in one transaction; reading sessions beside it."""
