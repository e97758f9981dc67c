"""Whatever bytes arrive: only errors that we speak about come out, and nothing is taken by half."""
