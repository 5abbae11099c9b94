"""The commands of a session, and the changes that views listen to."""

from segstudio.listening import Change
from segstudio.studio.opening import OpenCase
from segstudio.studio.pairs import Pair
from segstudio.studio.studio import FINE_TUNE_MINUTES, Studio, Submission
from segstudio.studio.worklist import Worklist

__all__ = ["FINE_TUNE_MINUTES", "Change", "OpenCase", "Pair", "Studio", "Submission", "Worklist"]
