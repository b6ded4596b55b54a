"""Raw answers and requests of many calls at once, as :mod:`conventions.raw` reads one of them."""
