"""Bots as a good developer would write them with each framework, to be measured against."""
