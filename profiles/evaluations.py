"""How good recommendations and predictions are, on any file of the documented form."""

from profiles.recommending.evaluations import evaluate_recommend

EVALUATIONS = {
    "recommend": evaluate_recommend,
}
