"""GitHub Actions without GitHub: expressions, a runner that runs workflows as they stand, and the API that `gh` asks.

It knows what the project's workflows use and refuses all else, so that nothing passes because it was not understood.
"""
