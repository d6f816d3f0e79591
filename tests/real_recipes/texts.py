"""Checks of texts."""


def between(text, start, end):
    return text.split(start, 1)[1].split(end, 1)[0]


def stand_in_order(text, parts):
    """Checks that all parts are in a text, each once and in order."""
    places = [text.find(part) for part in parts]
    missing = [part for part, place in zip(parts, places) if place < 0]
    assert not missing, f"missing: {missing}"
    assert places == sorted(places), f"wrong order: {parts}"
    twice = [part for part in parts if text.count(part) != 1]
    assert not twice, f"more than once: {twice}"
