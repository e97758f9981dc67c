"""One file a printed form (or a family of forms that share a layout). forms/base.py says how to add one."""
