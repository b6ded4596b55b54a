"""The scanned invoices of the demo, as a scanner's software hands them over."""

from __future__ import annotations

from typing import Final

GERMAN: Final = """\
Nordlicht Optik GmbH, Hamburg
Rechnung Nr. INV-2204
Datum: 2025-03-03
-- page 1 --
1  Objective lens, 40x  2  440,00  880,00
2  Immersion oil set  10  30,00  300,00
Gesamtbetrag: 1.180,00 EUR
"""

BRITISH: Final = """\
Harbour & Pike Ltd, Plymouth
Invoice No. INV-3310
Date: 2025-03-05
1  Rope, 50 m  4  80.00  320.00
2  Shackle, steel  20  5.00  100.00
Total due: £420.00
"""

SMALL: Final = """\
Sycamore Office Supply Inc, Portland
Invoice No. INV-0877
Date: 2025-03-07
1  Paper, A4, box  1  38.50  38.50
Amount due: $38.50
"""

FRENCH: Final = """\
Atelier Bellecour SARL, Lyon
Facture No. INV-5120
Date: 2025-03-10
1  Vitrine, oak  1  2.300,50  2.300,50
2  Installation  1  150,00  150,00
Total à payer: 2.450,50 EUR
"""

ENGLISH_LABEL: Final = """\
Nordlicht Optik GmbH, Hamburg
Invoice No. INV-2231
Date: 2025-03-17
1  Camera adapter  2  820,00  1.640,00
Amount due: 1.640,00 EUR
"""

MIXED: Final = """\
Nordlicht Optik GmbH, Hamburg
Invoice No. INV-2207
Date: 2025-03-14
1  Microscope stage  1  999,00  999,00
2  LED ring light  2  150,00  300,00
Total due: 1.299,00 EUR
"""

PROSE_CURRENCY: Final = """\
Harbour & Pike Ltd, Plymouth
Invoice No. INV-3342
Date: 2025-03-18
1  Anchor chain, 10 m  1  612.00  612.00
2  Deck paint  2  45.00  90.00
Total due: 702.00
All our prices are in pounds sterling.
"""
