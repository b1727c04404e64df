"""Dashes and ties, as far as authors mean them: `--` may be an option of a program, and `~` may mean about."""


def dash(text: str, start: int, end: int) -> str:
    """The dash that the hyphens from `start` to `end` mean; themselves after a space and before a word, `--flag`."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if not before.strip() and after.isalpha():
        return text[start:end]
    return "–" if end - start == 2 else "—"


def tie(text: str, place: int) -> str:
    """A space that does not break, where the tilde stands between words; elsewhere the tilde: `~50`, `1~2`."""
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    ties = (before.isalpha() or before in tuple(".,;:)}]")) and (after.isalnum() or after in tuple("\\$({"))
    return "\u00a0" if ties else "~"
