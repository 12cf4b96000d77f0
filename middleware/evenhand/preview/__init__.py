"""The editors' preview: every notice that readers may get, and why they would or would not."""
