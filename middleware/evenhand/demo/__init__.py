"""The demo: a small newspaper, a stand-in ad server and simulated readers."""
