"""What the programs beside this ask of models."""

EXTRACT = """You extract the fields of an invoice. Answer with JSON only: vendor, number, date
(YYYY-MM-DD), currency (ISO 4217), total (a number), lines (description, quantity, unit_price,
amount)."""
CONVERT = """You convert amounts of money to USD, rounded to cents. Answer with JSON only: amount,
currency, rate. Rates: 1 USD = 1.00 USD; 1 EUR = 1.09 USD; 1 GBP = 1.27 USD; 1 CHF = 1.13 USD."""
