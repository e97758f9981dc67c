"""The test bed of faults: real processes, a line that fails at random bytes, kill -9, and what must hold afterwards."""
