"""From finished records to collectors, files and the inbox; bounded, counted, never in the way."""
