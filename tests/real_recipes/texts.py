"""What texts are looked at with."""


def between(text, start, end):
    return text.split(start, 1)[1].split(end, 1)[0]


def stand_in_order(text, parts):
    """Whether all parts are in a text, each once and one behind the other."""
    places = [text.find(part) for part in parts]
    missing = [part for part, place in zip(parts, places) if place < 0]
    assert not missing, f"not there: {missing}"
    assert places == sorted(places), f"in another order: {parts}"
    twice = [part for part in parts if text.count(part) != 1]
    assert not twice, f"there more than once: {twice}"
