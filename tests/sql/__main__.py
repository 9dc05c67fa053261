"""`python -m tests.sql` (or `make sql`) rewrites the SQL files."""

import os
import sys

import pytest

if __name__ == "__main__":
    os.environ["WRITE_SQL"] = "1"
    sys.exit(pytest.main(["-q", "-p", "no:randomly", "tests/sql/test_files.py"]))
