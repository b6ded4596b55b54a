"""What was asked for, fetched and quoted: another record, edition or source, or none at all."""
