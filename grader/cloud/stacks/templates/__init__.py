"""Templates: text → sections → parameters → SAM transform → conditions and intrinsics → who refers to whom."""
