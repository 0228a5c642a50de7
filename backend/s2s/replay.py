"""`python -m s2s.replay FILE`, kept because saved reports name this command; see `s2s.recording.replay`."""

import sys

from s2s.recording.replay import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
