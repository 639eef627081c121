"""The sources: one file per system, each turning a delivery into events."""
