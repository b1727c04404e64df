"""Which model serves: archives, models in memory, experiment arms."""
