"""Experiments with the notice: what is compared, how sure the difference is, how to say it."""
