"""The words of which names, addresses and texts are made."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shelf:
    """A category: its name, the things on it, the price in cents around which they lie, its share of the range."""

    name: str
    things: tuple[str, ...]
    price_cents: int
    share: int

    @property
    def slug(self) -> str:
        """Return the name as it stands in addresses."""
        return self.name.lower().replace(" ", "-")


SHELVES: tuple[Shelf, ...] = (
    Shelf("Kitchen", ("Pan", "Kettle", "Knife", "Bowl", "Mug", "Grater", "Carafe", "Whisk"), 2_900, 12),
    Shelf("Lighting", ("Lamp", "Lantern", "Pendant", "Spotlight", "Sconce"), 7_900, 9),
    Shelf("Furniture", ("Chair", "Table", "Shelf", "Stool", "Bench", "Desk"), 24_900, 8),
    Shelf("Textiles", ("Blanket", "Cushion", "Curtain", "Towel", "Rug"), 3_900, 8),
    Shelf("Garden", ("Trowel", "Planter", "Hose", "Rake", "Shears", "Trellis"), 3_400, 7),
    Shelf("Office", ("Notebook", "Pen", "Organiser", "Stapler", "Folder"), 1_400, 7),
    Shelf("Outdoor", ("Tent", "Backpack", "Stove", "Hammock", "Sleeping Bag"), 11_900, 6),
    Shelf("Toys", ("Puzzle", "Train", "Kite", "Blocks", "Puppet"), 2_400, 6),
    Shelf("Audio", ("Headphones", "Speaker", "Turntable", "Microphone"), 15_900, 5),
    Shelf("Bath", ("Brush", "Soap Dish", "Mirror", "Bath Mat"), 2_200, 5),
    Shelf("Sports", ("Ball", "Racket", "Dumbbell", "Yoga Mat", "Rope"), 3_700, 5),
    Shelf("Bags", ("Satchel", "Tote", "Wallet", "Suitcase"), 8_900, 4),
    Shelf("Storage", ("Basket", "Box", "Crate", "Rack"), 2_700, 4),
    Shelf("Tools", ("Hammer", "Saw", "Drill", "Wrench"), 5_400, 4),
    Shelf("Bicycles", ("Saddle", "Helmet", "Pump", "Bell"), 4_900, 3),
    Shelf("Clocks", ("Wall Clock", "Alarm Clock", "Timer"), 4_400, 2),
    Shelf("Instruments", ("Ukulele", "Flute", "Drum", "Harmonica"), 12_900, 2),
    Shelf("Pets", ("Leash", "Bird House", "Pet Bed"), 2_600, 2),
    Shelf("Tea", ("Teapot", "Tea Tin", "Strainer"), 2_100, 1),
    Shelf("Gifts", ("Card Set", "Candle", "Gift Box"), 1_200, 1),
)

ADJECTIVES = (
    "Amber", "Arctic", "Bold", "Bright", "Calm", "Classic", "Coastal", "Compact", "Copper", "Crisp", "Deep",
    "Early", "Elegant", "Evergreen", "Fine", "Folding", "Frosted", "Gentle", "Golden", "Grand", "Handmade",
    "Hidden", "Ivory", "Jade", "Light", "Little", "Lunar", "Mellow", "Modern", "Nimble", "Noble", "Nordic",
    "Polar", "Quiet", "Rapid", "Royal", "Rustic", "Silver", "Slim", "Solid", "Summer", "Swift", "Urban", "Velvet",
    "Vintage", "Wild", "Winter", "Woodland",
)  # fmt: skip
MATERIALS = (
    "Bamboo", "Beech", "Brass", "Canvas", "Ceramic", "Cork", "Cotton", "Enamel", "Felt", "Glass", "Iron",
    "Leather", "Linen", "Maple", "Marble", "Oak", "Porcelain", "Steel", "Stone", "Teak", "Walnut", "Wool",
)  # fmt: skip
COLORS = (
    "white", "black", "oak", "grey", "sand", "navy", "olive", "terracotta", "cream", "teal", "mustard", "rose",
    "forest", "copper", "lilac", "crimson",
)  # fmt: skip
"""From the one that is sold most to the one that is seldom made; so are the words below, up to `TRENDS`."""
SIZES = ("m", "l", "s", "xl", "xs")
FINISHES = ("matt", "natural", "polished", "brushed", "glazed", "lacquered")
MAKES = ("Works", "Studio", "Brothers", "Atelier", "Goods", "House", "Supply", "Design")
"""What a maker's name ends with; it begins with one of `LAST_NAMES`."""
THEMES = (
    "everyday", "nordic", "classic", "rustic", "industrial", "coastal", "minimal", "retro", "botanical", "japandi",
    "bohemian", "art-deco", "alpine", "maritime", "bauhaus", "baroque",
)  # fmt: skip
OCCASIONS = (
    "gift", "birthday", "wedding", "christmas", "housewarming", "mothers-day", "easter", "graduation", "picnic",
    "anniversary", "halloween", "retirement",
)  # fmt: skip
TRENDS = (
    "sustainable", "handmade", "recycled", "fair-trade", "vegan", "limited", "award-winning", "small-batch",
    "carbon-neutral", "repairable", "prototype", "signed",
)  # fmt: skip
FIRST_NAMES = (
    "Ada", "Aisha", "Alan", "Amara", "Anders", "Anna", "Aroha", "Ben", "Carla", "Chen", "Clara", "Daniel", "Diego",
    "Edith", "Elena", "Emil", "Farid", "Fatima", "Felix", "Frida", "Grace", "Hana", "Hugo", "Ines", "Ivan", "Jana",
    "Jonas", "Kai", "Keiko", "Lars", "Leila", "Lena", "Liam", "Lucia", "Maja", "Marco", "Maria", "Mateo", "Mei",
    "Milan", "Mina", "Nadia", "Nils", "Noah", "Nora", "Olga", "Omar", "Oskar", "Paul", "Priya", "Rosa", "Ruth",
    "Samir", "Sofia", "Stella", "Tara", "Theo", "Tomas", "Uma", "Vera", "Viktor", "Wanda", "Yara", "Zoe",
)  # fmt: skip
LAST_NAMES = (
    "Adler", "Almeida", "Andersen", "Bauer", "Becker", "Bianchi", "Braun", "Castro", "Costa", "Dahl", "Dubois",
    "Eriksen", "Fischer", "Fontaine", "Garcia", "Haas", "Hansen", "Hoffmann", "Ivanov", "Jansen", "Kaya", "Keller",
    "Khan", "Kim", "Koch", "Kowalski", "Kraus", "Kumar", "Lang", "Larsen", "Lopez", "Marino", "Meyer", "Moreau",
    "Nakamura", "Novak", "Okafor", "Olsen", "Patel", "Petrov", "Ricci", "Romano", "Rossi", "Santos", "Sato",
    "Schmidt", "Silva", "Singh", "Suzuki", "Tanaka", "Torres", "Varga", "Vogel", "Weber", "Wolf", "Yilmaz",
)  # fmt: skip
STREETS = ("Garden Row", "Mill Lane", "Station Road", "Harbour Street", "Church Hill", "Park Avenue", "Oak Way")
CITIES = (
    "Berlin", "Lyon", "Porto", "Graz", "Bergen", "Turin", "Ghent", "Leeds", "Aarhus", "Utrecht", "Brno", "Zurich",
)  # fmt: skip
COUNTRIES = ("DE", "FR", "PT", "AT", "NO", "IT", "BE", "GB", "DK", "NL", "CZ", "CH")
"""The country of each of `CITIES`, in the same order."""

PRAISE = (
    "Exactly what I was looking for.", "Well made and arrived quickly.", "A pleasure to use every day.",
    "Better than the pictures.", "My second one already.", "Worth every cent.",
)  # fmt: skip
DOUBT = (
    "It does what it should.", "Good, though the colour is a little different.", "Fine for the price.",
    "Delivery took longer than promised.", "Average quality.",
)  # fmt: skip
COMPLAINT = (
    "Broke after two weeks.", "Much smaller than I thought.", "The finish came off.", "I sent it back.",
    "Not worth the money.",
)  # fmt: skip
DETAILS = (
    "We use it at home nearly every day and it still looks new.", "The packaging was simple and free of plastic.",
    "A friend has bought the same since.", "It took some time to get used to the handle.",
    "Cleaning is easy and it dries fast.", "The size fits our small flat.",
)  # fmt: skip
PITCHES = (
    "Designed for everyday use and made to last for years.", "Each piece is finished by hand and checked twice.",
    "A timeless shape that fits old and new rooms alike.", "Light enough to carry, strong enough to keep.",
    "Made in small batches by a family workshop.", "Thoughtful details make the difference.",
)  # fmt: skip
CARE = (
    "Wipe with a damp cloth.", "Keep away from direct sunlight.", "Spare parts are available for ten years.",
    "Delivered assembled, with a two-year guarantee.", "Store in a dry place.", "Easy to repair and to recycle.",
)  # fmt: skip

SAMPLE_ENTRY_WORD = "correct-horse-42"
"""What every sample customer types to sign in."""

DEVICES = ("phone", "phone", "phone", "desktop", "desktop", "tablet")
"""What people come with; repeated as often as it is used."""
