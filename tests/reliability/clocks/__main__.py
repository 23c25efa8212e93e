"""Run the 24 cases of clocks: python -m tests.reliability.clocks [NAME OF A CASE ...]."""

import sys

from tests.reliability.clocks.cases import main

sys.exit(main(sys.argv[1:]))
