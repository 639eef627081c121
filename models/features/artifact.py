"""What is fetched to be run: models that run something when they are loaded, and how workflows pin what they use."""

from __future__ import annotations

from models.features.dependency import DEPENDENCY, NONE
from models.features.feature import Feature

FEATURES = (
    Feature(
        "model_import_in_organisation",
        "model_code",
        "model_import",
        ("population",),
        "a model would import {value} when it is loaded; no model, or hardly one, did before",
        kinds=DEPENDENCY,
        absent=NONE,
    ),
    Feature(
        "model_code_in_organisation",
        "model_code",
        "model_code",
        ("population",),
        "a model file holds code: {value}",
        kinds=DEPENDENCY,
        absent=NONE,
    ),
    Feature(
        "model_problem_in_organisation",
        "model",
        "model_problem",
        ("population",),
        "a model file is not what it says: {value}",
        kinds=DEPENDENCY,
        absent=NONE,
    ),
    Feature(
        "pin_of_repo",
        "third_party",
        "pinned_by",
        ("repo", "population"),
        "a workflow of {owner} refers to something that is held by {value}; usual: {usual}",
        kinds=DEPENDENCY,
        cap=6.0,
        of_state=True,
    ),
)
