"""Whether the order helps: rates by place, experiments, exposure and off-policy estimates from logs."""
