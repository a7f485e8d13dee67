"""Run folders in, pages for people out. Never opens a box."""
