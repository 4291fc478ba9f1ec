"""What each invariant compares: one file per kind of flaw, over the state at a quiet point."""
