import sys

from paytrain.cli import main

sys.exit(main())
