"""What people taught us: datasets, fits, evaluation and promotion."""
