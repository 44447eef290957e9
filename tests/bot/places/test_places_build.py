"""The index keeps the cities people name and the spellings they type."""

from bot.places.build import City, packed_index
from bot.places.cities import City as FoundCity
from bot.places.cities import Match, unpacked_index
from bot.places.zones import zone_countries


def city(name: str, country: str, zone: str, population: int, *spellings: str) -> City:
    return City(
        geonameid=population,
        name=name,
        countrycode=country,
        population=population,
        timezone=zone,
        alternatenames=list(spellings),
    )


MUNICH = city("Munich", "DE", "Europe/Berlin", 1_505_005, "MUC", "München", "mwnkh", "Мюнхен", "")
SMALL_MUNICH = city("Munich", "DE", "Europe/Berlin", 60_000)
VILLAGE = city("Dorf", "DE", "Europe/Berlin", 900)
CAPITAL = city("Vaduz", "LI", "Europe/Vaduz", 5_197, "Vadutz")
NAMESAKE = city("Yellowknife", "CA", "America/Edmonton", 19_569)
EDMONTON = city("Edmonton", "CA", "America/Edmonton", 1_010_899)
LOST = city("Atlantis", "XX", "Sea/Atlantis", 1_000_000)
KNOWN = [VILLAGE, SMALL_MUNICH, MUNICH, CAPITAL, NAMESAKE, EDMONTON, LOST]
MUNICH_ROW = FoundCity("Munich", "DE", "Europe/Berlin", 1_505_005)


def test_the_index_holds_large_cities_capitals_and_namesakes_once() -> None:
    index = unpacked_index(packed_index(KNOWN, {("LI", "vaduz")}))
    assert [line for line in index.cities if not line.endswith("\t0")] == [
        "Munich\tDE\tEurope/Berlin\t1505005",
        "Edmonton\tCA\tAmerica/Edmonton\t1010899",
        "Yellowknife\tCA\tAmerica/Edmonton\t19569",
        "Vaduz\tLI\tEurope/Vaduz\t5197",
    ]


def test_every_zone_with_a_country_has_a_place() -> None:
    index = unpacked_index(packed_index(KNOWN, set()))
    assert {line.split("\t")[2] for line in index.cities} == set(zone_countries())


def test_spellings_leave_out_codes_and_transcriptions() -> None:
    index = unpacked_index(packed_index(KNOWN, set()))
    munich = [name for name in index.spellings if MUNICH_ROW in [m.city for m in index.exact(name)]]
    assert munich == ["munchen", "munich", "мюнхен"]
    assert index.exact("munchen") == [Match(MUNICH_ROW, is_own_name=False)]
    assert index.exact("munich") == [Match(MUNICH_ROW, is_own_name=True)]


def test_the_order_of_the_source_does_not_change_the_bytes() -> None:
    assert packed_index(KNOWN[::-1], set()) == packed_index(KNOWN, set())
