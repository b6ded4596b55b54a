"""Which parts of the store can hold a text, so that the rest stays unread.

``grams`` turns texts into bits, ``signatures`` keeps those of thousands of rows each in a file beside
the store, ``index`` makes them in quiet moments and says what must be read for a text. What it names
is always read and compared: the index can only leave out what cannot hold the text, and a missing
or stale one costs time alone. docs/adr/0002-text-index.md has the measurements.
"""
