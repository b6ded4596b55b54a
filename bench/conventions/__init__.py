"""What mapping spans to hops costs on top of decoding them."""
