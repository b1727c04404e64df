"""Learning, once a day: train, judge, promote or refuse, rank for everybody; the ledger of steps."""
