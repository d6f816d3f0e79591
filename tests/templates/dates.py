"""Dates: strings to parse and formats. Nothing here depends on the current date."""

from itertools import product

TEXTS = [
    "2024-03-05", "2024-3-5", "20240305", "2024/03/05", "2024.03.05", "2024-03-05 13:04", "2024-03-05 13:04:05", "2024-03-05T13:04:05",
    "2024-03-05T13:04:05Z", "2024-03-05T13:04:05+00:00", "2024-03-05T13:04:05+02:00", "2024-03-05T13:04:05-0530", "2024-03-05T13:04:05.678Z",
    "2024-03-05T13:04:05.678901234Z", "2024-03-05 13:04:05 UTC", "2024-03-05 13:04:05 GMT", "2024-03-05 13:04:05 +0200", "2024-03-05 1:04 PM",
    "2024-03-05 1pm", "2024-03-05 12:00 am", "20240305T130405", "20240305T130405Z", "2024-065", "2024-W10-2", "2024-02-29", "2023-02-29",
    "2024-13-01", "2024-00-10", "2024-03-32", "3/5/2024", "3/14/24", "12/31/99", "1/2/68", "1/2/69", "31/12/2024", "13/3/2024", "31.12.2024",
    "5-3-2024", "31-12-2024", "14/3/24", "5 March 2024", "5 Mar 2024", "March 5, 2024", "Mar 5, 2024", "Mar 5th, 2024", "March 5th 2024", "5th of March 2024",
    "March 5 2024 13:04", "Tuesday, March 5, 2024", "Tue, 05 Mar 2024 13:04:05 GMT", "Tue, 05 Mar 2024 13:04:05 +0200", "Tue Mar 5 13:04:05 2024",
    "Tue Mar  5 13:04:05 2024", "Tue Mar 5 13:04:05 UTC 2024", "Mon Mar 5 2024", "Sept 5 2024", "Sep 5 2024", "sep 5 2024", "SEP 5 2024",
    "5-Mar-2024", "05-Mar-24", "2024-Mar-05", "2024 March 5", "2024 5 March", "Mar-05-2024", "mar 5, 2024, 1:04:05 p.m.", "March 5, 2024 at 1:04 PM",
    "0", "1", "1709643845", "1709643845000", "99999999999999", "99999999999999999999",
    "hello", "", " ", "not a date", "12:30:99", "25:00", "2024-03-05T25:00:00", "2024-03-05T13:60", "2024-03-05T24:00:00", "2024-03-05 13:04:60",
    "0001-01-01", "9999-12-31", "10000-01-01", "99-12-31", "2024-03-05T13:04:05 America/New_York", "2024-03-05 13:04 EST", "2024-03-05 13:04 PDT",
    " 2024-03-05 ", "2024-03-05\n", "2024-03-05,13:04", "2024-03-05x", "x 2024-03-05", "2024-03-05T13", "2024-03-05T1304", "5 mars 2024", "\u0665/3/2024",
    "March 2024 5", "2024, March 5", "2024-03-05 to 2024-03-06", "1.5.2024", "2024-03-05T13:04:05+25:00", "2024-03-05T13:04:05 Z", "2024-03-05T13:04:05z",
]

# Missing parts of a string are taken from the current date, so these are not printed.
PARTS = {
    "%B %Y": ["Jan 2025", "January 2025", "Sep 2023", "Sept 2023", "2025 Jan", "2025-01", "Jan, 2025", "01/2025", "1-2025"],
    "%Y": ["2025", "in 2025"],
    "%m-%d": ["Mar 5", "5 March", "March 5th", "3/5", "03-05", "5th of March"],
    "%H:%M:%S": ["13:04", "13:04:05", "1:04 pm", "1 PM", "10h36m28s", "12am", "noon", "T13:04"],
}

VALUES = {
    "zero": 0, "number": 1709643845, "negative": -1709643845, "float": 1709643845.5, "huge": 18446744073709551615, "null": None, "true": True,
    "list": [2024, 3, 5], "object": {"year": 2024}, "empty-list": [],
}

FORMATS = [
    "%Y-%m-%d %H:%M:%S", "%a %A %b %B %d %e", "%j %U %W %u %w %V %G %g", "%y %C %h %n %t %%", "%H %I %k %l %M %p %P %S", "%s", "%f %L %N", "%z %Z",
    "%c", "%x", "%X", "%r", "%R %T %D %F", "%-d %-m %-H %-I %-M %-S %-j %-y", "%_d %_m %_H", "%^a %^B %#p %#B", "%05d %3m %10Y", "%E %O %Ey %Od", "%Q %i %J %K %v %+",
    "%:z %::z", "%0d %0e", "%", "%%Y", "plain text", "", " ", "%Y %", "\u00e4 %Y \u65e5", "%d. %B %Y", "%Y-%m-%dT%H:%M:%S%z", "%b %d, '%y", "%-", "%1", "%q",
]


def cases():
    for text in TEXTS:
        yield f"date/read/{text}", "[{{ d | date: '%Y-%m-%d %H:%M:%S %z' }}]", {"d": text}
    for name, value in VALUES.items():
        yield f"date/value/{name}", "[{{ d | date: '%Y-%m-%d %H:%M:%S %z' }}]", {"d": value}
        yield f"date/format-value/{name}", "[{{ '2024-03-05' | date: d }}]", {"d": value}
    for text, form in product(("2024-03-05T13:04:05Z", "2024-12-31 00:00:09", "2000-01-01T01:02:03.000045+02:00"), FORMATS):
        yield f"date/print/{text}/{form}", "[{{ d | date: f }}]", {"d": text, "f": form}
    for form, texts in PARTS.items():
        for text in texts:
            yield f"date/part/{text}", "[{{ d | date: f }}]", {"d": text, "f": form}
    yield "date/missing", "[{{ missing | date: '%Y' }}]", {}
    yield "date/missing-format", "[{{ '2024-03-05' | date: missing }}]", {}
    yield "date/no-format", "[{{ '2024-03-05' | date }}]", {}
    yield "date/of-date", "[{{ '2024-03-05' | date: '%d.%m.%Y' | date: '%Y' }}]", {}
    yield "date/of-range", "[{{ (1..2) | date: '%Y' }}]", {}
    for text in TEXTS:
        yield f"datetime/read/{text}", "[{{ d | datetime: format: 'yyyy-MM-dd HH:mm:ss' }}]", {"d": text}
    forms = ["", ": format: 'short'", ": format: 'medium'", ": format: 'long'", ": format: 'full'", ": format: 'MMM dd, y'", ": format: 'EEEE d MMMM yyyy'", ": format: 'h:mm a'", ": format: 'HH:mm:ss.SSS'", ": format: 'yy M d D w Q'", ": format: nil", ": 'short'", ": format: 5", ": format: \"yyyy'T'HH\"", ": format: ''", ": format: 'QQQ QQQQ'", ": format: 'z Z ZZZZ X XXX'", ": format: 'G'", ": format: 'eee ccc'"]
    for number, (text, form) in enumerate(product(("2024-03-05T13:04:05Z", "2024-03-05", "2024-03-05T13:04:05+02:00"), forms)):
        yield f"datetime/print/{number:02}", "[{{ d | datetime" + form + " }}]", {"d": text}
    for name, value in VALUES.items():
        yield f"datetime/value/{name}", "[{{ d | datetime }}]", {"d": value}
    for zone in ("UTC", "America/New_York", "Nowhere/There", 5):
        yield f"datetime/zone/{zone}", "[{{ d | datetime }}]", {"d": "2024-03-05T13:04:05Z", "timezone": zone}
        yield f"datetime/input-zone/{zone}", "[{{ d | datetime }}]", {"d": "2024-03-05T13:04:05", "input_timezone": zone}
