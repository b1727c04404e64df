"""Database models of papers, votes, models, rankings and nights.

Also collections, impressions, experiments and vectors.
"""

from .collections import Collection, Saved, new_collection_id
from .experiments import Evidence, Experiment, new_experiment_id
from .papers import ImportedFile, Paper, PaperQuerySet, PaperSource, ReadableJSON
from .rankings import Impression, PlaceCause, Ranking, new_ranking_id, pack, pack_pks
from .training import ModelPart, ModelState, NightStep, StepState, TrainedModel, TrainedModelQuerySet
from .vectors import PaperVector
from .votes import FOUNDERS, Standing, Vote, VoteEvent, VoteValue, counts_for_others

__all__ = [
    "FOUNDERS",
    "Collection",
    "Evidence",
    "Experiment",
    "ImportedFile",
    "Impression",
    "ModelPart",
    "ModelState",
    "NightStep",
    "Paper",
    "PaperQuerySet",
    "PaperSource",
    "PaperVector",
    "PlaceCause",
    "Ranking",
    "ReadableJSON",
    "Saved",
    "Standing",
    "StepState",
    "TrainedModel",
    "TrainedModelQuerySet",
    "Vote",
    "VoteEvent",
    "VoteValue",
    "counts_for_others",
    "new_collection_id",
    "new_experiment_id",
    "new_ranking_id",
    "pack",
    "pack_pks",
]
