"""`python -m trastienda`."""

import sys

from trastienda.cli import main

sys.exit(main())
