"""APIs of other services, answered for their clients."""
