"""Raw bodies of the providers' own requests, answers and streams."""
