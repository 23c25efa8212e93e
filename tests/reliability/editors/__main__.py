"""Let two edit, and send forms five times: python -m tests.reliability.editors --help."""

import sys

from tests.reliability.editors.rounds import main

sys.exit(main(sys.argv[1:]))
