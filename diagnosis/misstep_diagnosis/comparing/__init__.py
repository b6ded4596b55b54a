"""Two runs side by side: the nearest good one, hops aligned, what differs and since where."""
