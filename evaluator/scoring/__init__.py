"""Evidence in, numbers out: one file an axis, each a pure function with the source of its formula."""
