"""What the record of models tells about the nights."""

from itertools import takewhile

from .models import TrainedModel

LOOKED_AT = 100  # models; as many refusals in a row are shown as that


def refused_in_a_row() -> int:
    """Nights since a model was last promoted whose models were all refused; 0 when the newest was promoted."""
    decided = TrainedModel.objects.exclude(state=TrainedModel.State.CANDIDATE).values_list("state", "day")[:LOOKED_AT]
    return len({day for _, day in takewhile(lambda row: row[0] == TrainedModel.State.REFUSED, decided)})
