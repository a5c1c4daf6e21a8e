"""Lets `python -m bridle` do what `bridle` does."""

import sys

from bridle.cli import main

if __name__ == "__main__":
    sys.exit(main())
