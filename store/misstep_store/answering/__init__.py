"""The reader over the file of this process: pages of runs, one run, sums, searches."""
