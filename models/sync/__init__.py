"""The protocol between offices, shared by both ends. docs/protocol.md is its specification."""
