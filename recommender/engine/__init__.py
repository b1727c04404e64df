"""Pure recommending: arrays in, arrays out; no Django, no database, no clock, no environment."""
