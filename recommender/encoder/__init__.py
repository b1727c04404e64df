"""The encoder of this installation: which one, where from, and the one that this process has loaded."""
