"""`python -m trastienda`."""

import sys

from trastienda.launch import main

sys.exit(main())
