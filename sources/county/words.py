"""The word lists of `data/`, typed."""

from pathlib import Path

from catalogue import Part, load_yaml

DATA = Path(__file__).parent / "data"


class Era(Part):
    """Given names in fashion for people born since a year: whole names, and characters to compose from."""

    since: int
    single: float
    """Share of one-character given names."""
    men: str
    men_characters: str
    women: str
    women_characters: str


class NameLists(Part):
    """What names are made of; `surnames` are words followed by their weight."""

    surnames: str
    eras: tuple[Era, ...]
    men_characters: str
    """Seen at all times, after those in fashion."""
    women_characters: str
    generations: str
    rare_in_gbk: str
    rare_outside_gbk: str
    dotted_men: str
    dotted_women: str
    nations: str


class Confusions(Part):
    """Groups of characters that clerks write for each other."""

    homophones: str
    look_alikes: str
    traditional: str


class PlaceLists(Part):
    """Syllables of invented places."""

    heads: str
    tails: str
    hospitals: str


def read_names() -> NameLists:
    """The lists that people's names are made of."""
    return load_yaml(DATA / "names.yaml", NameLists)


def read_confusions() -> Confusions:
    """The lists of characters mistaken for each other."""
    return load_yaml(DATA / "confusions.yaml", Confusions)


def read_places() -> PlaceLists:
    """The syllables that place names are made of."""
    return load_yaml(DATA / "places.yaml", PlaceLists)
