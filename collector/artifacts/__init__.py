"""Model files: format, digest, and what they would import and run if they were loaded. Nothing is loaded."""

from collector.artifacts.artifact import Artifact
from collector.artifacts.reading import MODEL_ENDINGS, read_artifact

__all__ = ["MODEL_ENDINGS", "Artifact", "read_artifact"]
