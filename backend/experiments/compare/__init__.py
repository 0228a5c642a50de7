"""Our gateway beside others, under one load: the same talkers, the same upstream, one machine, one run."""
