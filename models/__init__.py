"""What is usual: profiles, features, detectors and the scorer, without clock, disk or network."""
