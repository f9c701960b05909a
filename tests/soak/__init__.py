"""Long runs of mixed traffic: nothing hangs, no event is lost, nothing is left over, nothing grows without bound."""
