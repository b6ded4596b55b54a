"""What named operands give: typed derivations, days and dates, results by the names of fields."""
