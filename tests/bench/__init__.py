"""Benchmarks beside their peers, in the same run. `./run bench [NAME]`; figures are ratios, because machines differ.

To add one: a module here with run() -> list of {name, value, unit, peer, peer_value, ratio}, and its line in
runner.BENCHES. Where a peer is missing its fields are None, never guessed.
"""
