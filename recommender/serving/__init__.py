"""Which model answers: archives in shared storage, the models a process holds, the arms of an experiment."""
