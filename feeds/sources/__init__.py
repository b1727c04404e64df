"""Where papers come from: asking the sources, reading their formats, storing what they say."""
