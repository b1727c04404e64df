"""Peers that `manage.py evaluate` measures beside the engine: methods that others publish or run, on the same split.

`als` and `bpr` need the extra `peers`; without it they are not in `SYSTEMS`. Those in `ON_VECTORS` need a data set with
sentence vectors. Where a peer has no opinion it scores zero: the content methods before the first vote, `item-knn` and
`ease` on papers that nobody has voted on.
"""

from importlib.util import find_spec

from recommender.evaluation.tasks import System

from .content import centroid, content_ridge, linear_svm, logistic_regression
from .hybrid import ease_ridge, lightfm_dot_product
from .items import collective_ease, ease, item_knn
from .sentences import sentence_centroid, sentence_logistic_regression
from .simple import popularity, recency

WANTED = (
    "popularity", "recency", "tfidf-centroid", "tfidf-svm", "tfidf-logistic", "vectors-centroid", "vectors-logistic",
    "lightfm", "lightfm-identity", "als", "bpr", "item-knn", "ease", "collective-ease", "content-ridge", "ease-ridge",
)  # fmt: skip
ON_VECTORS = ("vectors-centroid", "vectors-logistic")

SYSTEMS: dict[str, System] = {
    "popularity": popularity,
    "recency": recency,
    "tfidf-centroid": centroid,
    "tfidf-svm": linear_svm,
    "tfidf-logistic": logistic_regression,
    "vectors-centroid": sentence_centroid,
    "vectors-logistic": sentence_logistic_regression,
    "lightfm": lightfm_dot_product(identity=False),
    "lightfm-identity": lightfm_dot_product(identity=True),
    "item-knn": item_knn,
    "ease": ease,
    "collective-ease": collective_ease,
    "content-ridge": content_ridge,
    "ease-ridge": ease_ridge,
}

if find_spec("implicit"):
    from .factors import als, bpr

    SYSTEMS |= {"als": als, "bpr": bpr}
