"""The LaTeX commands outside formulas, and their meanings."""

MARKS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306", ".": "\u0307",
    '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323", "c": "\u0327", "k": "\u0328",
    "b": "\u0331", "t": "\u0361",
}  # fmt: skip
SIGNS = {
    "%": "%", "&": "&", "#": "#", "_": "_", "$": "$", "{": "{", "}": "}", "\\": " ", " ": " ", "\n": " ",
    ",": "\u202f", ";": " ", ":": " ", "!": "", "-": "", "/": "", "@": "",
    "ss": "ß", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "o": "ø", "O": "Ø", "aa": "å", "AA": "Å", "l": "ł", "L": "Ł",
    "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ", "dj": "đ", "DJ": "Đ", "ng": "ŋ", "NG": "Ŋ",
    "S": "§", "P": "¶", "copyright": "©", "pounds": "£", "euro": "€", "deg": "°", "textdegree": "°", "degree": "°",
    "textasciitilde": "~", "textasciicircum": "^", "textbackslash": "\\", "textunderscore": "_", "textendash": "–",
    "textbraceleft": "{", "textbraceright": "}",
    "textemdash": "—", "textmu": "µ", "textregistered": "®", "texttrademark": "™", "textquotesingle": "'",
    "textquoteright": "’", "textquoteleft": "‘", "textellipsis": "…", "slash": "/", "newline": " ", "par": " ",
    "noindent": "", "xspace": "", "allowbreak": "", "footnotemark": "", "leavevmode": "", "protect": "",
}  # fmt: skip
STYLES = {
    "textbf": "b", "emph": "em", "textit": "i", "textsl": "i", "texttt": "code", "textsuperscript": "sup",
    "textsubscript": "sub", "underline": "u", "uline": "u", "textsc": "caps",
}  # fmt: skip
SWITCHES = {
    "bf": "b", "bfseries": "b", "em": "em", "it": "i", "itshape": "i", "sl": "i", "tt": "code", "ttfamily": "code",
    "sc": "caps", "scshape": "caps", "rm": "", "sf": "", "small": "", "large": "", "normalfont": "",
}  # fmt: skip
AROUND = {
    "footnote": (" (", ")"), "enquote": ("“", "”"), "cite": ("[", "]"), "citep": ("[", "]"), "citet": ("[", "]"),
    "citealp": ("[", "]"), "citeauthor": ("[", "]"), "parencite": ("[", "]"), "textcite": ("[", "]"),
    "text": ("", ""), "textsf": ("", ""), "textrm": ("", ""), "textnormal": ("", ""), "textup": ("", ""),
    "textmd": ("", ""), "mbox": ("", ""), "hbox": ("", ""), "url": ("", ""), "ensuremath": ("", ""),
}  # fmt: skip
LINKS = frozenset(["href", "hyperlink", "textcolor"])  # the second group is the text to show
CLOSING = {"(": "\\)", "[": "\\]"}
