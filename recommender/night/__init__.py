"""The nightly learning: train, judge, promote or refuse, rank for everybody.

Also the ledger of steps.
"""
