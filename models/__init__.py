"""Everything that is true without a screen: fields, rules, tables, sync and services. No Qt, no FastAPI."""
