"""Benchmarks: Linli and its peers on the same fake Bot API, in one run (`make bench`)."""
