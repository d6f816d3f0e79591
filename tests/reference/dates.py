"""Records how the reference parses and formats dates in tests/conformance/dates.json.

    pip install -r tests/reference/requirements-dates.txt
    python tests/reference/dates.py

time-machine fixes the clock and TZ sets the local zone, so that the results are the same on every
machine with glibc. A null result is an error of the reference.
"""

import datetime
import importlib.metadata
import itertools
import json
import os
import pathlib
import platform
import time
import warnings

import time_machine
from dateutil.parser import _parser
from liquid import Environment
from liquid.builtin.filters import misc

TABLE = pathlib.Path(__file__).parent.parent / "conformance" / "dates.json"
LIBRARIES = ["python-liquid", "python-dateutil", "Babel", "pytz", "time-machine"]

# All observable properties of a moment.
PROBE = "%Y-%m-%dT%H:%M:%S.%f|%z|%Z"

NEW_YORK = "EST5EDT,M3.2.0,M11.1.0"
LONDON = "GMT0BST,M3.5.0/1,M10.5.0"
SYDNEY = "AEST-10AEDT,M10.1.0,M4.1.0/3"
KOLKATA = "IST-5:30"
UTC = "UTC0"

DAYS = """2024-03-05 2024/03/05 2024.03.05 2024/3/5 2024-3-5 20240305 240305 3/14/24 14/3/24 3/5/2024 03/05/2024 31/12/2024
31.12.2024 31-12-2024 12/31/99 1.2.2024 1-2-24 12/31 3/2024 2024-03 2024/3 03-2024 13/12 2024 1999 99 24 5 32 100 101 999 0
Jan Feb March sept Sept. Sep. December Mon Friday sunday tues Tuesday Thurs
Jan_2025 Sep_2023 Feb_2025 February_2024 Jan_25 25_Jan Jan_32 Mar_31 Feb_30 Feb_29 31_Feb Jan-25 Jan-2025 Jan/2025 25-Jan
2025-Jan 25/Jan/2025 25-Jan-2025 2025-Jan-25 Jan-25-2025 25.Jan.2025 25.Jan Jan.2025 Sep.20.2009 20.Sep.2009 5Jan2025 05Jan25
March_5 March_5,_2024 Mar_5,_2024 Mar_5_2024 Mar_5th,_2024 5th_March_2024 5th_of_March_2024 5_March_2024 5_Mar_24
the_5th_of_March,_2024 March_5th March_1st 2nd_March 3rd_Mar Jan_of_25 Jan_of_2025 Jan_of_x Jan_of_7 March_5,2024 March,2024
Tuesday,_March_5,_2024 Tue,_5_Mar_2024 Tue_Mar_5_2024 Tue_5 Tuesday_5_March Friday_March Fri_2024 2024_March_5 2024_5_March
2024_March 2024-060 2024060 2024-W10 2024-W10-2 2024W102 2024-Q1 Q1_2024 2024-03-05-06 1/2/3/4 1_2_3_4 01/02/03 13/01/02
10/11/12 32/1/2 1/32/2 99/1/2 2024-13-01 2024-13-32 2024-02-30 2023-02-29 2024-00-10 2024-01-00 0000-01-01 0001-01-01 0099-01-01
0999-12-31 9999-12-31 10000-01-01 12345-01-01 99999999999-01-01 5/31/2147483648 2024-2024 2024_2025 Mar_Apr_2024 5_5_5 1.5 3.14
12,5 2024,03,05 2024.5 -5 -1 +5 1e5 1_000 0x10 05-03-2024 5-3-2024 March-5-2024 20240305. 2024-03-05. 2024-03-05, ,2024-03-05
2024年3月5日 5_mars_2024 5._März_2024 March5 March5,2024 5March 5thMarch2024 Mar.5 Mar.5,2024 2024-03-05BC 2024AD March_2024_AD""".split()

TIMES = """10:30 10:30:15 10:30:15.5 10:30:15.123456 10:30:15.123456789 10:30:15,25 1:2:3 24:00 23:59:60 10:60 25:00 10:30:
10:30:15: :30 10.30 10:30.5 10:3 10am 10_am 10AM 5pm 5_pm 5p 12am 12_pm 12_AM 0am 13pm 13_pm 10:30am 10:30_AM 10:30_a.m.
10:30_p.m. 5_p.m. 12:00_pm 12:30_am 13:30_pm 10:30:15_PM am pm 10h 10h30 10h30m 10h30m15s 10_h_30_m 10_hours 5_minutes
10.5h 10.5_minutes 30s 30.25s 10_h_30 36_h T10:30 t10:30 T1030 T103015 103015 103015.5 1030 10 at_10:30 at_5_pm 10.30pm
5.5pm 10:30:15.5_pm 10:30:5h 10h30h 10h_30_15 10_m 10:30h""".split()

ZONES = """Z z _Z UTC _UTC _utc _GMT _gmt _EST _EDT _CET _BST _IST _AEDT _XYZ _ABCDEF _Eastern +00:00 +0000 +00 -00:00 +0100 +01:00 -05 -5 -05:00 _+0100
_+01:00 _-05:00 _-0530 +5:30 +053 +05300 +9900 +24:00 -23:59 +1:2 _UTC+3 _GMT+3 _GMT-5 _GMT+0530 _EST-5 _EST+5 _UTC+01:00
_-0300_(BRST) _-0500_(EST) _+0100_(CET) _-0300_(X) _-0300_(BRST _+ _- _+x _+01: _Z+1 _UTC_UTC _EST_EDT +99999999999999999999:00
+01:00:30 +01:00_foo""".split()

WHOLE = """2024-03-05T13:04:05 2024-03-05T13:04 2024-03-05T13 2024-03-05T1304 2024-03-05T130405 20240305T130405 20240305T1304
20240305T13 20240305130405 202403051304 2024030513 20240305130405Z 2024-03-05_13:04:05 2024-03-05_13:04 2024-03-05_13
2024-03-05T13:04:05Z 2024-07-01T00:30:00Z 2024-07-01T00:30:00z 2024-07-01T00:30:00+00:00 2024-07-01T00:30:00.123Z
2024-03-05T13:04:05.000000001Z 2024-03-05T13:04:05,5+01:00 2024-03-05T13:04:05+0100 2024-03-05T13:04:05-05
2024-03-05_13:04:05_UTC 2024-03-05_13:04:05_+0000 2024-03-05_13:04:05_-0500 2024-03-05_13:04:05.123456+00:00
Tue_Mar_5_13:04:05_2024 Tue_Mar__5_13:04:05_2024 Tue_Mar_5_13:04:05_UTC_2024 Tue_Mar_5_13:04:05_EST_2024
Tue_Mar_05_13:04:05_+0100_2024 Tue,_05_Mar_2024_13:04:05_GMT Tue,_05_Mar_2024_13:04:05_+0000 Tuesday,_05-Mar-24_13:04:05_UTC
03/05/24_13:04:05 03/05/2024_01:04:05_PM 3/5/24,_1:04_PM 3/5/2024_1:04pm 5/3/2024_13h04 March_5,_2024_at_1:04_PM
March_5,_2024_1:04_PM Mar_5,_2024,_1:04:05_PM 1:04_PM_March_5 13:04_5_March_2024 13:04_2024-03-05 10am_Friday Friday_10am Friday_at_5_pm Friday_5pm Fri_10:30 10:30_Mon
March_10:30 2024_10:30 10:30_2024 10:30_March_2024 Jan_2025_10:30 14:00,_3_Feb 2024/03/05/13:04 2024-03-05:13:04:05
2024:03:05_13:04:05 [05/Mar/2024:13:04:05_+0000] 05/Mar/2024:13:04:05_+0000 2024-03-05T24:00:00 2024-03-05T13:04:05+01:00[Europe/Paris]
2024-11-03_01:30_EST 2024-11-03_01:30_EDT 2024-11-03_00:30_EST 2024-07-01_10:30_EST 2024-07-01_10:30_GMT 2024-01-01_10:30_GMT 2024-01-01_10:30_BST
2024-07-01_10:30_BST 2024-10-27_01:30_GMT 2024-03-10_02:30_EST 2024-03-10_02:30_EDT 2024-04-07_02:30_AEST 2024-04-07_02:30_AEDT
2024-01-01_10:30_AEST 2024-01-01_10:30_IST 2024-01-01T10:30:00+00:00 2024-07-01T10:30:00-00:00
2024-01-01_10:30_UTC 1_h_5_March 5_March_1_h now today Now TODAY yesterday tomorrow _now noon midnight
hello hello_world 1st th of m h a T and at , . - / ; : ' ( ) + # @ % & _ __ __, nan inf Infinity null None true 1.2.3.4 192.168.0.1 v1.2.3
1.2.3 10:30:15.1.2 12.a 12.am 10.a 5:5.a 2024-03-05x x2024-03-05 2024-03-05T 2024-03-05_T 2024-03-05_- 2024-03- 2024- Jan- Jan-x Jan-5- Jan-5-x
2024-Foo 5-Foo-2024 5-Jan- 2024/ 12345 123456 1234567 12345678 123456789 1234567890 12345678901 999999999999 99999999999999999
99999999999999999999 0000 00000000 13991399 20241332 240230 123456.7 12345.67 1234567.8 20240305.1 20240305.123 9999-12-31_Mon
² ½ 5²""".split() + ["", " ", "2024\u00a0March\u00a05", "2024\t03\t05", "2024\n03\n05", "2024-03-05\0", "2024\0-03",
"2024-03-05\u2003T\u200310:30", "2024-03-05 ", " 2024-03-05", "  2024-03-05  10:30  ", "5 ", "100 ", "1152098955 ", "Mar 5, 2024, 1:04:05\u202fPM", "Tuesday, March 5, 2024 at 1:04:05\u202fPM UTC"]


def texts():
    """Returns strings to parse: days, times and zones, alone and combined."""
    anchored = [f"2024-03-05T10:30{zone}" for zone in ZONES] + [f"Mar 5 2024 10:30 am{zone}" for zone in ZONES[::3]]
    timed = [f"5 March 2024 {time}" for time in TIMES] + [f"{time} 3/14/24" for time in TIMES]
    mixed = [f"{day} {time}" for day, time in itertools.product(DAYS[::9], TIMES[::11])]
    every = DAYS + TIMES + WHOLE + anchored + timed + mixed
    return list(dict.fromkeys(text.replace("_", " ") for text in every))


def rendered(template, **variables):
    """Renders a template; returns None if it fails."""
    # The filters cache results by their arguments, regardless of the time.
    misc._to_date.cache_clear()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Environment(extra=True, autoescape=False).from_string(template).render(**variables)
    except Exception:
        return None


def at(now, zone):
    """Sets the clock to `now`, a local time of `zone`."""
    os.environ["TZ"] = zone
    time.tzset()
    seconds = time.mktime(datetime.datetime.fromisoformat(now).timetuple())
    clock = time_machine.travel(seconds, tick=False)
    clock.start()
    # The parser resolves two-digit years relative to its year of creation.
    _parser.DEFAULTPARSER = _parser.parser()
    return clock


def readings(now, zone, some):
    clock = at(now, zone)
    cases = [[text, rendered("{{ t | date: f }}", t=text, f=PROBE)] for text in some]
    clock.stop()
    return {"now": now, "zone": zone, "cases": cases}


MOMENTS = ["2024-03-05T13:04:05.006007Z", "0999-12-31T09:08:07", "2024-01-01T00:00:00", "2021-01-03T12:30:00-03:30",
           "2020-12-31T23:59:59+05:45", "0007-07-07T07:07:07 XYZ", "9999-12-31T12:00:00"]

LETTERS = "aAbBcCdDeEfFgGhHiIjJkKlLmMnNoOpPqQrRStTuUvVwWxXyYzZ%"

PLAIN_FORMATS = [f"%{letter}" for letter in LETTERS] + [
    "%-d.%-m.%Y", "%A, %B %-d, %Y at %-I:%M %p", "%D %T %R %F %r", "%010Y"]

CHANGED_FORMATS = [
    f"%{change}{letter}" for change in ["-", "_", "0", "^", "#", "E", "O", "10", "010", "_5", "-5", "^10"]
    for letter in "aBcCdDeFgGHIjklmMnpPqrRStTuUVwWxXyY%"] + [
    "", "plain", "%", "100%", "%%Y", "%%%Y", "%Y%", "%-", "%10", "%E", "%^", "%+", "%:z", "%::z", "%.f", "%3f", "%-f", "%N", "%3N",
    "%L", "%Q", "%1", "%!", "% d", "%é", "é%Yé", "%Y年%m月%d日", "%I:%M:%S %p", "%^é", "%^B %#p", "%^#B", "%#^p", "%--d", "%-_d",
    "%_-d", "%0_d", "%00d", "%005d", "%OE", "%EOd", "%Od", "%OEd", "%E%", "%O%", "%5n", "%03t", "%5%", "%05%", "%f%f", "%Y\n%m",
    "%ZZ%zz", "%Z%%z%%Z", "%^x", "%^r", "%#r", "%_10c", "%30c", "%030c", "%-30c", "%+5Y", "%+Y", "%E5Y", "%5EY", "%h%n%t%h", "%-5k",
    "%05k", "%010P", "%#10P", "%^10q", "%0^#5b"]

# Letters of patterns that depend on the moment.
FIELDS = "GyYuQqMLwWdDFgEecabBhHKkmsSAzZvVxX"

PLAIN_PATTERNS = [letter * count for letter in FIELDS for count in range(1, 7)]

PATTERNS = ["O", "OO", "OOOO", "yyyyyyy", "SSSSSSSSSS"] + list("CfiIjJlnNoprPRtTU") + [
    "short", "medium", "long", "full", "MMM d, y", "yyyy-MM-dd", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss", "h:mm a",
    "hh' o''clock'", "'week' w 'of' Y", "d ''yy", "'open", "d 'open", "''", "'''", "''''", "d''", "'d'd'd'", "EEEE, MMMM d",
    "100%", "%d", "%(d)s", "{0}", "d. MMMM yyyy", "dd/MM/yyyy", "MM/dd/yy", "yy.M.d", "HH 'Uhr'", "é d é", "日d", "HHmmssSSS",
    "MMMMd", "dM", "d\nM", "SHORT", "Medium", " short", "y y yy yyy yyyyyyyyyy", "today", "h 'in the' B", "B b a", "'a''b'c",
    "''a''", "'''a'", "'a'''", "'''a''"]

PATTERN_MOMENTS = ["2024-03-05T13:04:05.006007Z", "2021-01-03T00:30:00-03:30", "2020-12-31T23:59:59+05:45", "0007-07-07 07:07:07",
                   "2023-12-31 12:00", "2024-01-01 00:00", "2024-01-01 00:00:30", "2022-01-01 18:00", "2016-02-29 20:59", "2024-12-28 21:00",
                   "2024-12-29 11:59"]

# Strings that the filter `datetime` handles before parsing a date.
PATTERN_TEXTS = ["2024", "0", "-1", "+5", "1.5", "-1.25", "1e9", " 12 ", "1_000", "1152098955", "1152098955.9", "now", "today", "March 5",
                 "3/14/24", "hello", "", " ", "nan", "inf", "-inf", "1e30", "99999999999999", "20240305", "20240305T1030", "12:30",
                 "10:30 EST", "2024-03-05 10:30 +9900", "0001-01-01T00:00+05:00", "9999-12-31T23:00-05:00", "1.5.2024", ".5", "5.", "1e",
                 "0x10", "1__0", "_1", "1_", "-0", "0.0000005", "253402300799", "253402300800", "-62135596800", "-62135596801"]


def main():
    everything = texts()
    names = [text for text in everything if any(zone in text for zone in ["EST", "EDT", "GMT", "BST", "UTC", "IST", "AE", "Z", "+0", "-0"])]
    parts = [text for text in everything if len(text) < 14]
    table = {
        "made_with": {name: importlib.metadata.version(name) for name in LIBRARIES}
        | {"Python": platform.python_version(), "libc": " ".join(platform.libc_ver())},
        "probe": PROBE,
        "readings": [
            readings("2026-11-28T05:23:40", UTC, everything),
            readings("2026-07-31T23:10:00", NEW_YORK, names),
            readings("2024-02-29T12:00:00", LONDON, names),
            readings("2027-01-31T08:00:00", SYDNEY, names),
            readings("2049-12-30T18:45:00", KOLKATA, parts),
        ],
    }
    clock = at("2026-11-28T05:23:40", UTC)
    table["formats"] = [
        {"moment": moment, "cases": [[form, rendered("{{ t | date: f }}", t=moment, f=form)]
                                     for form in PLAIN_FORMATS + CHANGED_FORMATS * (moment in MOMENTS[:2])]}
        for moment in MOMENTS
    ]
    clock.stop()
    clock = at("2026-11-28T05:23:40", NEW_YORK)
    datetime_filter = "{{ t | datetime: format: f }}"
    table["patterns"] = [
        {"moment": moment, "cases": [[form, rendered(datetime_filter, t=moment, f=form)]
                                     for form in PLAIN_PATTERNS + PATTERNS * (moment is PATTERN_MOMENTS[0])]}
        for moment in PATTERN_MOMENTS
    ]
    table["pattern_texts"] = {
        "now": "2026-11-28T05:23:40", "zone": NEW_YORK,
        "cases": [[text, rendered(datetime_filter, t=text, f="yyyy-MM-dd HH:mm:ss.SSSSSS Z")] for text in PATTERN_TEXTS]}
    clock.stop()
    TABLE.write_text(written(table), encoding="utf-8")


def written(value, depth=0):
    """Formats JSON with one case per line."""
    if isinstance(value, dict):
        inner = ",\n".join(f"{json.dumps(key)}: {written(entry, depth + 1)}" for key, entry in value.items())
        return f"{{\n{inner}\n}}" + ("" if depth else "\n")
    if isinstance(value, list) and value and not isinstance(value[0], (str, type(None))):
        return "[\n" + ",\n".join(written(entry, depth + 1) for entry in value) + "\n]"
    return json.dumps(value, ensure_ascii=True)


main()
