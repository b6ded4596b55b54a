"""How fast the store takes spans and answers, beside its peers and its limits."""
