"""Everything that speaks HTTP or gRPC: receiver, JSON API, clients, and the server around them."""
