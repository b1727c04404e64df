"""JSON shapes that several endpoints share."""
