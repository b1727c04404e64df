"""arXiv's categories as of 2026: https://arxiv.org/category_taxonomy."""

SUBJECTS = {
    "astro-ph": "CO EP GA HE IM SR",
    "cond-mat": "dis-nn mes-hall mtrl-sci other quant-gas soft stat-mech str-el supr-con",
    "cs": "AI AR CC CE CG CL CR CV CY DB DC DL DM DS ET FL GL GR GT HC IR IT LG LO MA MM MS NA NE NI OH OS PF PL RO"
    " SC SD SE SI SY",
    "econ": "EM GN TH",
    "eess": "AS IV SP SY",
    "gr-qc": "",
    "hep-ex": "",
    "hep-lat": "",
    "hep-ph": "",
    "hep-th": "",
    "math": "AC AG AP AT CA CO CT CV DG DS FA GM GN GR GT HO IT KT LO MG MP NA NT OA OC PR QA RA RT SG SP ST",
    "math-ph": "",
    "nlin": "AO CD CG PS SI",
    "nucl-ex": "",
    "nucl-th": "",
    "physics": "acc-ph ao-ph app-ph atm-clus atom-ph bio-ph chem-ph class-ph comp-ph data-an ed-ph flu-dyn gen-ph"
    " geo-ph hist-ph ins-det med-ph optics plasm-ph pop-ph soc-ph space-ph",
    "q-bio": "BM CB GN MN NC OT PE QM SC TO",
    "q-fin": "CP EC GN MF PM PR RM ST TR",
    "quant-ph": "",
    "stat": "AP CO ME ML OT TH",
}
CODES = tuple(
    code
    for archive, subjects in SUBJECTS.items()
    for code in (archive, *(f"{archive}.{subject}" for subject in subjects.split()))
)
_BY_LOWER_CASE = {code.lower(): code for code in CODES}


def known_code(text: str) -> str | None:
    """The code as arXiv writes it (`cs.lg` -> `cs.LG`).

    An archive alone is a code too. Returns None for anything else.
    """
    return _BY_LOWER_CASE.get(text.strip().lower())


def within(code: str) -> list[str]:
    """The category itself, and for an archive every category in it: `cs` covers `cs.LG`."""
    return [code, *(other for other in CODES if other.startswith(f"{code}."))]
