"""What a scan found, in every format it is told in."""
