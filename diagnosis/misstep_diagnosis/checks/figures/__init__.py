"""Numbers, units, times and dates: read wrongly, reckoned wrongly, copied with a slip."""
