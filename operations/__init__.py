"""Where `deploy/` comes from: rules, alerts and dashboards as data, and what writes them as files.

Only developers need it; the wheel has the files. ``make deploy-files`` writes them.
"""
