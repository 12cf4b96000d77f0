"""The politeness linter: settings, templates and styles in, findings out."""
