"""How the browser fares: origins seen without a click, long runs, keyboard, totals (docs/ui.md)."""
