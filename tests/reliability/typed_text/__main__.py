"""Type into every form in a browser, and lose it in eight ways: python -m ... --help."""

import sys

from tests.reliability.typed_text.walk import main

sys.exit(main(sys.argv[1:]))
