"""`/metrics` for Prometheus (docs/decisions/0039).

middleware → kinds, instruments → store (files that the web processes of a node share), board (what changes with each
request); views → store, board, database, broker
"""
