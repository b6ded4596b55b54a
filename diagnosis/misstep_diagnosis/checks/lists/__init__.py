"""Lists, records and tables: members lost, invented, exchanged, or given to another record."""
