"""The dashboard: stored counts as one page, without JavaScript."""
