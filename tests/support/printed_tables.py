"""Tables as texts hold them: between bars, with commas, in aligned columns."""

PLANS = (
    "| Plan | Seats | Price |\n|---|---|---|\n| Basic | 3 | 19 |\n| Team | 24 | 49 |\n"
    "| Scale | 40 | 129 |\n"
)
RENTS = "Item      Jan    Feb    Mar\nRent      900    900    940\nPower     120    135    110\n"
CITIES = "city,visitors,hotels\nGraz,41200,88\nLinz,38750,71\nWels,9120,23\n"
