"""Mixed releases: a recorded workspace of an earlier schema, and peers that are one release older or newer than this one."""
