"""What is no test here needs a fuzzer that is installed by make fuzz alone."""

collect_ignore = ["guided.py"]
