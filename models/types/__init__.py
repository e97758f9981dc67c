"""Values as people write them, and as they are stored. Each module reads one kind of value and never guesses.

A reader raises RuleError with a stable code and a Chinese sentence when the text cannot be that kind of value.
"""
