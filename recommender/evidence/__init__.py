"""Evidence from logs on the quality of rankings: rates, experiments, exposure and off-policy estimates."""
