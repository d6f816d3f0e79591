"""Differences of two JSON values, and the list of expected differences."""

import json
from dataclasses import dataclass
from fnmatch import fnmatchcase

ABSENT = "(absent)"


@dataclass(frozen=True)
class Difference:
    """A location, as a JSON pointer, with its value on either side."""

    at: str
    theirs: str
    ours: str

    def __str__(self):
        return f"{self.at}\n      theirs {self.theirs}\n      ours   {self.ours}"


def differences(theirs, ours, at=""):
    """All locations at which two values differ. A part that only one of them has is one
    difference."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in [*theirs, *(name for name in ours if name not in theirs)]:
            place = f"{at}/{name}"
            if name not in theirs:
                yield Difference(place, ABSENT, shown(ours[name]))
            elif name not in ours:
                yield Difference(place, shown(theirs[name]), ABSENT)
            else:
                yield from differences(theirs[name], ours[name], place)
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for index, pair in enumerate(zip(theirs, ours)):
            yield from differences(*pair, f"{at}/{index}")
    elif theirs != ours or isinstance(theirs, bool) != isinstance(ours, bool):
        yield Difference(at, shown(theirs), shown(ours))


def shown(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:200] + "…"


class Expected:
    """The list. Each entry has a reason, the version of the client it was seen with, patterns of
    jobs and locations, and optionally our value."""

    def __init__(self, file):
        self._entries = json.loads(file.read_text())
        for entry in self._entries:
            unknown = set(entry) - {"reason", "seen_with", "jobs", "at", "ours"}
            assert not unknown, f"{file}: unknown: {unknown}"
            assert entry["reason"] and entry["seen_with"], f"{file}: no reason: {entry}"
        self._used = [{"jobs": set(), "at": set()} for _ in self._entries]

    def has(self, job, difference):
        """Whether a difference is expected."""
        found = False
        for entry, used in zip(self._entries, self._used):
            if "ours" in entry and shown(entry["ours"]) != difference.ours:
                continue
            jobs = [pattern for pattern in entry["jobs"] if fnmatchcase(job, pattern)]
            places = [pattern for pattern in entry["at"] if fnmatchcase(difference.at, pattern)]
            if jobs and places:
                used["jobs"].update(jobs)
                used["at"].update(places)
                found = True
        return found

    def unused(self):
        """Patterns that matched no difference."""
        for entry, used in zip(self._entries, self._used):
            for kind in ("jobs", "at"):
                for pattern in entry[kind]:
                    if pattern not in used[kind]:
                        yield f"{pattern} in {kind} of {entry['reason']!r}"
