"""Values of attributes, whichever way they were written, as facts of one shape."""
